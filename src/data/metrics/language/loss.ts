// The mean loss of a graded token, in nats.
import type { Metric } from '../metric';
import { ratioAt } from '../totals';
import { languageSums, NATS, TOKENS } from './nats';

export const meanLoss: Metric<'language'> = {
  key: 'loss',
  task: 'language',
  unit: 'nats',
  direction: 'down',
  statsOf: languageSums,
  perRow: (row) => meanLoss.ofRows([row]),
  ofRows: (rows) => ratioAt(rows, NATS, TOKENS),
};
