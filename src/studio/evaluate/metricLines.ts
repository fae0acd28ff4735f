// The metrics of an evaluation: of each model, and of each against the one that it is compared with.
import { studentInterval } from '../../base/numbers/intervals';
import type { EvaluationPart } from '../../base/records/evaluation';
import type { ComparedValue, MetricLine } from '../../base/wire/evaluation';
import { compareRows } from '../../data/metrics/compare';
import type { Metric, RowStats } from '../../data/metrics/metric';
import { METRICS } from '../../data/metrics/metrics';
import { comparedWith, statsOfRows, type EvaluatedTable } from './evaluatedTable';

/** The metric of a part that says in one number what is better. */
export const MAIN: Readonly<Record<EvaluationPart, string>> = {
  language: 'loss',
  classes: 'accuracy',
  preference: 'preferredLikelier',
  generation: 'chrf',
  memory: 'recalledShare',
};

/** Lines of one part over some rows; metrics without a value for any model are left out. */
export function metricLines(table: EvaluatedTable, part: EvaluationPart, places: readonly number[]): MetricLine[] {
  return METRICS[part]
    .map((metric) => metricLine(table, part, metric, places))
    .filter(({ values }) => values.some((value) => value !== null));
}

export function metricLine(
  table: EvaluatedTable,
  part: EvaluationPart,
  metric: Metric,
  places: readonly number[],
): MetricLine {
  const { record, rows } = table;
  const stats = record.models.map((_, model) => statsOfRows(table, part, metric as never, model, places));
  const groups = places.map((at) => rows[at]!.group);
  const comparisons = [...record.models.keys()].flatMap((model): ComparedValue[] => {
    const to = comparedWith(record, model);
    return to === model
      ? []
      : [{ model, to, ...compareRows(metric, stats[to]!, stats[model]!, groups, { seed: record.seed }) }];
  });
  const { key, unit, direction, signature } = metric;
  return {
    ...{ key, part, unit, direction, comparisons },
    ...(signature !== undefined && { signature }),
    intervals: stats.map((of) => ownInterval(metric, of, groups)),
    values: stats.map((of) => metric.ofRows(of.filter((one): one is RowStats => one !== undefined)) ?? null),
  };
}

/** Of a mean by itself, with the error of clustered rows (Student's t). */
function ownInterval(metric: Metric, stats: readonly (RowStats | undefined)[], groups: readonly number[]) {
  const scored = [...stats.keys()].filter((at) => stats[at] !== undefined);
  const values = metric.mean ? scored.map((at) => metric.perRow?.(stats[at]!)) : [];
  if (values.length === 0 || values.includes(undefined)) return null;
  const clusters = scored.map((at) => groups[at]!);
  return (
    studentInterval(
      values.filter((value) => value !== undefined),
      clusters,
    ) ?? null
  );
}

/** The main metric of a part. */
export const mainMetric = (part: EvaluationPart): Metric =>
  METRICS[part].find(({ key }: { key: string }) => key === MAIN[part])!;
