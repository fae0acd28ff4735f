// Whether an answer is a reference but for case, punctuation, blanks and full-width spelling. Not SQuAD's rule, which
// also drops English articles.
import { meanMetric } from '../totals';
import { splitWords } from './textPieces';

const normalised = (text: string): string =>
  splitWords(text.normalize('NFKC').toLowerCase().replace(/\p{P}/gu, '')).join(' ');

export const normalisedMatch = meanMetric<'generation'>(
  { key: 'normalisedMatch', task: 'generation', unit: 'share', direction: 'up' },
  ({ answer, references }) =>
    references.length > 0 ? Number(references.map(normalised).includes(normalised(answer))) : undefined,
);
