// Whether an answer contains what it must, letter by letter: the row's own text, or one of its references.
import { meanMetric } from '../totals';

export const containsText = meanMetric<'generation'>(
  { key: 'contains', task: 'generation', unit: 'share', direction: 'up' },
  ({ answer, references, contains: wanted }) => {
    const texts = wanted === undefined ? references : [wanted];
    return texts.length > 0 ? Number(texts.some((text) => answer.includes(text))) : undefined;
  },
);
