/** Rows that repeat an earlier row word for word; the first of them is not counted, nor are rows made on purpose. */
import { lookPerRow, type Check } from './check';
import { textKey } from './textKey';

export const rowsDuplicate: Check = {
  code: 'rows-duplicate',
  level: 'warn',
  cures: ['leave-out-repeats'],
  look: () => {
    const seen = new Set<number>();
    return lookPerRow(({ text, made }) => {
      if (made) return false;
      const { size } = seen;
      return seen.add(textKey(text)).size === size;
    });
  },
};
