import { expect, test } from 'vitest';
import { stepsInTime } from '../../../src/base/settings/lengthByTime';

const WINDOWS = { batchSize: 8, accumulate: 1, contextLength: 64 };
const LONG = 1e9;

test('steps fill the time, written as a person would', () => {
  expect(stepsInTime(90, 0.083, 'new', WINDOWS, LONG)).toBe(1100);
  expect(stepsInTime(90, 0.33, 'new', WINDOWS, LONG)).toBe(270);
});

test('a slow machine still learns something, a fast one does not read a small text hundreds of times', () => {
  expect(stepsInTime(90, 20, 'new', WINDOWS, LONG)).toBe(100);
  expect(stepsInTime(60, 20, 'tuned', WINDOWS, LONG)).toBe(40);
  expect(stepsInTime(90, 0.001, 'new', WINDOWS, 48_000)).toBe(1900);
  expect(stepsInTime(90, 0.001, 'new', { ...WINDOWS, accumulate: 2 }, 48_000)).toBe(940);
  expect(stepsInTime(90, 0.001, 'new', WINDOWS, 500)).toBe(300);
});
