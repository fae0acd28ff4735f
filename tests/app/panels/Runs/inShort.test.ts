import { expect, test } from 'vitest';
import { inShort } from '../../../../src/app/panels/Runs/inShort';

test.each([
  ['tea 2', 'tea 2'],
  ['tea small with a high rate, cosine, seed 11', 'tea small wi … osine, seed 11'],
  ['茶🍵'.repeat(20), `${'茶🍵'.repeat(6)} … ${'茶🍵'.repeat(7)}`],
])('%s', (name, expected) => {
  expect(inShort(name, 26)).toBe(expected);
});
