// How often the preferred answer is the likelier one per token: needs no reference, so that base and tuned both have
// it.
import { meanMetric } from '../totals';

export const preferredLikelier = meanMetric<'preference'>(
  { key: 'preferredLikelier', task: 'preference', unit: 'share', direction: 'up' },
  ({ chosen, rejected, chosenTokens, rejectedTokens }) =>
    chosenTokens > 0 && rejectedTokens > 0 ? Number(chosen / chosenTokens > rejected / rejectedTokens) : undefined,
);
