/** Rows whose answers are marked not to be trained, as those that people thought bad are. */
import { lookPerRow, type Check } from './check';

export const answersBad: Check = {
  code: 'answers-bad',
  level: 'warn',
  cures: ['as-thumbs', 'leave-out-rows'],
  look: () => lookPerRow(({ muted }) => muted === true),
};
