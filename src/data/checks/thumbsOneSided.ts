/** Answers that are all good, or all bad: KTO learns from the difference, and one kind alone pushes the model away. */
import type { Check } from './check';

export const thumbsOneSided: Check = {
  code: 'thumbs-one-sided',
  level: 'warn',
  look: () => {
    const seen = { good: 0, bad: 0 };
    return {
      see: ({ marks, held }) => {
        if (!marks || held) return;
        seen.good += marks.good;
        seen.bad += marks.bad;
      },
      found: () => {
        const { good, bad } = seen;
        return good + bad > 0 && (good === 0 || bad === 0) ? { count: good + bad, facts: { good, bad } } : undefined;
      },
    };
  },
};
