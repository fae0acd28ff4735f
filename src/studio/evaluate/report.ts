// The report of an evaluation, made anew from what is stored whenever it is looked at: it holds for as far as the
// evaluation came.
import type { EvaluatedRow } from '../../base/records/evaluation';
import type { Id } from '../../base/records/named';
import type { EvaluatedRowView, EvaluationReport, RowLine } from '../../base/wire/evaluation';
import { AtelierError } from '../../base/errors/errors';
import type { AtelierDb } from '../../storage/db';
import { classesReports } from './classesReport';
import { comparedWith, evaluatedTable, metricRow, statsOfRows, type EvaluatedTable } from './evaluatedTable';
import { findingsOf } from './findings';
import { isHarnessRow } from './harnessFile';
import { MAIN, mainMetric, metricLine, metricLines } from './metricLines';
import { memoryReport } from './memory/memoryReport';
import { shownText } from './shownText';
import { sliceLines } from './sliceLines';

/** Rows of the lists of the best and of the worst. */
const LISTED = 10;

/** @throws evaluation-missing */
export async function evaluationReport(db: AtelierDb, id: Id): Promise<EvaluationReport> {
  const table = await evaluatedTable(db, id);
  const { record, rows } = table;
  const places = (set: EvaluatedRow['set']): number[] => [...rows.keys()].filter((at) => rows[at]!.set === set);
  const [asked, generalPlaces] = [places('asked'), places('general')];
  const metrics = record.parts.flatMap((part) => metricLines(table, part, asked));
  const main = metrics.filter(({ key, part }) => MAIN[part] === key);
  const general =
    generalPlaces.length && record.parts.includes('language')
      ? metricLine(table, 'language', mainMetric('language'), generalPlaces)
      : undefined;
  const classes = record.classes && classesReports(table, record.classes, asked);
  const [first] = record.parts;
  const memory = record.parts.includes('memory') ? memoryReport(table) : undefined;
  const slices = first ? sliceLines(table, first, asked) : [];
  return {
    ...{ record, rows: asked.length, generalRows: generalPlaces.length, main, metrics, slices },
    ...(general && { general }),
    ...(classes && { classes }),
    ...rowLists(table, asked),
    ...(memory && { memory }),
    findings: findingsOf(table, { general, classes, slices, main, memory }),
    harness: rows.some(isHarnessRow),
  };
}

/** The rows that the last model does better and worse than the one it is compared with, by the first part. */
function rowLists(table: EvaluatedTable, asked: readonly number[]): Pick<EvaluationReport, 'best' | 'worst'> {
  const { record, rows } = table;
  const [part] = record.parts;
  const model = record.models.length - 1;
  const to = comparedWith(record, model);
  if (!part || to === model) return { best: [], worst: [] };
  const metric = mainMetric(part);
  const values = record.models.map((_, i) =>
    statsOfRows(table, part, metric as never, i, asked).map((stats) => (stats ? metric.perRow?.(stats) : undefined)),
  );
  const sign = metric.direction === 'down' ? -1 : 1;
  const lines = asked.flatMap((row, i): RowLine[] => {
    const [before, now] = [values[to]![i], values[model]![i]];
    if (before === undefined || now === undefined) return [];
    const each = values.map((of) => of[i] ?? null);
    return [{ row, text: shownText(rows[row]!), values: each, difference: now - before }];
  });
  const ordered = lines.toSorted((a, b) => sign * (b.difference - a.difference));
  return {
    best: ordered.filter(({ difference }) => sign * difference > 0).slice(0, LISTED),
    worst: ordered
      .filter(({ difference }) => sign * difference < 0)
      .slice(-LISTED)
      .reverse(),
  };
}

/**
 * A row with all that was found.
 * @throws evaluation-missing
 */
export async function evaluatedRowView(db: AtelierDb, id: Id, row: number): Promise<EvaluatedRowView> {
  const { rows, found } = await evaluatedTable(db, id);
  if (!rows[row]) throw new AtelierError('evaluation-missing');
  return { row: rows[row], found: found.map((of) => of[row]!) };
}

/** Places of the rows whose label and likeliest class are these. @throws evaluation-missing */
export async function confusedRows(
  db: AtelierDb,
  id: Id,
  model: number,
  label: number,
  predicted: number,
): Promise<RowLine[]> {
  const table = await evaluatedTable(db, id);
  return table.rows.flatMap((row, at): RowLine[] => {
    const read = metricRow(table, 'classes', model, at);
    if (!read?.labels.includes(label) || read.probabilities.indexOf(Math.max(...read.probabilities)) !== predicted)
      return [];
    const values = table.record.models.map((_, i) => metricRow(table, 'classes', i, at)?.probabilities[label] ?? null);
    return [{ row: at, text: shownText(row), values, difference: 0 }];
  });
}
