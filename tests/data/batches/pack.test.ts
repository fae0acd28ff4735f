import { describe, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
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
