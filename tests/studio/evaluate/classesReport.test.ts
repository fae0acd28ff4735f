import { expect, test } from 'vitest';
import type { EvaluationRecord } from '../../../src/base/records/evaluation';
import { classesReports } from '../../../src/studio/evaluate/classesReport';
import type { EvaluatedTable } from '../../../src/studio/evaluate/evaluatedTable';

const CLASSES = { names: ['a', 'b', 'c'] };
const ROWS = 600;

/** Rows of a, b and c in turn. */
function tableOf(sees: (row: number) => number[], labelOf = (row: number) => CLASSES.names[row % 3]!): EvaluatedTable {
  const record: EvaluationRecord = {
    ...{ id: 'e', name: 'e', createdAt: 1, updatedAt: 1, models: [{ weightsId: 'w', name: 'm', writing: 'plain' }] },
    ...{ from: { kind: 'dataset', datasetId: 'd', name: 'd' }, parts: ['classes'], classes: CLASSES },
    ...{ mostRows: ROWS, longestAnswer: 1, seed: 1, total: ROWS, done: ROWS },
  };
  const places = Array.from({ length: ROWS }, (_, place) => place);
  return {
    record,
    rows: places.map((place) => ({
      ...{ set: 'asked', place, group: place, slices: { characters: 1 }, asked: 'text', labels: [labelOf(place)] },
    })),
    found: [places.map((place) => ({ classes: { part: 'classes', probabilities: sees(place) } }))],
  };
}

const report = (table: EvaluatedTable) => classesReports(table, CLASSES, [...table.rows.keys()])[0]!;

/** Sure by 0.9 of a class that is right in three of four rows, and never of c. */
const tooSure = (row: number): number[] =>
  row % 4 === 0 ? [0.05, 0.9, 0.05] : row % 3 === 1 ? [0.05, 0.9, 0.05] : [0.9, 0.05, 0.05];

test('curves of each class, which a screen can draw, from the first point to the last', () => {
  const { roc, precisionRecall, names } = report(
    tableOf((row) => [0.2 + (row % 97) / 200, 0.1, 0.7 - (row % 97) / 200]),
  );
  expect(names).toEqual(CLASSES.names);
  for (const { points: curve, area } of [...roc, ...precisionRecall]) {
    expect(area).toBeGreaterThan(0);
    expect(curve.length).toBeGreaterThan(0);
    expect(curve.length).toBeLessThanOrEqual(202);
    expect(curve.at(-1)!.x).toBe(1);
  }
  expect(roc[0]!.points[0]).toEqual({ threshold: Infinity, x: 0, y: 0 });
});

test('one that is too sure gets a temperature above 1, which lowers its calibration error', () => {
  const { temperature, bins, adaptiveBins, lines } = report(tableOf(tooSure));
  expect(temperature!.value).toBeGreaterThan(1.1);
  expect(temperature!.after).toBeLessThan(temperature!.before);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS);
  expect(adaptiveBins.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS);
  expect(lines[2]).toMatchObject({ name: 'c', predicted: 0, support: 200, precision: 0 });
});

test('a row whose label is no class is left out of all of it', () => {
  const table = tableOf(tooSure, (row) => (row < 60 ? 'd' : CLASSES.names[row % 3]!));
  const { confusion, bins } = report(table);
  expect(confusion!.flat().reduce((a, b) => a + b)).toBe(ROWS - 60);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(ROWS - 60);
});
