/** So few conversations or pairs that a model mostly learns them by heart. */
import type { Check } from './check';

/** A rule of thumb; the sentence of the finding names it too. */
const FEW = 50;

export const rowsFew: Check = {
  code: 'rows-few',
  level: 'warn',
  look: () => {
    let [masked, failed] = [0, 0];
    return {
      see: ({ grades, encoded }) => {
        if (grades) masked++;
        if ('reason' in encoded) failed++;
      },
      found: (rows) => (masked > 0 && rows - failed < FEW ? { count: rows } : undefined),
    };
  },
};
