import { describe, expect, test } from 'vitest';
import { asAtelierError, AtelierError, ERRORS, throwIfCancelled } from '../../../src/base/errors/errors';

describe('errors', () => {
  test('say what and where in both languages, with the facts filled in', () => {
    const error = new AtelierError('buffer-too-large', { needed: 300, allowed: 128 });
    expect(error.message).toContain('300 MiB');
    expect(error.in('zh')).toContain('300 MiB');
    expect(error.in('zh')).toContain('128 MiB');
    expect(error.cure).toBe('open-model');
  });

  test('each has both languages with the same facts, and ends its sentence', () => {
    const factsIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();
    for (const [code, words] of Object.entries(ERRORS)) {
      expect({ code, facts: [...new Set(factsIn(words.zh))] }).toEqual({
        code,
        facts: [...new Set(factsIn(words.en))],
      });
      expect({ code, end: /[.!?)”]$/.test(words.en) && /[。！？）”]$/.test(words.zh) }).toEqual({ code, end: true });
    }
  });

  test('what was thrown becomes one of ours: aborts are cancellations, strangers are named', () => {
    expect(asAtelierError(new DOMException('x', 'AbortError')).code).toBe('cancelled');
    expect(asAtelierError(new TypeError('odd')).facts).toEqual({ message: 'odd' });
    expect(asAtelierError('text').facts).toEqual({ message: 'text' });
    const own = new AtelierError('no-run');
    expect(asAtelierError(own)).toBe(own);
  });

  test('a pressed cancel is thrown, an open signal is not', () => {
    expect(() => throwIfCancelled(new AbortController().signal)).not.toThrow();
    expect(() => throwIfCancelled(AbortSignal.abort())).toThrow('Cancelled.');
  });
});
