/** Texts without a label among those that have one: they are skipped. */
import { lookPerRow, type Check } from './check';

export const rowsUnlabelled: Check = {
  code: 'rows-unlabelled',
  level: 'warn',
  cures: ['leave-out-rows'],
  look: () => lookPerRow(({ labels, grades }) => labels !== undefined && grades !== undefined && !grades.teaches),
};
