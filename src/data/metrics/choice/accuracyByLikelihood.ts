// How often the right choice is the likeliest: acc of lm-evaluation-harness. Favours short choices.
import { meanMetric } from '../totals';
import { pickedRight } from './likeliest';

export const accuracyByLikelihood = meanMetric<'choice'>(
  { key: 'accuracyByLikelihood', task: 'choice', unit: 'share', direction: 'up' },
  (row) => pickedRight(row, (choice) => choice.logLikelihood),
);
