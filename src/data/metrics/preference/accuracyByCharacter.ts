// How often the preferred answer is the likelier one per character: acc_norm of lm-evaluation-harness.
import { meanMetric } from '../totals';
import { pickedRight } from './likeliest';

export const accuracyByCharacter = meanMetric<'preference'>(
  { key: 'accuracyByCharacter', task: 'preference', unit: 'share', direction: 'up' },
  (row) => pickedRight(row, 'characters'),
);
