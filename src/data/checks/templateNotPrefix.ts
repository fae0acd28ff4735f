/** Conversations whose earlier turns the template writes in another way once more turns follow. */
import { lookPerRow, type Check } from './check';

export const templateNotPrefix: Check = {
  code: 'template-not-prefix',
  level: 'block',
  cures: ['row-per-answer', 'leave-out-rows'],
  look: () => lookPerRow(({ encoded }) => 'reason' in encoded && encoded.reason === 'prefix'),
};
