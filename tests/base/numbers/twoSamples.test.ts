import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { meanDifference, shareDifference } from '../../../src/base/numbers/twoSamples';

interface Golden {
  means: { before: number[]; now: number[]; low: number; high: number }[];
  shares: { before: [number, number]; now: [number, number]; low: number; high: number }[];
}
/** Made by statsmodels: tests/fixtures/two_samples.py. */
const GOLDEN = JSON.parse(readFileSync('tests/fixtures/drift/two_samples.json', 'utf8')) as Golden;

test('the interval of a difference of means is that of Welch’s test in statsmodels', () => {
  for (const { before, now, low, high } of GOLDEN.means) {
    const found = meanDifference(before, now)!;
    expect(found.low).toBeCloseTo(low, 8);
    expect(found.high).toBeCloseTo(high, 8);
  }
  expect(meanDifference([1], [1, 2])).toBeUndefined();
  expect(meanDifference([2, 2], [3, 3])).toMatchObject({ difference: 1, low: 1, high: 1 });
});

test('the interval of a difference of shares is Newcombe’s in statsmodels', () => {
  for (const { before, now, low, high } of GOLDEN.shares) {
    const found = shareDifference({ hits: before[0], of: before[1] }, { hits: now[0], of: now[1] })!;
    expect(found.low).toBeCloseTo(low, 10);
    expect(found.high).toBeCloseTo(high, 10);
  }
  expect(shareDifference({ hits: 0, of: 0 }, { hits: 1, of: 2 })).toBeUndefined();
});
