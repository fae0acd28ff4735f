// F1 of all decisions together: the accuracy where each row has one label.
import type { Metric } from '../metric';
import { microOf } from './classCounts';
import { decisionStats } from './classStats';

export const f1Micro: Metric<'classes'> = {
  key: 'f1Micro',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  signature: 'average:micro|zero_division:0',
  statsOf: decisionStats,
  ofRows: (rows) => microOf(rows, 'f1'),
};
