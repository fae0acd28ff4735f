import { expect, test } from 'vitest';
import { Smoother } from '../../../../src/app/ui/Chart/smoother';

test('a constant stays itself from the first point on', () => {
  const smoother = new Smoother(25);
  for (let i = 0; i < 7; i++) expect(smoother.next(3.5)).toBeCloseTo(3.5, 12);
});

test('equals the weighted mean written out', () => {
  const smoother = new Smoother(4);
  const values = [5, 1, NaN, 8, 2];
  const last = values.map((v) => smoother.next(v)).at(-1);
  const kept = [5, 1, 8, 2];
  const weights = kept.map((_, i) => 0.75 ** (kept.length - 1 - i));
  const mean = kept.reduce((sum, v, i) => sum + v * weights[i]!, 0) / weights.reduce((a, b) => a + b);
  expect(last).toBeCloseTo(mean, 12);
});
