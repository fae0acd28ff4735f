// Of the rows of a class the share that was found, as the mean over classes.
import type { Metric } from '../metric';
import { macroOf } from './classCounts';
import { decisionStats } from './classStats';

export const recallMacro: Metric<'classes'> = {
  key: 'recallMacro',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  signature: 'average:macro|zero_division:0',
  statsOf: decisionStats,
  ofRows: (rows) => macroOf(rows, 'recall'),
};
