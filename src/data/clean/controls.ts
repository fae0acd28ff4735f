// The step that removes characters that nobody sees: controls, marks of files and directions. Joiners stay: emoji,
// Persian and Indic scripts need them.
import { rewriting } from './rowText';
import type { CleanStep } from './step';

/** All of Unicode's controls but the tab and line ends. */
const CONTROLS = /(?![\t\n\r])\p{Cc}/gu;
/** Ends of lines and pages: without them words would join. */
const LINES = /[\v\f\u0085]/g;
/** Soft hyphen, zero-width space, word joiner, byte order mark, and marks that turn the direction of writing. */
const INVISIBLE = /[\u00AD\u200B\u2060\uFEFF\u202A-\u202E\u2066-\u2069]/g;

export const controlsStep: CleanStep<{ invisible: boolean }> = {
  kind: 'controls',
  defaults: { invisible: true },
  reasons: ['controls'],
  start: ({ invisible }) =>
    rewriting('controls', (text) => {
      const seen = text.replace(LINES, '\n').replace(CONTROLS, '');
      return invisible ? seen.replace(INVISIBLE, '') : seen;
    }),
};
