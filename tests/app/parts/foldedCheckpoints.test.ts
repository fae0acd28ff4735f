import { expect, test } from 'vitest';
import { foldedCheckpoints } from '../../../src/app/parts/foldedCheckpoints';

const rows = (count: number, ...best: number[]) =>
  Array.from({ length: count }, (_, i) => ({ i, best: best.includes(i) }));

test.each([
  [8, 8],
  [9, 9],
  [10, 8],
  [500, 8],
])('of %i checkpoints a folded table shows %i', (count, shown) => {
  expect(foldedCheckpoints(rows(count))).toHaveLength(shown);
});

test('the best one stands among them, however old', () => {
  expect(foldedCheckpoints(rows(40, 33)).map(({ i }) => i)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 33]);
  expect(foldedCheckpoints(rows(40, 2))).toHaveLength(8);
});
