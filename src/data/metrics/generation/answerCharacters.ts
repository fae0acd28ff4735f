// How long answers are, in characters (code points).
import { meanMetric } from '../totals';
import { codePoints } from './textPieces';

export const answerCharacters = meanMetric<'generation'>(
  { key: 'answerCharacters', task: 'generation', unit: 'characters', direction: 'none' },
  ({ answer }) => codePoints(answer),
);
