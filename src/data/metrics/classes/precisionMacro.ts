// Of the rows given to a class the share that belongs there, as the mean over classes.
import type { Metric } from '../metric';
import { macroOf } from './classCounts';
import { decisionStats } from './classStats';

export const precisionMacro: Metric<'classes'> = {
  key: 'precisionMacro',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  signature: 'average:macro|zero_division:0',
  statsOf: decisionStats,
  ofRows: (rows) => macroOf(rows, 'precision'),
};
