// What is behind the numbers of a classifier, by model: the table of its classes, curves, how sure it is, and the
// temperature that would make it as sure as it is right.
import type { Classes } from '../../base/modelShape';
import type { ClassCurve, ClassesReport, CurvePoint } from '../../base/wire/evaluation';
import { classReport } from '../../data/metrics/classes/classReport';
import { isScorable } from '../../data/metrics/classes/classStats';
import { averagePrecisionOf, precisionRecallCurve, rocArea, rocCurve } from '../../data/metrics/classes/curves';
import { calibrationError, reliabilityBins } from '../../data/metrics/classes/reliability';
import { atTemperature, fitTemperature } from '../../data/metrics/classes/temperature';
import type { ClassRow } from '../../data/metrics/metric';
import { metricRow, type EvaluatedTable } from './evaluatedTable';

/** Points of a curve that are drawn; a screen has no more. */
const MOST_POINTS = 200;

/** Some of the points, evenly, the first and the last among them. */
function curveOf(points: readonly CurvePoint[], area: number | undefined): ClassCurve {
  const step = Math.max(1, Math.ceil(points.length / MOST_POINTS));
  const shown = points.filter((_, i) => i % step === 0 || i === points.length - 1);
  return { points: shown, ...(area !== undefined && { area }) };
}

function temperatureOf(rows: readonly ClassRow[]): Pick<ClassesReport, 'temperature'> {
  const value = fitTemperature(rows);
  const errorOf = (of: readonly ClassRow[]): number | undefined => calibrationError(reliabilityBins(of, 'width'));
  if (value === undefined) return {};
  const [before, after] = [errorOf(rows), errorOf(rows.map((row) => atTemperature(row, value)))];
  return before === undefined || after === undefined ? {} : { temperature: { value, before, after } };
}

function reportOf({ names, several }: Classes, rows: readonly ClassRow[]): ClassesReport {
  const { classes, confusion } = classReport(rows);
  return {
    names: [...names],
    ...(confusion && !several && { confusion }),
    lines: classes.map(({ precision, recall, f1, support, picked }, i) => ({
      ...{ name: names[i]!, precision, recall, f1, support, predicted: picked },
    })),
    bins: reliabilityBins(rows, 'width'),
    adaptiveBins: reliabilityBins(rows, 'count'),
    roc: names.map((_, label) => curveOf(rocCurve(rows, label), rocArea(rows, label))),
    precisionRecall: names.map((_, label) =>
      curveOf(precisionRecallCurve(rows, label), averagePrecisionOf(rows, label)),
    ),
    ...temperatureOf(rows),
  };
}

/** @param asked places of the rows that were asked */
export const classesReports = (table: EvaluatedTable, classes: Classes, asked: readonly number[]): ClassesReport[] =>
  table.record.models.map((_, model) =>
    reportOf(classes, asked.flatMap((at) => metricRow(table, 'classes', model, at) ?? []).filter(isScorable)),
  );
