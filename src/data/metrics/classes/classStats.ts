// What the metrics of classes keep of a row: which labels were right and which were picked, or all probabilities.
import type { ClassRow, RowStats } from '../metric';

/** Stands between the right and the picked labels. */
const THEN = -1;

/** Whether there is a probability of each class, and a label that is one of them. */
export const isScorable = ({ probabilities, labels, several }: ClassRow): boolean =>
  probabilities.length > 0 &&
  probabilities.every(Number.isFinite) &&
  (several || labels.length === 1) &&
  labels.every((label) => label < probabilities.length);

/** The likeliest class, the first of equals; of rows with several labels all that are likelier than not. */
export function pickedOf({ probabilities, several }: ClassRow): number[] {
  if (!several) return [probabilities.indexOf(Math.max(...probabilities))];
  return [...probabilities.keys()].filter((label) => probabilities[label]! > 0.5);
}

/** How many classes there are, whether a row may have several labels, the right labels, −1, the picked ones. */
export const decisionStats = (row: ClassRow): RowStats | undefined =>
  isScorable(row) ? [row.probabilities.length, Number(row.several), ...row.labels, THEN, ...pickedOf(row)] : undefined;

interface Decision {
  right: readonly number[];
  picked: readonly number[];
}

export function decisionOf(row: RowStats): Decision {
  const then = row.indexOf(THEN, 2);
  return { right: row.slice(2, then), picked: row.slice(then + 1) };
}

/** How many classes, whether several, then the probability of each and behind them the right labels. */
export const probabilityStats = (row: ClassRow): RowStats | undefined =>
  isScorable(row) ? [row.probabilities.length, Number(row.several), ...row.probabilities, ...row.labels] : undefined;

export function classRowOf([classes, several, ...rest]: RowStats): ClassRow {
  return { probabilities: rest.slice(0, classes), labels: rest.slice(classes), several: several === 1 };
}
