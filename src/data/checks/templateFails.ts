/** Rows that the template refuses, or whose answers it cannot tell apart, with the reason of the first. */
import type { Finding } from '../../base/wire/findings';
import { lookPerRow, type Check, type InspectedRow } from './check';

export const templateFails: Check = {
  code: 'template-fails',
  level: 'block',
  cures: ['leave-out-rows'],
  look: () => {
    let refusal: Finding['refusal'];
    const refused = ({ encoded }: InspectedRow): boolean => {
      if (!('reason' in encoded) || encoded.reason !== 'other') return false;
      refusal ??= encoded.refusal;
      return true;
    };
    return lookPerRow(refused, () => ({ refusal }));
  },
};
