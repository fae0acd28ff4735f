// The honest difference of two candidates that answered the same rows: a metric over the rows that both scored, and how
// far the difference may be chance, by drawing whole clusters of rows again (Koehn, 2004).
import { clusterRows, type Interval } from '../../base/numbers/intervals';
import { pairedP, percentileInterval, resamplings } from '../../base/numbers/resampling';
import { stream } from '../../base/numbers/rng';
import type { Metric, MetricTask, RowStats } from './metric';

/** `unclear`: the interval spans zero. `same`: no row differs. `uncounted`: the metric has no interval, or no value. */
export type Verdict = 'better' | 'worse' | 'higher' | 'lower' | 'same' | 'unclear' | 'uncounted';

export interface Comparison {
  /** Over the rows that both scored; absent where those have no such value. */
  base?: number;
  tuned?: number;
  /** Tuned less base, in the metric's unit. */
  difference?: number;
  /** Of the difference, 95 %. */
  interval?: Interval;
  /** Of sacrebleu's paired bootstrap test. */
  p?: number;
  verdict: Verdict;
  /** Where it is unclear: how many more rows would settle it if the difference stays; absent where it is 0. */
  moreRows?: number;
  /** That both scored, their clusters, and rows that one of them did not score. */
  rows: number;
  clusters: number;
  notScored: number;
}

/** Candidates' numbers of the same rows, without gaps. */
type Pairs = readonly (readonly [base: RowStats, tuned: RowStats])[];

/** Fewer clusters that differ could not show a difference at 5 % by a sign test, even if all went one way. */
const LEAST_DIFFERING = 6;
const [DRAWS, SLOW_DRAWS] = [1000, 200];

/** The difference over a list of rows, a row as often as it is named; undefined where one of them has no value. */
export function differenceOver<T extends MetricTask>(
  metric: Metric<T>,
  pairs: Pairs,
  rows: readonly number[],
): number | undefined {
  const of = (side: 0 | 1): number | undefined => metric.ofRows(rows.map((row) => pairs[row]![side]));
  const [base, tuned] = [of(0), of(1)];
  return base === undefined || tuned === undefined ? undefined : tuned - base;
}

const equal = (a: RowStats, b: RowStats): boolean => a.length === b.length && a.every((value, i) => value === b[i]);

function verdictOf(direction: Metric['direction'], difference: number): Verdict {
  if (direction === 'none') return difference > 0 ? 'higher' : 'lower';
  return difference > 0 === (direction === 'up') ? 'better' : 'worse';
}

/**
 * Rows until the interval leaves zero: its half on the side of zero shrinks with the root of the rows; and until enough
 * clusters differ, if their share stays.
 */
function rowsNeeded(rows: number, difference: number, interval: Interval, differing: number): number | undefined {
  if (difference === 0) return undefined;
  const half = difference > 0 ? difference - interval.low : interval.high - difference;
  const needed = Math.max(rows * (half / difference) ** 2, (rows * LEAST_DIFFERING) / differing);
  return Math.max(1, Math.floor(needed) + 1 - rows);
}

/** What the drawing says of a difference that is there. */
function judged<T extends MetricTask>(
  metric: Metric<T>,
  pairs: Pairs,
  { clusters, difference, draws, seed }: { clusters: number[][]; difference: number; draws: number; seed: number },
): Pick<Comparison, 'interval' | 'p' | 'verdict' | 'moreRows'> {
  const differing = clusters.filter((rows) => rows.some((row) => !equal(...pairs[row]!))).length;
  if (differing === 0) return { verdict: 'same' };
  const lists = resamplings(clusters, draws, stream(seed, 'compare', metric.key));
  const drawn = [...lists].map((rows) => differenceOver(metric, pairs, rows)).filter((value) => value !== undefined);
  const interval = percentileInterval(drawn);
  if (!interval || clusters.length < 2) return { verdict: 'unclear' };
  const found = { interval, p: pairedP(drawn, difference) };
  const clear = differing >= LEAST_DIFFERING && (interval.low > 0 || interval.high < 0);
  if (clear) return { ...found, verdict: verdictOf(metric.direction, difference) };
  const moreRows = rowsNeeded(pairs.length, difference, interval, differing);
  return { ...found, verdict: 'unclear', ...(moreRows !== undefined && { moreRows }) };
}

/**
 * Rows by place, undefined where a candidate did not score one; `clusters` says which rows belong together (of one
 * conversation, document or group of near duplicates). The same seed gives the same interval.
 */
export function compareRows<T extends MetricTask>(
  metric: Metric<T>,
  base: readonly (RowStats | undefined)[],
  tuned: readonly (RowStats | undefined)[],
  clusters: readonly (string | number)[],
  { seed, draws = metric.slow ? SLOW_DRAWS : DRAWS }: { seed: number; draws?: number },
): Comparison {
  const both = clusters.map((_, row) => row).filter((row) => base[row] !== undefined && tuned[row] !== undefined);
  const pairs = both.map((row) => [base[row]!, tuned[row]!] as const);
  const groups = clusterRows(both.map((row) => clusters[row]!));
  const counts = { rows: both.length, clusters: groups.length, notScored: clusters.length - both.length };
  const values = { base: metric.ofRows(pairs.map(([a]) => a)), tuned: metric.ofRows(pairs.map(([, b]) => b)) };
  if (values.base === undefined || values.tuned === undefined) return { ...counts, verdict: 'uncounted' };
  const difference = values.tuned - values.base;
  const told = { base: values.base, tuned: values.tuned, difference, ...counts };
  if (metric.whole) return { ...told, verdict: difference === 0 ? 'same' : 'uncounted' };
  return { ...told, ...judged(metric, pairs, { clusters: groups, difference, draws, seed }) };
}
