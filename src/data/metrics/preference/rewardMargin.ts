// By how much the preferred answer's reward is the higher one.
import { meanMetric } from '../totals';
import { rewardMarginOf } from './rewards';

export const rewardMargin = meanMetric<'preference'>(
  { key: 'rewardMargin', task: 'preference', unit: 'nats', direction: 'up' },
  rewardMarginOf,
);
