// The table behind a classifier's verdict: figures of each class, their means, and which class was taken for which.
import type { ClassRow, RowStats } from '../metric';
import {
  type LabelCount,
  type ClassFigure,
  type ClassFigures,
  countClasses,
  figuresOf,
  macroOf,
  microOf,
  weightedOf,
} from './classCounts';
import { decisionOf, decisionStats } from './classStats';

export interface ClassReport {
  classes: (LabelCount & ClassFigures)[];
  macro: ClassFigures;
  micro: ClassFigures;
  weighted: ClassFigures;
  /** Rows by right class, then by picked class; absent where a row may have several labels. */
  confusion?: number[][];
  /** Classes with rows that were never picked. */
  neverPicked: number[];
}

function confusionOf(rows: readonly RowStats[], classes: number): number[][] {
  const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const row of rows) {
    const { right, picked } = decisionOf(row);
    table[right[0]!]![picked[0]!]! += 1;
  }
  return table;
}

export function classReport(rows: readonly ClassRow[]): ClassReport {
  const stats = rows.map(decisionStats).filter((row) => row !== undefined);
  const counts = countClasses(stats);
  const figures = (of: (figure: ClassFigure) => number | undefined): ClassFigures => ({
    precision: of('precision') ?? 0,
    recall: of('recall') ?? 0,
    f1: of('f1') ?? 0,
  });
  return {
    classes: counts.map((count) => ({ ...count, ...figuresOf(count) })),
    macro: figures((figure) => macroOf(stats, figure)),
    micro: figures((figure) => microOf(stats, figure)),
    weighted: figures((figure) => weightedOf(stats, figure)),
    ...(rows.every(({ several }) => !several) && { confusion: confusionOf(stats, counts.length) }),
    neverPicked: [...counts.keys()].filter((label) => counts[label]!.support > 0 && counts[label]!.picked === 0),
  };
}
