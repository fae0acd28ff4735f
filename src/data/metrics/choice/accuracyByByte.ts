// How often the right choice is the likeliest per byte of UTF-8: acc_bytes of lm-evaluation-harness.
import { meanMetric } from '../totals';
import { pickedRight } from './likeliest';

export const accuracyByByte = meanMetric<'choice'>(
  { key: 'accuracyByByte', task: 'choice', unit: 'share', direction: 'up' },
  (row) => pickedRight(row, (choice) => choice.logLikelihood / choice.bytes),
);
