// Runs of tokens that come out of a model, counted by hand.
import { expect, test } from 'vitest';
import { reproducedRuns } from '../../../src/data/metrics/memory/reproducedRuns';

const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

test('what is said whole is reproduced whole, and what shares no run is not', () => {
  expect(reproducedRuns(from(0, 20), from(0, 20))).toBe(1);
  expect(reproducedRuns(from(100, 20), from(0, 20))).toBe(0);
  expect(reproducedRuns([], from(0, 20))).toBe(0);
});

test('each length of runs weighs the same, and a place does not matter', () => {
  // of 0 … 9 the first five are said, behind others: 2 of 7 runs of four, 1 of 6 of five, none of the longer ones
  const said = [50, 51, ...from(0, 5), 60];
  expect(reproducedRuns(said, from(0, 10))).toBeCloseTo((2 / 7 + 1 / 6) / 5, 12);
});

test('lengths that what is wanted is too short for are left out', () => {
  expect(reproducedRuns(from(0, 5), from(0, 5))).toBe(1);
  expect(reproducedRuns(from(1, 4), from(0, 5))).toBeCloseTo((1 / 2 + 0) / 2, 12);
  expect(reproducedRuns(from(0, 3), from(0, 3))).toBeUndefined();
});
