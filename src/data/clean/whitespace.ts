// The step that mends blanks: line ends, blanks at the end of lines and texts, rows of empty lines. The indentation of
// code stays.
import { rewriting } from './rowText';
import type { CleanStep } from './step';

const LINE_ENDS = /\r\n?|\u0085|\u2028/g;
/** Blanks of another width than the space. */
const ODD_BLANKS = /[\u00A0\u1680\u2000-\u200A\u202F\u205F]/g;
const INSIDE = /(?<=\S)[ \t]{2,}(?=\S)/g;

/** Line by line: a pattern for blanks before a line end would be slow on a long run of blanks. */
const trimmedLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

function mended(text: string, emptyLines: number, inside: boolean): string {
  const lines = trimmedLines(text.replace(LINE_ENDS, '\n').replace(ODD_BLANKS, ' ')).replace(/^\n+/, '').trimEnd();
  const begun = /\n[ \t]/.test(lines) ? lines : lines.trimStart(); // code may begin indented
  const spaced = begun.replace(/\n{2,}/g, (ends) => ends.slice(0, emptyLines + 1));
  return inside ? spaced.replace(INSIDE, ' ') : spaced;
}

export const whitespaceStep: CleanStep<{ emptyLines: number; inside: boolean }> = {
  kind: 'whitespace',
  defaults: { emptyLines: 1, inside: false },
  reasons: ['whitespace'],
  limits: { emptyLines: [0, 10] },
  start: ({ emptyLines, inside }) => rewriting('whitespace', (text) => mended(text, emptyLines, inside)),
};
