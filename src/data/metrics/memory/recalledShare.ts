// How much of what follows the beginning of a row comes out of the model, by runs of tokens.
import { meanMetric } from '../totals';

export const recalledShare = meanMetric<'memory'>(
  { key: 'recalledShare', task: 'memory', unit: 'share', direction: 'none' },
  ({ beginning }) => beginning?.share,
);
