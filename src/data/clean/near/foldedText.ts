/** What of a text counts when texts are compared: its characters, without compatibility forms, case and blanks. */

/** NFKC, lower case, and one space for each stretch of blanks, none at the ends. */
export const foldText = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/** Scripts that are written without blanks between words, whose characters say more than a letter does. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}]/u;

/** By code point: 0 not asked yet, 1 spaced, 2 unspaced; above the table the pattern is asked each time. */
const KNOWN = new Uint8Array(0x10000);

/** Whether a code point is Chinese, Japanese or Thai. */
export function isUnspaced(code: number): boolean {
  if (code < 0x0e00) return false;
  if (code >= KNOWN.length) return UNSPACED.test(String.fromCodePoint(code));
  if (KNOWN[code] === 0) KNOWN[code] = UNSPACED.test(String.fromCharCode(code)) ? 2 : 1;
  return KNOWN[code] === 2;
}
