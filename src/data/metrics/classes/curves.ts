// How well probabilities put the rows of a class before the others: the curves ROC and precision–recall with the areas
// below them, each class against the rest. Rows of one probability are taken together, as scikit-learn does.
import type { CurvePoint } from '../../../base/wire/evaluation';
import type { ClassRow } from '../metric';

/** At a threshold: rows of at least this probability, and how many of them are of the class. */
interface Step {
  threshold: number;
  above: number;
  hits: number;
}

/** From the highest probability down; the last step holds all rows. */
function stepsOf(rows: readonly ClassRow[], label: number): Step[] {
  const order = rows
    .map(({ probabilities, labels }) => ({ threshold: probabilities[label]!, hit: labels.includes(label) }))
    .sort((a, b) => b.threshold - a.threshold);
  const steps: Step[] = [];
  let hits = 0;
  for (const [i, { threshold, hit }] of order.entries()) {
    if (hit) hits++;
    if (order[i + 1]?.threshold !== threshold) steps.push({ threshold, above: i + 1, hits });
  }
  return steps;
}

/** The share of the others above the threshold (x), and of the class (y); from (0, 0) to (1, 1). Empty of one kind. */
export function rocCurve(rows: readonly ClassRow[], label: number): CurvePoint[] {
  const steps = stepsOf(rows, label);
  const own = steps.at(-1)?.hits ?? 0;
  const others = rows.length - own;
  if (own === 0 || others === 0) return [];
  const points = steps.map(({ threshold, above, hits }) => ({ threshold, x: (above - hits) / others, y: hits / own }));
  return [{ threshold: Infinity, x: 0, y: 0 }, ...points];
}

/** The area below the curve ROC; ½ is chance. Undefined where all rows are of one kind. */
export function rocArea(rows: readonly ClassRow[], label: number): number | undefined {
  const points = rocCurve(rows, label);
  if (points.length === 0) return undefined;
  return points.slice(1).reduce((area, { x, y }, i) => area + ((x - points[i]!.x) * (y + points[i]!.y)) / 2, 0);
}

/** Recall (x) and precision (y) by threshold, from few rows to all. Empty where no row is of the class. */
export function precisionRecallCurve(rows: readonly ClassRow[], label: number): CurvePoint[] {
  const steps = stepsOf(rows, label);
  const own = steps.at(-1)?.hits ?? 0;
  return own === 0 ? [] : steps.map(({ threshold, above, hits }) => ({ threshold, x: hits / own, y: hits / above }));
}

/** Average precision: precision weighted by the recall that each step adds, without a line between the steps. */
export function averagePrecisionOf(rows: readonly ClassRow[], label: number): number | undefined {
  const points = precisionRecallCurve(rows, label);
  if (points.length === 0) return undefined;
  return points.reduce((area, { x, y }, i) => area + (x - (points[i - 1]?.x ?? 0)) * y, 0);
}

/** The mean over the classes that have a value. */
export function meanOverClasses(
  rows: readonly ClassRow[],
  valueOf: (rows: readonly ClassRow[], label: number) => number | undefined,
): number | undefined {
  const labels = [...(rows[0]?.probabilities.keys() ?? [])];
  const values = labels.map((label) => valueOf(rows, label)).filter((value) => value !== undefined);
  return values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : undefined;
}
