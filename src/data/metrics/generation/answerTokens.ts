// How long answers are, in tokens of the model that gave them.
import { meanMetric } from '../totals';

export const answerTokens = meanMetric<'generation'>(
  { key: 'answerTokens', task: 'generation', unit: 'tokens', direction: 'none' },
  ({ tokens }) => tokens,
);
