// Whether an answer is a reference to the letter.
import { meanMetric } from '../totals';

export const exactMatch = meanMetric<'generation'>(
  { key: 'exactMatch', task: 'generation', unit: 'share', direction: 'up' },
  ({ answer, references }) => (references.length > 0 ? Number(references.includes(answer)) : undefined),
);
