/** No row at all has a graded token within the context length: a run would refuse to start. */
import type { Check } from './check';

export const nothingGraded: Check = {
  code: 'nothing-graded',
  level: 'block',
  cures: ['longer-context', 'as-text'],
  look: () => {
    let [masked, teaching, longest] = [0, 0, 0];
    return {
      see: ({ grades, labels }) => {
        if (!grades || labels) return; // a label is read wherever its text is cut
        masked++;
        if (grades.teaches) teaching++;
        longest = Math.max(longest, grades.longest);
      },
      found: (rows) => (masked > 0 && teaching === 0 ? { count: rows, facts: { longest } } : undefined),
    };
  },
};
