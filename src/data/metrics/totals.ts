// The totals that most metrics are made of: sums over the kept numbers of rows, ratios of sums, and plain means.
import type { Metric, MetricTask, RowOf, RowStats } from './metric';

/** Over all rows, of the numbers at this place. */
export const sumAt = (rows: readonly RowStats[], place: number): number =>
  rows.reduce((sum, row) => sum + row[place]!, 0);

/** The sum at one place over that at another; undefined over nothing. */
export function ratioAt(rows: readonly RowStats[], above: number, below: number): number | undefined {
  const whole = sumAt(rows, below);
  return whole > 0 ? sumAt(rows, above) / whole : undefined;
}

/** The sums of all places. */
export function totalsOf(rows: readonly RowStats[]): number[] | undefined {
  const [first] = rows;
  return first?.map((_, place) => sumAt(rows, place));
}

/** A metric that is the mean of what each row gives by itself. */
export function meanMetric<T extends MetricTask>(
  told: Pick<Metric<T>, 'key' | 'task' | 'unit' | 'direction' | 'signature'>,
  valueOf: (row: RowOf[T]) => number | undefined,
): Metric<T> {
  return {
    ...told,
    statsOf: (row) => {
      const value = valueOf(row);
      return value === undefined ? undefined : [value];
    },
    mean: true,
    perRow: ([value]) => value,
    ofRows: (rows) => (rows.length > 0 ? sumAt(rows, 0) / rows.length : undefined),
  };
}
