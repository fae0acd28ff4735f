// For which rows the last model does worse than for the others: rows cut by length, language, source, label and turns,
// each with its distance to all others and the interval of that.
import { clusterRows } from '../../base/numbers/intervals';
import { percentileInterval, resamplings } from '../../base/numbers/resampling';
import { stream } from '../../base/numbers/rng';
import type { EvaluatedRow, EvaluationPart } from '../../base/records/evaluation';
import type { SliceLine, SliceName } from '../../base/wire/evaluation';
import { differenceOver } from '../../data/metrics/compare';
import type { RowStats } from '../../data/metrics/metric';
import { comparedWith, statsOfRows, type EvaluatedTable } from './evaluatedTable';
import { mainMetric } from './metricLines';

/** Fewer rows say nothing of a slice, nor of what is left beside it. */
const FEWEST = 5;
const MOST_VALUES = 8;
const DRAWS = 300;

/** @param places of the rows that were asked */
export function sliceLines(table: EvaluatedTable, part: EvaluationPart, places: readonly number[]): SliceLine[] {
  const { record, rows } = table;
  const model = record.models.length - 1;
  const to = comparedWith(record, model);
  if (to === model) return [];
  const metric = mainMetric(part);
  const stats = record.models.map((_, i) => statsOfRows(table, part, metric as never, i, places));
  const both = places.map((_, i) => i).filter((i) => stats[to]![i] && stats[model]![i]);
  const pairs = both.map((i): [RowStats, RowStats] => [stats[to]![i]!, stats[model]![i]!]);
  const own = both.map((i) => rows[places[i]!]!);
  const clusters = clusterRows(own.map(({ group }) => group));
  return slicesOf(own).map(({ slice, value, inside }): SliceLine => {
    const gapOver = (drawn: readonly number[]): number | undefined => {
      const within = differenceOver(
        metric,
        pairs,
        drawn.filter((row) => inside.has(row)),
      );
      const beside = differenceOver(
        metric,
        pairs,
        drawn.filter((row) => !inside.has(row)),
      );
      return within === undefined || beside === undefined ? undefined : within - beside;
    };
    const gap = gapOver([...own.keys()]);
    const random = stream(record.seed, 'slice', slice, value);
    const drawn = [...resamplings(clusters, DRAWS, random)].map(gapOver).filter((one) => one !== undefined);
    const interval = percentileInterval(drawn);
    const values = stats.map(
      (of) => metric.ofRows([...inside].map((i) => of[both[i]!]).filter((one) => one !== undefined)) ?? null,
    );
    return {
      slice,
      value,
      rows: inside.size,
      values,
      ...(gap !== undefined && { gap }),
      ...(interval && { interval }),
    };
  });
}

interface Slice {
  slice: SliceName;
  value: string;
  /** Places among the rows. */
  inside: ReadonlySet<number>;
}

/** Slices of which neither the inside nor the outside is too small. */
function slicesOf(rows: readonly EvaluatedRow[]): Slice[] {
  const lengths = rows.map(({ slices }) => slices.characters).sort((a, b) => a - b);
  const [short, long] = [lengths[Math.floor(lengths.length / 3)]!, lengths[Math.floor((2 * lengths.length) / 3)]!];
  const lengthOf = ({ slices: { characters } }: EvaluatedRow): string =>
    characters < short ? 'short' : characters < long ? 'medium' : 'long';
  const by: [SliceName, (row: EvaluatedRow) => string | undefined][] = [
    ['length', lengthOf],
    ['language', ({ slices }) => slices.language],
    ['source', ({ slices }) => slices.source],
    ['label', ({ slices }) => slices.label],
    ['turns', ({ slices: { turns } }) => (turns === undefined ? undefined : turns > 2 ? '3+' : String(turns))],
  ];
  return by.flatMap(([slice, valueOf]) => {
    const sets = new Map<string, Set<number>>();
    rows.forEach((row, i) => {
      const value = valueOf(row);
      if (value !== undefined) sets.set(value, (sets.get(value) ?? new Set()).add(i));
    });
    return [...sets]
      .filter(([, { size }]) => size >= FEWEST && rows.length - size >= FEWEST)
      .sort(([, a], [, b]) => b.size - a.size)
      .slice(0, MOST_VALUES)
      .map(([value, inside]) => ({ slice, value, inside }));
  });
}
