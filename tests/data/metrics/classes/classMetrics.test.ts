// Metrics of classes against scikit-learn's, the temperature against scipy's, over usual and odd rows.
import { describe, expect, test } from 'vitest';
import { classReport } from '../../../../src/data/metrics/classes/classReport';
import { rocCurve, precisionRecallCurve } from '../../../../src/data/metrics/classes/curves';
import { reliabilityBins } from '../../../../src/data/metrics/classes/reliability';
import { atTemperature, fitTemperature } from '../../../../src/data/metrics/classes/temperature';
import type { ClassRow } from '../../../../src/data/metrics/metric';
import { METRICS } from '../../../../src/data/metrics/metrics';
import { classMetricsGolden } from '../../../fixtures/classMetrics';

function valueOf(key: string, rows: readonly ClassRow[]): number | undefined {
  const metric = METRICS.classes.find((one) => one.key === key)!;
  return metric.ofRows(rows.map((row) => metric.statsOf(row)).filter((stats) => stats !== undefined));
}

describe.each(Object.entries(classMetricsGolden()))('%s', (_name, wanted) => {
  const rows: ClassRow[] = wanted.rows.map((row) => ({ ...row, several: wanted.several }));

  test.each([
    ['accuracy', wanted.accuracy],
    ['f1Macro', wanted.macro.f1],
    ['f1Micro', wanted.micro.f1],
    ['f1Weighted', wanted.weighted.f1],
    ['precisionMacro', wanted.macro.precision],
    ['recallMacro', wanted.macro.recall],
    ['rocAuc', wanted.rocAuc],
    ['averagePrecision', wanted.averagePrecision],
    ['logLoss', wanted.logLoss],
    ['calibration', wanted.width.error],
    ['calibrationAdaptive', wanted.count.error],
  ])('%s', (key, value) => {
    if (value === null) expect(valueOf(key, rows)).toBeUndefined();
    else expect(valueOf(key, rows)).toBeCloseTo(value, 9);
  });

  test('the table of classes', () => {
    const report = classReport(rows);
    for (const [i, [precision, recall, f1, support]] of wanted.classes.entries()) {
      expect(report.classes[i]!.precision).toBeCloseTo(precision, 12);
      expect(report.classes[i]!.recall).toBeCloseTo(recall, 12);
      expect(report.classes[i]!.f1).toBeCloseTo(f1, 12);
      expect(report.classes[i]!.support).toBe(support);
    }
    for (const mean of ['macro', 'micro', 'weighted'] as const)
      for (const figure of ['precision', 'recall', 'f1'] as const)
        expect(report[mean][figure]).toBeCloseTo(wanted[mean][figure], 12);
    expect(report.confusion ?? null).toEqual(wanted.confusion);
  });

  test.each(['width', 'count'] as const)('reliability in bins by %s', (kind) => {
    const bins = reliabilityBins(rows, kind);
    expect(bins.map(({ count }) => count)).toEqual(wanted[kind].counts);
    const held = bins.filter(({ count }) => count > 0);
    for (const [i, bin] of held.entries()) {
      expect(bin.right).toBeCloseTo(wanted[kind].right[i]!, 9);
      expect(bin.confidence).toBeCloseTo(wanted[kind].confidence[i]!, 9);
    }
  });

  test('the curve ROC of the first class', () => {
    const points = rocCurve(rows, 0);
    expect(points.length).toBe(wanted.roc?.[0].length ?? 0);
    for (const [i, { x, y }] of points.entries()) {
      expect(x).toBeCloseTo(wanted.roc![0][i]!, 12);
      expect(y).toBeCloseTo(wanted.roc![1][i]!, 12);
    }
  });

  test('the temperature', () => {
    const found = fitTemperature(rows);
    if (wanted.temperature < 0.051 || wanted.temperature > 19.9) expect(found).toBeUndefined();
    else expect(found! / wanted.temperature).toBeCloseTo(1, 4);
    const scaled = rows.map((row) => atTemperature(row, 3));
    expect(valueOf('accuracy', scaled)).toBe(valueOf('accuracy', rows));
  });
});

test('a class that is never picked is named', () => {
  const { rows } = classMetricsGolden()['a class never picked']!;
  expect(classReport(rows.map((row) => ({ ...row, several: false }))).neverPicked).toEqual([2]);
});

test('precision falls back to the share of the class where all rows are taken', () => {
  const { rows } = classMetricsGolden()['two classes']!;
  const last = precisionRecallCurve(
    rows.map((row) => ({ ...row, several: false })),
    1,
  ).at(-1)!;
  expect(last.x).toBe(1);
  expect(last.y).toBeCloseTo(rows.filter(({ labels }) => labels[0] === 1).length / rows.length, 12);
});

test('a row that cannot be scored is none: no label, an unknown label, no number', () => {
  const one = { probabilities: [0.5, 0.5], labels: [0], several: false };
  for (const row of [
    { ...one, labels: [] },
    { ...one, labels: [2] },
    { ...one, probabilities: [NaN, 1] },
  ])
    for (const metric of METRICS.classes) expect(metric.statsOf(row), metric.key).toBeUndefined();
  for (const metric of METRICS.classes) expect(metric.ofRows([]), metric.key).toBeUndefined();
});
