// How often all of what follows the beginning of a row comes out of the model (Carlini et al., 2022,
// https://arxiv.org/abs/2202.07646: 50 tokens behind 50).
import { meanMetric } from '../totals';

export const recalledWhole = meanMetric<'memory'>(
  { key: 'recalledWhole', task: 'memory', unit: 'share', direction: 'none' },
  ({ beginning }) => beginning && Number(beginning.whole),
);
