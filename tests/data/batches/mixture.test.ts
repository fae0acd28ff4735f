import { describe, expect, test } from 'vitest';
import { epochOrder, windowsOfEpoch } from '../../../src/data/batches/mixture';

const THREE = [
  [7, 0.05],
  [90_000, 0.2],
  [500, 0.15],
];

describe('windows of an epoch of a mix', () => {
  test.each([
    { main: 1000, others: [[1000, 0.5]] },
    { main: 1000, others: [[30, 0.1]] },
    { main: 1000, others: THREE },
    { main: 3, others: [[50, 0.9]] },
    { main: 40, others: [[1, 0.25]] },
  ])('$main windows beside $others: the first text once, the others to their share of the tokens', (mix) => {
    for (const each of [64, 37.5]) {
      const texts = [
        { windows: mix.main, tokens: mix.main * 64, share: NaN }, // follows from the others
        ...mix.others.map(([windows, share]) => ({ windows: windows!, tokens: windows! * each, share: share! })),
      ];
      const drawn = windowsOfEpoch(texts);
      expect(drawn[0]).toBe(mix.main);
      const tokens = drawn.map((count, i) => (count * texts[i]!.tokens) / texts[i]!.windows);
      const left = 1 - mix.others.reduce((sum, [, share]) => sum + share!, 0);
      const wanted = tokens[0]! / left;
      mix.others.forEach(([, share], i) =>
        expect(Math.abs(tokens[i + 1]! - share! * wanted)).toBeLessThanOrEqual(each / 2),
      );
    }
  });

  test('a text whose share is less than one window gives one', () => {
    const texts = [
      { windows: 10, tokens: 640, share: 0.999 },
      { windows: 10, tokens: 640, share: 0.001 },
    ];
    expect(windowsOfEpoch(texts)).toEqual([10, 1]);
  });
});

describe('the order of an epoch', () => {
  const COUNTS = [300, 100, 37];

  test('has each window of each text once, in the order of its places', () => {
    const { text, place } = epochOrder(COUNTS, 7, 0);
    expect(text.length).toBe(437);
    COUNTS.forEach((count, of) => {
      const places = [...place].filter((_, i) => text[i] === of);
      expect(places).toEqual(Array.from({ length: count }, (_, i) => i));
    });
  });

  test('follows from seed and epoch alone, and differs with each of them', () => {
    const texts = (seed: number, epoch: number): string => epochOrder(COUNTS, seed, epoch).text.join('');
    expect(texts(7, 3)).toBe(texts(7, 3));
    expect(new Set([texts(7, 3), texts(7, 4), texts(8, 3), texts(8, 4)]).size).toBe(4);
  });

  test('has read the shares at any point of an epoch, within the number of texts', () => {
    const { text } = epochOrder(COUNTS, 1, 5);
    const read = COUNTS.map(() => 0);
    text.forEach((of, i) => {
      read[of]!++;
      COUNTS.forEach((count, other) => {
        const wanted = ((i + 1) * count) / text.length;
        expect(Math.abs(read[other]! - wanted)).toBeLessThanOrEqual(COUNTS.length);
      });
    });
  });
});
