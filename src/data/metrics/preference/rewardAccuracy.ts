// How often the preferred answer has the higher reward. Of the reference itself all rewards are 0, and so is this.
import { meanMetric } from '../totals';
import { rewardMarginOf } from './rewards';

export const rewardAccuracy = meanMetric<'preference'>(
  { key: 'rewardAccuracy', task: 'preference', unit: 'share', direction: 'up' },
  (row) => {
    const margin = rewardMarginOf(row);
    return margin === undefined ? undefined : Number(margin > 0);
  },
);
