/** Rows with an answer of blanks alone, from which a model learns to say nothing. */
import { lookPerRow, type Check } from './check';

export const answersEmpty: Check = {
  code: 'answers-empty',
  level: 'warn',
  cures: ['leave-out-rows'],
  look: () => lookPerRow(({ answers }) => answers.some((answer) => answer.trim() === '')),
};
