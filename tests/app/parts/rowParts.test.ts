import { expect, test } from 'vitest';
import { LONG, nextEnd, PART, headOf } from '../../../src/app/parts/rowParts';

test('a row of 2 million characters opens in parts of one size, to its end', () => {
  const text = 'abcdefgh'.repeat(250_000);
  const parts: string[] = [];
  for (let shown = LONG; (parts.at(-1) ?? '') !== text; shown = nextEnd(shown)) parts.push(headOf(text, shown));
  expect(parts).toHaveLength(1 + text.length / PART);
  const lengths = parts.map((part) => part.length);
  const added = lengths.slice(1).map((length, i) => length - lengths[i]!);
  expect(lengths[0]).toBe(LONG + '…'.length);
  expect(Math.max(...added)).toBeLessThanOrEqual(PART);
  expect(parts.slice(0, -1).every((part) => part.endsWith('…') && text.startsWith(part.slice(0, -1)))).toBe(true);
});

test.each([
  ['a character of two halves', '\u{1F600}', 1, '…'],
  ['behind such a character', 'a\u{1F600}b', 3, 'a\u{1F600}…'],
  ['a half that stands alone stays as it is', '\ud83dxy', 1, '\ud83d…'],
  ['a short text', 'abc', 3, 'abc'],
])('a cut falls between characters: %s', (_, text, shown, expected) => {
  expect(headOf(text, shown)).toBe(expected);
});
