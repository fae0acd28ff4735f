// Precision, recall and F1 of classes from counts, as scikit-learn computes them with zero_division=0: a class that was
// never picked has the precision 0, one that never was right the recall 0.
import type { RowStats } from '../metric';
import { decisionOf } from './classStats';

export interface LabelCount {
  /** Rows in which the class was picked and right. */
  hits: number;
  picked: number;
  /** Rows in which it is right ("support"). */
  support: number;
}

export interface ClassFigures {
  precision: number;
  recall: number;
  f1: number;
}
export type ClassFigure = keyof ClassFigures;

const shareOf = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

export const figuresOf = ({ hits, picked, support }: LabelCount): ClassFigures => ({
  precision: shareOf(hits, picked),
  recall: shareOf(hits, support),
  f1: shareOf(2 * hits, picked + support),
});

/** By class. */
export function countClasses(rows: readonly RowStats[]): LabelCount[] {
  const counts = Array.from({ length: rows[0]?.[0] ?? 0 }, () => ({ hits: 0, picked: 0, support: 0 }));
  for (const row of rows) {
    const { right, picked } = decisionOf(row);
    for (const label of right) counts[label]!.support++;
    for (const label of picked) {
      counts[label]!.picked++;
      if (right.includes(label)) counts[label]!.hits++;
    }
  }
  return counts;
}

/** Classes that count in a mean: of rows with one label each those that occur or were picked, else all. */
function counted(rows: readonly RowStats[]): LabelCount[] {
  const several = rows[0]?.[1] === 1;
  return countClasses(rows).filter(({ picked, support }) => several || picked + support > 0);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The mean over classes. */
export function macroOf(rows: readonly RowStats[], figure: ClassFigure): number | undefined {
  const counts = counted(rows);
  return counts.length > 0 ? sum(counts.map((one) => figuresOf(one)[figure])) / counts.length : undefined;
}

/** Of all classes' counts together. */
export function microOf(rows: readonly RowStats[], figure: ClassFigure): number | undefined {
  const counts = countClasses(rows);
  const total = (of: keyof LabelCount): number => sum(counts.map((one) => one[of]));
  const all = { hits: total('hits'), picked: total('picked'), support: total('support') };
  return rows.length > 0 ? figuresOf(all)[figure] : undefined;
}

/** The mean over classes, each as heavy as its rows. */
export function weightedOf(rows: readonly RowStats[], figure: ClassFigure): number | undefined {
  const counts = countClasses(rows);
  if (rows.length === 0) return undefined;
  return shareOf(sum(counts.map((one) => one.support * figuresOf(one)[figure])), sum(counts.map((one) => one.support)));
}
