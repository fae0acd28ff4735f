import { describe, expect, test } from 'vitest';
import type { StepPoint } from '../../../src/base/wire/events';
import { stream } from '../../../src/base/numbers/rng';
import { Curves } from '../../../src/app/state/curves';
import { Column, lowerBound, nearest } from '../../../src/app/ui/Chart/column';
import { align, decimate } from '../../../src/app/ui/Chart/decimate';
import { Smoother } from '../../../src/app/ui/Chart/smoother';

function columnOf(values: Iterable<number>): Column {
  const column = new Column();
  for (const value of values) column.push(value);
  return column;
}

describe('column', () => {
  test('keeps all numbers through its growth, and forgets from an index on', () => {
    const column = columnOf(Array.from({ length: 1013 }, (_, i) => i * 3));
    expect(column.length).toBe(1013);
    expect(column.at(777)).toBe(2331);
    column.truncate(65);
    expect([column.length, column.last, column.at(65)]).toEqual([65, 192, NaN]);
    column.push(7);
    expect([...column.view()].slice(-2)).toEqual([192, 7]);
  });

  test('finds steps', () => {
    const column = columnOf([2, 4, 9]);
    expect([0, 2, 3, 9, 10].map((v) => lowerBound(column, v))).toEqual([0, 0, 1, 2, 3]);
    expect([0, 3, 7, 100].map((v) => nearest(column, v))).toEqual([0, 0, 2, 2]);
    expect(nearest(new Column(), 1)).toBe(-1);
  });
});

describe('decimation', () => {
  test('keeps every spike of 100,003 points within two points per bucket', () => {
    const draws = stream(1, 'chart');
    const x = columnOf(Array.from({ length: 100_003 }, (_, i) => i + 1));
    const y = columnOf(Array.from({ length: 100_003 }, () => draws.next()));
    const spiked = columnOf(Array.from(y.view(), (v, i) => (i === 54_321 ? 50 : i === 77_777 ? -50 : v)));
    const [xs, ys] = decimate(x, spiked, 1, 100_003, 311);
    expect(xs.length).toBeLessThanOrEqual(2 * 312);
    expect(Math.max(...ys)).toBe(50);
    expect(xs[ys.indexOf(50)]).toBe(54_322);
    expect(Math.min(...ys)).toBe(-50);
    expect(xs.every((value, i) => i === 0 || value > xs[i - 1]!)).toBe(true);
  });

  test('few points pass as they are, without those that are not numbers', () => {
    expect(decimate(columnOf([1, 2, 3]), columnOf([5, NaN, 6]), 1, 3, 100)).toEqual([
      [1, 3],
      [5, 6],
    ]);
  });

  test('a bucket that begins with NaN still gives its extremes', () => {
    const x = columnOf(Array.from({ length: 40 }, (_, i) => i));
    const y = columnOf(Array.from({ length: 40 }, (_, i) => (i % 10 === 0 ? NaN : i)));
    const [xs] = decimate(x, y, 0, 40, 4);
    expect(xs).toEqual([1, 9, 11, 19, 21, 29, 31, 39]);
  });

  test('curves with steps of their own share one x', () => {
    const aligned = align([
      [
        [1, 3],
        [10, 30],
      ],
      [
        [2, 3],
        [200, 300],
      ],
    ]);
    expect(aligned).toEqual([
      [1, 2, 3],
      [10, null, 30],
      [null, 200, 300],
    ]);
  });
});

describe('smoother', () => {
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
});

describe('curves of a run on pairs', () => {
  const point = (step: number, margin: number): StepPoint => ({
    ...{ step, loss: 1, accuracy: 1, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 9 },
    rewards: { chosen: margin, rejected: 0, margin, accuracy: 1 },
  });

  test('what a resumed run measures again replaces its tail', () => {
    const curves = new Curves();
    [1, 2, 3, 2].forEach((at, i) => curves.addStep(point(at, 10 * i)));
    const { step, rewards } = curves;
    expect([...step.view()]).toEqual([1, 2]);
    expect([...rewards.margin.view()]).toEqual([0, 30]);
    expect(rewards.smoothMargin.last).toBeCloseTo(30);
    expect(rewards.logOddsRatio.last).toBeNaN();
  });
});
