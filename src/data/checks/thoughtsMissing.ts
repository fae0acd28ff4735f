/** Rows without a thought among others with one, where thoughts are learned: the model learns to skip it too. */
import type { Check } from './check';

export const thoughtsMissing: Check = {
  code: 'thoughts-missing',
  level: 'warn',
  cures: ['thoughts-read', 'thoughts-drop'],
  look: () => {
    const without: number[] = [];
    let thinking = 0;
    return {
      see: ({ thinks, number }) => {
        if (thinks === true) thinking++;
        else if (thinks === false) without.push(number);
      },
      found: () =>
        thinking > 0 && without.length > 0 ? { count: without.length, rows: without, facts: { thinking } } : undefined,
    };
  },
};
