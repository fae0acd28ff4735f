import { expect, test } from 'vitest';
import { pairWindows } from '../../../src/data/batches/pairWindows';
import { rowsOf } from './rows';

const ORDER = { seed: 7, batch: 2, length: 6, accumulate: 1, validationBatches: 1 };
const PAIRS = rowsOf([3, 4, 3, 3, 4, 3], [1, 1, 1, 1, 1, 1]);

test('window i of both sides is one pair, a row each, in an order that a cursor finds again', () => {
  const windows = pairWindows(PAIRS, PAIRS, ORDER);
  expect(windows.count).toBe(3);
  const [batch] = [...windows.validationBatches()];
  expect(Array.from(batch!.chosen.inputs)).toEqual([1, 2, 0, 0, 0, 0, 8, 9, 0, 0, 0, 0]);
  expect(Array.from(batch!.rejected.inputs)).toEqual([4, 5, 6, 0, 0, 0, 11, 12, 0, 0, 0, 0]);
  const [first] = windows.trainBatches(0);
  expect(pairWindows(PAIRS, PAIRS, ORDER).trainBatches(0)).toEqual([first]);
  expect(first!.chosen.labels).toBe(2);
});

test('a pair of which one answer has nothing graded left is skipped', () => {
  const windows = pairWindows(rowsOf([3, 20, 3, 3], [1, 2, 1, 1]), rowsOf([3, 20], [1, 2]), { ...ORDER, batch: 1 });
  expect(windows.count).toBe(1);
  const [first] = windows.trainBatches(0);
  expect(Array.from(first!.chosen.inputs.slice(0, 2))).toEqual([24, 25]);
  expect([...windows.validationBatches()]).toEqual([]);
});

test('training pairs of which none is left are refused with their number', () => {
  expect(() => pairWindows(rowsOf([3, 20], [1, 2]), PAIRS, ORDER)).toThrow(
    expect.objectContaining({ code: 'rows-ungraded', facts: { rows: 1, context: 6 } }),
  );
});
