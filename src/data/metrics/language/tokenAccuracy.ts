// The share of graded tokens that the model would have chosen too.
import type { Metric } from '../metric';
import { ratioAt } from '../totals';
import { languageSums, CORRECT, TOKENS } from './nats';

export const tokenAccuracy: Metric<'language'> = {
  key: 'tokenAccuracy',
  task: 'language',
  unit: 'share',
  direction: 'up',
  statsOf: languageSums,
  perRow: (row) => tokenAccuracy.ofRows([row]),
  ofRows: (rows) => ratioAt(rows, CORRECT, TOKENS),
};
