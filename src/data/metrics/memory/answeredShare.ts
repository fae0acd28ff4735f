// How much of a row comes out where it is only asked as people ask: by its question, or by its first words.
import { meanMetric } from '../totals';

export const answeredShare = meanMetric<'memory'>(
  { key: 'answeredShare', task: 'memory', unit: 'share', direction: 'none' },
  ({ asked }) => asked?.share,
);
