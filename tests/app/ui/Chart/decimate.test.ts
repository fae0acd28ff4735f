import { expect, test } from 'vitest';
import { stream } from '../../../../src/base/numbers/rng';
import { align, decimate, decimateOnGrid } from '../../../../src/app/ui/Chart/decimate';
import { columnOf } from './columnOf';

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

test('many curves with x values of their own share the places of a grid, and keep their spikes', () => {
  const draws = stream(2, 'chart');
  const curves = Array.from({ length: 50 }, (_, n) => {
    let time = 0;
    const x = columnOf(Array.from({ length: 10_000 }, () => (time += 1 + draws.next())));
    return { x, y: columnOf(Array.from({ length: 10_000 }, (_, i) => (i === 100 * n ? 99 : draws.next()))) };
  });
  const to = Math.max(...curves.map(({ x }) => x.last));
  const points = curves.map(({ x, y }) => decimateOnGrid(x, y, 0, to, 500));
  const [xs, ...columns] = align(points);
  expect(xs.length).toBeLessThanOrEqual(2 * 502);
  columns.forEach((column, n) => {
    const at = column.indexOf(99);
    expect(Math.abs(xs[at]! - curves[n]!.x.at(100 * n))).toBeLessThanOrEqual(to / 500);
  });
});

test('a grid keeps the order of points that fall into one place', () => {
  const [xs, ys] = decimateOnGrid(columnOf([0, 0, 0.1, 9, 10]), columnOf([1, 2, 3, 4, 5]), 0, 10, 10);
  expect(xs.every((x, i) => i === 0 || x > xs[i - 1]!)).toBe(true);
  expect(ys).toEqual([1, 3, 4, 5]);
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
