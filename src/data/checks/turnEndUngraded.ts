/** The token that ends a turn is graded in no row, so a model would not learn to stop. */
import type { Check } from './check';

export const turnEndUngraded: Check = {
  code: 'turn-end-ungraded',
  level: 'warn',
  look: () => {
    let [teaching, ending] = [0, 0];
    return {
      see: ({ grades }) => {
        if (grades?.teaches) teaching++;
        if (grades?.endsTurn) ending++;
      },
      found: (rows) => (teaching > 0 && ending === 0 ? { count: rows } : undefined),
    };
  },
};
