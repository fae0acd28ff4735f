/** Rows without a graded token within the context length, where others have one (else: nothingGraded.ts). */
import { lookPerRow, type Check } from './check';

export const rowsWithoutGrade: Check = {
  code: 'rows-without-grade',
  level: 'warn',
  cures: ['leave-out-rows'],
  look: () => {
    let teaching = 0;
    const look = lookPerRow(({ grades, muted, labels }) => {
      if (grades?.teaches) teaching++;
      // the muted are answersBad.ts's, texts that are classified rowsUnlabelled.ts's
      return grades !== undefined && !grades.teaches && !muted && !labels;
    });
    return { see: look.see, found: (rows, near) => (teaching > 0 ? look.found(rows, near) : undefined) };
  },
};
