// How often the preferred answer is the likelier one: acc of lm-evaluation-harness. Favours short answers.
import { meanMetric } from '../totals';

export const accuracyByLikelihood = meanMetric<'preference'>(
  { key: 'accuracyByLikelihood', task: 'preference', unit: 'share', direction: 'up' },
  ({ chosen, rejected }) => (Number.isNaN(chosen + rejected) ? undefined : Number(chosen >= rejected)),
);
