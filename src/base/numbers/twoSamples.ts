// How far two groups of answers differ that are not answers to the same rows: 95 % intervals of a difference of means
// (Welch) and of shares (Newcombe). Answers to the same rows are compared in data/metrics.
import { studentQuantile, wilson, type Interval } from './intervals';

/** `now` less `before`. */
export interface Difference extends Interval {
  before: number;
  now: number;
  difference: number;
}

const momentsOf = (values: readonly number[]): { mean: number; error: number; n: number } => {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: squares / (n - 1) / n, n };
};

/** Student's interval with Welch's degrees of freedom (1947); undefined of fewer than two values on a side. */
export function meanDifference(before: readonly number[], now: readonly number[]): Difference | undefined {
  if (before.length < 2 || now.length < 2) return undefined;
  const [a, b] = [momentsOf(before), momentsOf(now)];
  const variance = a.error + b.error;
  const difference = b.mean - a.mean;
  const told = { before: a.mean, now: b.mean, difference };
  if (variance === 0) return { ...told, low: difference, high: difference };
  const freedom = variance ** 2 / (a.error ** 2 / (a.n - 1) + b.error ** 2 / (b.n - 1));
  const half = studentQuantile(0.975, freedom) * Math.sqrt(variance);
  return { ...told, low: difference - half, high: difference + half };
}

/** A number of hits among so many. */
export interface Counted {
  hits: number;
  of: number;
}

/** Newcombe's hybrid of two Wilson intervals (1998, method 10); undefined where a side has none. */
export function shareDifference(before: Counted, now: Counted): Difference | undefined {
  if (before.of === 0 || now.of === 0) return undefined;
  const [p, q] = [before.hits / before.of, now.hits / now.of];
  const [a, b] = [wilson(before.hits, before.of), wilson(now.hits, now.of)];
  const difference = q - p;
  return {
    ...{ before: p, now: q, difference },
    low: difference - Math.hypot(q - b.low, a.high - p),
    high: difference + Math.hypot(b.high - q, p - a.low),
  };
}
