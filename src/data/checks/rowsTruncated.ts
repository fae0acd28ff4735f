/** Rows longer than the context length, which are cut at its end. Plain text is never cut: windows run through it. */
import { lookPerRow, type Check } from './check';

export const rowsTruncated: Check = {
  code: 'rows-truncated',
  level: 'warn',
  cures: ['longer-context'],
  look: () => {
    let longest = 0;
    return lookPerRow(
      ({ grades }) => {
        longest = Math.max(longest, grades?.longest ?? 0);
        return grades?.truncated ?? false;
      },
      () => ({ facts: { longest } }),
    );
  },
};
