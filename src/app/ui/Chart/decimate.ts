// Thins a curve to what a chart can show without losing a spike.
import { lowerBound, type Column } from './column';

/** x values and the y values above them, as uPlot takes them. */
export type Points = [x: number[], y: number[]];

/**
 * The points of a curve between two x values, at most two per bucket: the lowest and the highest, in the order they
 * came, so that no spike is lost and a redraw costs the width of the chart and not the length of the run. Numbers that
 * are not finite are left out. One point beyond each end is kept, so that the line leaves the frame.
 */
export function decimate(x: Column, y: Column, from: number, to: number, buckets: number): Points {
  const part = reach(x, from, to);
  const [first, end] = part;
  if (end - first > 2 * buckets) return extremesOf(x, y, from, (to - from) / buckets, part);
  const out: Points = [[], []];
  for (let i = first; i < end; i++) add(out, x.at(i), y.at(i));
  return out;
}

/**
 * The same on a grid of two places per bucket that all curves share: of many curves the common x values would else be
 * as many as their points together. A point moves by less than a bucket.
 */
export function decimateOnGrid(x: Column, y: Column, from: number, to: number, buckets: number): Points {
  const width = (to - from) / buckets;
  const [xs, ys] = extremesOf(x, y, from, width, reach(x, from, to));
  const out: Points = [[], []];
  let last = -Infinity;
  xs.forEach((value, i) => {
    const bucket = Math.floor((value - from) / width);
    const place = Math.max(2 * bucket, last + 1);
    last = place;
    add(out, from + (place * width) / 2, ys[i]!);
  });
  return out;
}

/** From the last point before `from` up to and with the first one after `to`. */
const reach = (x: Column, from: number, to: number): readonly [first: number, end: number] => [
  Math.max(0, lowerBound(x, from) - 1),
  Math.min(x.length, lowerBound(x, to) + 1),
];

function extremesOf(
  x: Column,
  y: Column,
  from: number,
  width: number,
  [first, end]: readonly [first: number, end: number],
): Points {
  const out: Points = [[], []];
  const xs = x.view();
  const ys = y.view();
  let i = first;
  while (i < end) {
    const bucket = Math.floor((xs[i]! - from) / width);
    i = addExtremes(out, xs, ys, i, end, from + (bucket + 1) * width);
  }
  return out;
}

/** Adds the extremes of the points from `i` to the bucket's end; gives the index after them. */
function addExtremes(
  out: Points,
  xs: Float64Array,
  ys: Float64Array,
  start: number,
  end: number,
  border: number,
): number {
  let low = start;
  let high = start;
  let i = start;
  // a comparison with NaN is false, so a NaN is replaced but never replaces
  for (; i < end && (i === start || xs[i]! < border); i++) {
    const value = ys[i]!;
    if (!(ys[low]! <= value) && Number.isFinite(value)) low = i;
    if (!(ys[high]! >= value) && Number.isFinite(value)) high = i;
  }
  add(out, xs[Math.min(low, high)]!, ys[Math.min(low, high)]!);
  if (low !== high) add(out, xs[Math.max(low, high)]!, ys[Math.max(low, high)]!);
  return i;
}

function add([xs, ys]: Points, x: number, y: number): void {
  if (!Number.isFinite(y)) return;
  xs.push(x);
  ys.push(y);
}

/** Curves with x values of their own on one common rising x, with `null` where a curve has no point. */
export function align(curves: readonly Points[]): [number[], ...(number | null)[][]] {
  const x = [...new Set(curves.flatMap(([xs]) => xs))].sort((a, b) => a - b);
  const position = new Map(x.map((value, i) => [value, i]));
  const columns = curves.map(([xs, ys]) => {
    const column = new Array<number | null>(x.length).fill(null);
    xs.forEach((value, i) => (column[position.get(value)!] = ys[i]!));
    return column;
  });
  return [x, ...columns];
}
