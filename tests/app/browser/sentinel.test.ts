import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetLastSeen, readLastSeen, writeLastSeen, type LastSeen } from '../../../src/app/browser/sentinel';

const kept = new Map<string, string>();
beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

const SEEN: LastSeen = { schema: 4, runs: 3, texts: 2, models: 1, savedAt: 99, unreadable: 0 };

test('what was last seen is read again, and is gone once everything is deleted', () => {
  expect(readLastSeen()).toBeUndefined();
  writeLastSeen(SEEN);
  expect(readLastSeen()).toEqual(SEEN);
  forgetLastSeen();
  expect(readLastSeen()).toBeUndefined();
});

test.each([
  '',
  '{',
  '[]',
  '3',
  '{"runs":1}',
  JSON.stringify({ ...SEEN, runs: -1 }),
  JSON.stringify({ ...SEEN, texts: 'x' }),
])('what nobody wrote is not believed: %s', (value) => {
  writeLastSeen(SEEN);
  for (const key of kept.keys()) kept.set(key, value);
  expect(readLastSeen()).toBeUndefined();
});

test('a browser that keeps no such values misses nothing', () => {
  vi.stubGlobal('localStorage', undefined);
  writeLastSeen(SEEN);
  expect(readLastSeen()).toBeUndefined();
});
