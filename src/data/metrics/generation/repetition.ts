// How much an answer repeats itself: the share of its runs of four words that stood in it before (seq-rep-4 of Welleck
// and others, 2020). An answer of fewer words repeats nothing.
import { meanMetric } from '../totals';
import { runsOf, wordPieces } from './textPieces';

export const repetition = meanMetric<'generation'>(
  { key: 'repetition', task: 'generation', unit: 'share', direction: 'down' },
  ({ answer }) => {
    const runs = runsOf(wordPieces(answer), 4);
    return runs.length > 0 ? 1 - new Set(runs).size / runs.length : 0;
  },
);
