import { expect, test } from 'vitest';
import { clusterRows } from '../../../src/base/numbers/intervals';
import { percentileInterval, resamplings } from '../../../src/base/numbers/resampling';
import { stream } from '../../../src/base/numbers/rng';

test('rows of a cluster are drawn together, and as many clusters as there are', () => {
  const clusters = clusterRows(['a', 'b', 'a', 'c', 'b']);
  expect(clusters).toEqual([[0, 2], [1, 4], [3]]);
  const lists = [...resamplings(clusters, 200, stream(1, 'x'))];
  expect(lists).toHaveLength(200);
  for (const rows of lists) {
    const count = (row: number): number => rows.filter((r) => r === row).length;
    expect(count(0)).toBe(count(2));
    expect(count(1)).toBe(count(4));
    expect(count(0) + count(1) + count(3)).toBe(3);
  }
});

test('the same seed draws the same rows', () => {
  const draw = (seed: number): number[][] => [...resamplings([[0], [1], [2]], 5, stream(seed, 'x'))];
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test('percentiles lie between neighbours in proportion', () => {
  const interval = percentileInterval([5, 1, 2, 3, 4])!;
  expect(interval.low).toBeCloseTo(1.1, 12);
  expect(interval.high).toBeCloseTo(4.9, 12);
  expect(percentileInterval([])).toBeUndefined();
});
