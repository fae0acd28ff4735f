/**
 * Held-out rows that training gives away: they ask what a training row asks, nearly repeat one, or a passage of their
 * answer stands in one, so that their loss looks better than it is. Rows that are the same as a whole never come on
 * both sides (see `HoldoutPlanner`).
 */
import { lookNear, type Check } from './check';

export const rowsInBoth: Check = {
  code: 'rows-in-both',
  level: 'warn',
  cures: ['move-to-training'],
  near: true,
  look: () => lookNear(({ leaks }) => leaks),
};
