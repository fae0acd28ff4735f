import { expect, test } from 'vitest';
import { alphaInterval, krippendorffAlpha } from '../../../src/base/numbers/agreement';
import { statisticsGolden } from '../../fixtures/evaluationStatistics';

const golden = statisticsGolden();

test.each(golden.alpha)("Krippendorff's alpha, as the krippendorff package", (one) => {
  for (const level of ['nominal', 'ordinal', 'interval'] as const) {
    const [found, wanted] = [krippendorffAlpha(one.units, level), one[level]];
    if (wanted === null) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(wanted, 12);
  }
});

test('its interval is the same for a seed, holds the value, and narrows with more units', () => {
  const units = golden.alpha[0]!.units;
  const narrow = Array.from({ length: 6 }, () => units).flat();
  const [first, again] = [1, 1].map((seed) => alphaInterval(units, 'ordinal', { seed })!);
  const more = alphaInterval(narrow, 'ordinal', { seed: 1 })!;
  expect(first).toEqual(again);
  const alpha = krippendorffAlpha(units, 'ordinal')!;
  expect(first!.low).toBeLessThan(alpha);
  expect(first!.high).toBeGreaterThan(alpha);
  expect(more.high - more.low).toBeLessThan(first!.high - first!.low);
  expect(alphaInterval([[1, 1]], 'nominal', { seed: 1 })).toBeUndefined();
});
