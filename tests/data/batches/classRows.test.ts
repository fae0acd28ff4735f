import { describe, expect, test } from 'vitest';
import { balancedClasses, classCounts, classWindows } from '../../../src/data/batches/classRows';
import type { GradedRows } from '../../../src/data/batches/gradedRows';

/** Texts of so many tokens, each with its label; undefined: none. */
function rowsOf(...texts: [length: number, label: number | undefined][]): GradedRows {
  const ids = texts.flatMap(([length, label = 0], row) => [
    ...Array.from({ length }, (_, i) => 100 * (row + 1) + i),
    label,
  ]);
  const weights = texts.flatMap(([length, label]) => [
    ...Array.from({ length }, () => 0),
    label !== undefined && length > 0 ? 1 : 0,
  ]);
  const offsets = texts.reduce((all, [length]) => [...all, all.at(-1)! + length + 1], [0]);
  return { ids: Uint32Array.from(ids), weights: Float32Array.from(weights), offsets: Uint32Array.from(offsets) };
}

const ORDER = { seed: 1, batch: 1, length: 6, accumulate: 1, validationBatches: 8, packing: false };
const none = rowsOf();
const CLASSES = { names: ['a', 'b', 'c'] };

/** The tokens that are read and the label after the last, of each window that is validated. */
const readOf = (rows: GradedRows, packing = false) =>
  [...classWindows(rowsOf([1, 0]), rows, { ...ORDER, packing }).validationBatches()].map(({ inputs, targets }) => ({
    tokens: [...inputs].filter((id) => id > 0),
    labels: [...targets].flatMap((label, at) => (label >= 0 ? [[inputs[at], label]] : [])),
  }));

describe('windows of texts with a label', () => {
  test('read it after the last token of a text; one that is too long keeps it', () => {
    const read = readOf(rowsOf([3, 2], [9, 1]));
    expect(read).toEqual([
      { tokens: [100, 101, 102], labels: [[102, 2]] },
      { tokens: [200, 201, 202, 203, 204, 205], labels: [[205, 1]] },
    ]);
  });

  test('skip texts without a label or without a token, and say so where no text has one', () => {
    expect(readOf(rowsOf([2, undefined], [0, 1], [2, 0]))).toEqual([{ tokens: [300, 301], labels: [[301, 0]] }]);
    expect(() => classWindows(rowsOf([2, undefined]), none, ORDER)).toThrow(
      expect.objectContaining({ code: 'rows-unlabelled', facts: { rows: 1 } }),
    );
  });

  test('hold several texts where they are packed, each with its own label', () => {
    const [window] = readOf(rowsOf([2, 1], [3, 2]), true);
    expect(window!.labels.toSorted()).toEqual([
      [101, 1],
      [202, 2],
    ]);
  });
});

describe('weights of classes', () => {
  test('balance as scikit-learn has it: n / (k · n_c)', () => {
    const rows = rowsOf([1, 0], [1, 0], [1, 0], [1, 1], [1, undefined]);
    expect(classCounts(rows, CLASSES)).toEqual([3, 1, 0]);
    const two = { names: ['a', 'b'] };
    expect(balancedClasses(rows, two)).toEqual([4 / 6, 2]); // compute_class_weight('balanced') of [0, 0, 0, 1]
    const [batch] = [...classWindows(rows, none, ORDER, [0.5, 4]).trainBatches(0)];
    expect([0.5, 4]).toContain(batch!.weights!.find((weight) => weight > 0));
  });

  test('of several to a text: without it by with it', () => {
    const several = { names: ['a', 'b', 'c'], several: true as const };
    const rows = rowsOf([1, 0b011], [1, 0b001], [1, 0b001], [1, 0b000]);
    expect(classCounts(rows, several)).toEqual([3, 1, 0]);
    expect(balancedClasses(rows, several)).toEqual([1 / 3, 3, 1]);
  });
});
