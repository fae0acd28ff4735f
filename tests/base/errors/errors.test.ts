import { describe, expect, test } from 'vitest';
import { asAtelierError, AtelierError, isErrorCode, throwIfCancelled } from '../../../src/base/errors/errors';

describe('errors', () => {
  test('say in logs what code and facts say, and know their cure', () => {
    const error = new AtelierError('buffer-too-large', { needed: 300, allowed: 128 });
    expect(error.message).toBe('buffer-too-large {"needed":300,"allowed":128}');
    expect(error.cure).toBe('open-model');
    expect(new AtelierError('no-run').message).toBe('no-run');
    expect(new AtelierError('cancelled').cure).toBeUndefined();
  });

  test('a code is known by its name alone, not by what every object has', () => {
    expect(isErrorCode('cancelled')).toBe(true);
    expect(isErrorCode('toString')).toBe(false);
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
    expect(() => throwIfCancelled(AbortSignal.abort())).toThrow('cancelled');
  });
});
