// What an answer comes to: as one text, to compare and count answers by, and whether it is a label at all.
import type { LabelAnswer, LabelDecision, LabelTask } from '../../base/records/labels';

/** Two answers are the same where these are; a changed text counts as changed, whatever it says now. */
export function answerKey(answer: LabelAnswer): string {
  switch (answer.kind) {
    case 'classes':
      return JSON.stringify([...answer.classes].sort());
    case 'rating':
      return String(answer.rating);
    case 'better':
      return answer.better;
    case 'spans':
      return JSON.stringify(answer.spans.map(({ part, start, end, label }) => [part, start, end, label]).sort());
    default:
      return answer.kind;
  }
}

/** What of an answer is counted: each class by itself. */
export function answersIn(answer: LabelAnswer): readonly string[] {
  if (answer.kind === 'classes') return answer.classes;
  if (answer.kind === 'spans') return [...new Set(answer.spans.map(({ label }) => label))];
  return [answerKey(answer)];
}

/** The decision that counts of each row: the last one. A row that is put off keeps what was said of it before. */
export const lastDecisions = (decisions: readonly LabelDecision[]): Map<number, LabelDecision> =>
  new Map(decisions.flatMap((one) => (one.answer.kind === 'skip' ? [] : [[one.rowId, one] as const])));

/** The answer of each of them. */
export const lastAnswers = (decisions: readonly LabelDecision[]): Map<number, LabelAnswer> =>
  new Map(Array.from(lastDecisions(decisions), ([rowId, { answer }]) => [rowId, answer]));

/** Which answers a task takes. */
export const ANSWERS_OF: Record<LabelTask['kind'], readonly LabelAnswer['kind'][]> = {
  keep: ['keep', 'fix', 'drop', 'skip'],
  classes: ['classes', 'skip'],
  rating: ['rating', 'skip'],
  better: ['better', 'skip'],
  spans: ['spans', 'skip'],
};
