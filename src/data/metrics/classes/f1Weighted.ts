// F1 as the mean over classes, each as heavy as its rows.
import type { Metric } from '../metric';
import { weightedOf } from './classCounts';
import { decisionStats } from './classStats';

export const f1Weighted: Metric<'classes'> = {
  key: 'f1Weighted',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  signature: 'average:weighted|zero_division:0',
  statsOf: decisionStats,
  ofRows: (rows) => weightedOf(rows, 'f1'),
};
