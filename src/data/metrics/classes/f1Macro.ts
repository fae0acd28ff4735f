// F1, the harmonic mean of precision and recall, as the mean over classes: rare classes count as much as common ones.
import type { Metric } from '../metric';
import { macroOf } from './classCounts';
import { decisionStats } from './classStats';

export const f1Macro: Metric<'classes'> = {
  key: 'f1Macro',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  signature: 'average:macro|zero_division:0',
  statsOf: decisionStats,
  ofRows: (rows) => macroOf(rows, 'f1'),
};
