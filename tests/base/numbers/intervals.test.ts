import { describe, expect, test } from 'vitest';
import {
  clusteredError,
  neededToLeaveHalf,
  studentInterval,
  studentQuantile,
  wilson,
} from '../../../src/base/numbers/intervals';
import { statisticsGolden } from '../../fixtures/evaluationStatistics';

const golden = statisticsGolden();

test.each(golden.wilson)('Wilson, %d of %d, as scipy', (hits, n, low, high) => {
  expect(wilson(hits, n).low).toBeCloseTo(low, 12);
  expect(wilson(hits, n).high).toBeCloseTo(high, 12);
});

test('Wilson of nothing is all there is', () => {
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});

test.each(golden.student)("Student's quantile of %d with %d degrees of freedom, as scipy", (share, freedom, t) => {
  expect(studentQuantile(share, freedom) / t).toBeCloseTo(1, 11);
});

test.each(golden.clustered)('a mean over clusters, as by the formula in Python', (one) => {
  const { values, clusters, error, low, high } = one;
  expect(clusteredError(values, clusters)).toBeCloseTo(error, 12);
  const interval = studentInterval(values, clusters);
  expect(interval?.low).toBeCloseTo(low, 10);
  expect(interval?.high).toBeCloseTo(high, 10);
});

test('one cluster has no error', () => {
  expect(clusteredError([1, 2, 3], [0, 0, 0])).toBeUndefined();
  expect(studentInterval([], [])).toBeUndefined();
});

describe('how many more it takes to leave one half', () => {
  test.each([
    [7, 10],
    [14, 20],
    [52, 100],
    [3, 10],
  ])('%d of %d', (hits, n) => {
    const more = neededToLeaveHalf(hits, n)!;
    const leaves = (count: number): boolean => {
      const { low, high } = wilson((hits / n) * count, count);
      return low > 0.5 || high < 0.5;
    };
    expect(more).toBeGreaterThan(0);
    expect(leaves(n + more)).toBe(true);
    expect(leaves(n + more - 1)).toBe(false);
  });

  test('none where it has left it, and no number at one half', () => {
    expect(neededToLeaveHalf(28, 40)).toBe(0);
    expect(neededToLeaveHalf(5, 10)).toBeUndefined();
    expect(neededToLeaveHalf(0, 0)).toBeUndefined();
  });
});
