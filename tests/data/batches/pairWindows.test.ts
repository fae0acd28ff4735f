import { expect, test } from 'vitest';
import type { GradedRows } from '../../../src/data/batches/gradedWindows';
import { PairWindows } from '../../../src/data/batches/pairWindows';

/** Rows of these lengths, chosen and rejected in turn; the last `graded` tokens of each are graded. */
function rowsOf(lengths: number[], graded: number[]): GradedRows {
  const offsets = Uint32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0))]);
  const total = offsets.at(-1)!;
  const weights = new Float32Array(total);
  lengths.forEach((_, row) => weights.fill(1, offsets[row + 1]! - graded[row]!, offsets[row + 1]));
  return { ids: Uint16Array.from({ length: total }, (_, i) => i + 1), weights, offsets };
}
const order = { seed: 7, batch: 2, length: 6 };

test('window i of both sides is one pair, a row each, in an order that a cursor finds again', () => {
  const windows = new PairWindows(rowsOf([3, 4, 3, 3, 4, 3], [1, 1, 1, 1, 1, 1]), order);
  expect(windows.count).toBe(3);
  const [batch] = [...windows.validationBatches(1)];
  expect(Array.from(batch!.chosen.inputs)).toEqual([1, 2, 0, 0, 0, 0, 8, 9, 0, 0, 0, 0]);
  expect(Array.from(batch!.rejected.inputs)).toEqual([4, 5, 6, 0, 0, 0, 11, 12, 0, 0, 0, 0]);
  const [first] = windows.trainBatches(0, 1);
  expect(windows.trainBatches(0, 1)).toEqual([first]);
  expect(first!.chosen.labels).toBe(2);
});

test('a pair of which one answer has nothing graded left is passed over', () => {
  const windows = new PairWindows(rowsOf([3, 20, 3, 3], [1, 2, 1, 1]), order);
  expect(windows.pairs).toEqual([1]);
  expect(new PairWindows(rowsOf([3, 20], [1, 2]), order).count).toBe(0);
});
