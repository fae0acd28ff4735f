// How often the right choice is the likeliest per character: acc_norm of lm-evaluation-harness.
import { meanMetric } from '../totals';
import { pickedRight } from './likeliest';

export const accuracyByCharacter = meanMetric<'choice'>(
  { key: 'accuracyByCharacter', task: 'choice', unit: 'share', direction: 'up' },
  (row) => pickedRight(row, (choice) => choice.logLikelihood / choice.characters),
);
