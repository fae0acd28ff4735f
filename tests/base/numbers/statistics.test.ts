import { expect, test } from 'vitest';
import { meanOf, percentile95 } from '../../../src/base/numbers/statistics';

test('95 of 100 values are not above the percentile', () => {
  expect(percentile95(Array.from({ length: 100 }, (_, i) => 100 - i))).toBe(95);
  expect(percentile95([7])).toBe(7);
  expect(percentile95([])).toBeUndefined();
});

test('the mean of nothing is not known', () => {
  expect(meanOf([1, 2, 6])).toBe(3);
  expect(meanOf([])).toBeUndefined();
});
