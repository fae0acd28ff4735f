import { expect, test } from 'vitest';
import type { TokenBatch } from '../../../src/base/batch';
import type { GradedRows } from '../../../src/data/batches/gradedRows';
import { gradedWindows } from '../../../src/data/batches/gradedWindows';
import { rowsOf } from './rows';

const ORDER = { seed: 7, batch: 2, length: 8, accumulate: 1, validationBatches: 9, packing: true };
const list = (values: ArrayLike<number>): number[] => Array.from(values);
/** A training row, where only held-out rows are looked at. */
const ONE = rowsOf([3], [1]);
const heldOut = (rows: GradedRows, order: Partial<typeof ORDER> = {}): TokenBatch[] => [
  ...gradedWindows(ONE, rows, { ...ORDER, ...order }).validationBatches(),
];

test('rows of one window are kept apart: each token knows where its row begins and its place in it', () => {
  const [batch, ...rest] = heldOut(rowsOf([5, 4, 3], [2, 1, 1]));
  expect(rest).toEqual([]);
  expect(list(batch!.inputs)).toEqual([1, 2, 3, 4, 6, 7, 8, 0, 10, 11, 0, 0, 0, 0, 0, 0]);
  expect(list(batch!.targets)).toEqual([-1, -1, 4, 5, -1, -1, 9, -1, -1, 12, -1, -1, -1, -1, -1, -1]);
  expect(list(batch!.starts!)).toEqual([0, 0, 0, 0, 4, 4, 4, 8, 0, 0, 3, 4, 5, 6, 7, 8]);
  expect(list(batch!.positions!)).toEqual([0, 1, 2, 3, 0, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  expect(batch!.labels).toBe(4);
});

test('targets carry their weights', () => {
  expect(list(heldOut(rowsOf([4], [2], 0.25))[0]!.weights!.slice(0, 4))).toEqual([0, 0.25, 0.25, 0]);
});

test('long rows are cut at their end, and rows of which nothing graded is left are skipped', () => {
  const rows = rowsOf([20, 20, 3], [12, 3, 1]);
  expect(gradedWindows(rows, ONE, ORDER).count).toBe(2);
  expect(list(heldOut(rows)[0]!.inputs.slice(0, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 41, 42]);
  expect(heldOut(rowsOf([20], [3]))).toEqual([]);
});

test('training rows of which nothing graded is left are refused with their number', () => {
  expect(() => gradedWindows(rowsOf([20, 20], [3, 3]), ONE, ORDER)).toThrow(
    expect.objectContaining({ code: 'rows-ungraded', facts: { rows: 2, context: 8 } }),
  );
});

test('without packing each row has a window', () => {
  expect(gradedWindows(rowsOf([3, 3, 3], [1, 1, 1]), ONE, { ...ORDER, packing: false }).count).toBe(3);
});

test('each epoch reads all rows in another order, and the same again from any cursor', () => {
  const lengths = Array.from({ length: 40 }, (_, i) => 3 + (i % 6));
  const rows = rowsOf(
    lengths,
    lengths.map(() => 1),
  );
  const firsts = (from: number, accumulate: number): number[] =>
    gradedWindows(rows, ONE, { ...ORDER, batch: 1, packing: false, accumulate })
      .trainBatches(from)
      .map((batch) => batch.inputs[0]!);
  const epochs = [firsts(0, 40), firsts(40, 40)];
  expect(epochs[0]!.toSorted((a, b) => a - b)).toEqual(epochs[1]!.toSorted((a, b) => a - b));
  expect(epochs[0]).not.toEqual(epochs[1]);
  expect(firsts(33, 10)).toEqual([...epochs[0]!.slice(33), ...epochs[1]!.slice(0, 3)]);
});
