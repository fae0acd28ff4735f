// How often the preferred answer is the likelier one per byte of UTF-8: acc_bytes of lm-evaluation-harness.
import { meanMetric } from '../totals';
import { pickedRight } from './likeliest';

export const accuracyByByte = meanMetric<'preference'>(
  { key: 'accuracyByByte', task: 'preference', unit: 'share', direction: 'up' },
  (row) => pickedRight(row, 'bytes'),
);
