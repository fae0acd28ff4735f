// How often the picked labels are the right ones, all of them ("subset accuracy" where a row may have several).
import type { Metric, RowStats } from '../metric';
import { decisionOf, decisionStats } from './classStats';

function isRight(row: RowStats): boolean {
  const { right, picked } = decisionOf(row);
  return new Set(right).size === picked.length && picked.every((label) => right.includes(label));
}

export const accuracy: Metric<'classes'> = {
  key: 'accuracy',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  mean: true,
  statsOf: decisionStats,
  perRow: (row) => Number(isRight(row)),
  ofRows: (rows) => (rows.length > 0 ? rows.filter(isRight).length / rows.length : undefined),
};
