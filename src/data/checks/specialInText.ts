/** Rows in which people wrote what looks like a special token, with the first one of these. */
import { lookPerRow, type Check } from './check';

export const specialInText: Check = {
  code: 'special-in-text',
  level: 'warn',
  cures: ['leave-out-rows'],
  look: ({ specialPattern }) => {
    let token = '';
    return lookPerRow(
      ({ text }) => {
        const found = specialPattern && text.match(specialPattern)?.[0];
        token ||= found ?? '';
        return Boolean(found);
      },
      () => ({ facts: { token } }),
    );
  },
};
