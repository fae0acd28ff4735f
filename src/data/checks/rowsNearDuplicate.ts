/** Training rows that repeat another one but for a few characters. Those that repeat it whole are not counted. */
import { lookNear, type Check } from './check';

export const rowsNearDuplicate: Check = {
  code: 'rows-near-duplicate',
  level: 'warn',
  cures: ['leave-out-near-repeats'],
  near: true,
  look: () => lookNear(({ repeats }) => repeats),
};
