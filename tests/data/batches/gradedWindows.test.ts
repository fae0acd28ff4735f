import { describe, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { GradedWindows, type GradedRows, type GradedBatch } from '../../../src/data/batches/gradedWindows';
import { packBins } from '../../../src/data/batches/pack';

describe('packing', () => {
  test('puts each row in one window, none beyond its room, the same way every time', () => {
    const random = stream(5, 'lengths');
    const lengths = Array.from({ length: 500 }, () => 1 + random.below(64));
    const bins = packBins(lengths, 64);
    expect(bins.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const bin of bins) expect(bin.reduce((n, row) => n + lengths[row]!, 0)).toBeLessThanOrEqual(64);
    expect(packBins(lengths, 64)).toEqual(bins);
    const least = Math.ceil(lengths.reduce((a, b) => a + b, 0) / 64);
    expect(bins.length).toBeLessThanOrEqual(Math.ceil((11 / 9) * least) + 1);
  });

  test.each([
    [[5, 5, 5], 5, [[0], [1], [2]]],
    [
      [3, 2, 1, 4],
      5,
      [
        [3, 2],
        [0, 1],
      ],
    ],
    [[], 5, []],
  ])('of %j into %i', (lengths, room, bins) => expect(packBins(lengths, room)).toEqual(bins));
});

/** Rows of these lengths; ids count up, the last `graded` tokens of each are graded with the row's weight. */
function rowsOf(lengths: number[], graded: number[], weight = 1): GradedRows {
  const offsets = Uint32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0))]);
  const total = offsets.at(-1)!;
  const weights = new Float32Array(total);
  lengths.forEach((_, row) => weights.fill(weight, offsets[row + 1]! - graded[row]!, offsets[row + 1]));
  return { ids: Uint16Array.from({ length: total }, (_, i) => i + 1), weights, offsets };
}
const order = { seed: 7, batch: 2, length: 8, packing: true };
const list = (values: ArrayLike<number>): number[] => Array.from(values);

describe('graded windows', () => {
  test('hold rows apart: each token knows where its row begins and its place in it', () => {
    const windows = new GradedWindows(rowsOf([5, 4, 3], [2, 1, 1]), order);
    expect(windows.bins).toEqual([[0, 1], [2]]);
    const [batch] = [...windows.validationBatches(9)];
    expect(list(batch!.inputs)).toEqual([1, 2, 3, 4, 6, 7, 8, 0, 10, 11, 0, 0, 0, 0, 0, 0]);
    expect(list(batch!.targets)).toEqual([-1, -1, 4, 5, -1, -1, 9, -1, -1, 12, -1, -1, -1, -1, -1, -1]);
    expect(list(batch!.starts)).toEqual([0, 0, 0, 0, 4, 4, 4, 8, 0, 0, 3, 4, 5, 6, 7, 8]);
    expect(list(batch!.positions)).toEqual([0, 1, 2, 3, 0, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(batch!.labels).toBe(4);
  });

  test('carry the weights of their targets', () => {
    const windows = new GradedWindows(rowsOf([4], [2], 0.25), order);
    expect(list([...windows.validationBatches(1)][0]!.weights.slice(0, 4))).toEqual([0, 0.25, 0.25, 0]);
  });

  test('cut long rows at their end, and pass over those of which nothing graded is left', () => {
    const windows = new GradedWindows(rowsOf([20, 20, 3], [12, 3, 1]), order);
    expect(windows.bins.flat().sort()).toEqual([0, 2]);
    expect(new GradedWindows(rowsOf([20], [3]), order).count).toBe(0);
  });

  test('without packing have a row each', () => {
    expect(new GradedWindows(rowsOf([3, 3, 3], [1, 1, 1]), { ...order, packing: false }).count).toBe(3);
  });

  test('are read in another order each epoch, all of them, and again the same from any cursor', () => {
    const lengths = Array.from({ length: 40 }, (_, i) => 3 + (i % 6));
    const make = () =>
      new GradedWindows(
        rowsOf(
          lengths,
          lengths.map(() => 1),
        ),
        { ...order, batch: 1, packing: false },
      );
    const firsts = (from: number, count: number): number[] =>
      make()
        .trainBatches(from, count)
        .map((batch: GradedBatch) => batch.inputs[0]!);
    const epochs = [firsts(0, 40), firsts(40, 40)];
    expect(epochs[0]!.toSorted((a, b) => a - b)).toEqual(epochs[1]!.toSorted((a, b) => a - b));
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(firsts(33, 10)).toEqual([...epochs[0]!.slice(33), ...epochs[1]!.slice(0, 3)]);
  });
});
