/** E-mail addresses, also with "(at)" and "(dot)"; not those whose letters are neither ASCII nor Latin. */
import type { PersonalFound } from './finder';

const LOCAL = /[A-Za-z0-9_.%+'\u00c0-\u024f-]/;
/** Units before the sign. */
const LONGEST_LOCAL = 64;
/** Bounded labels: a part that fails costs some dozens of steps, not the rest of the text. */
const DOMAIN =
  /@(?:[A-Za-z0-9\u00c0-\u024f-]{1,63}\.){1,8}(?:[A-Za-z\u00c0-\u024f]{2,24}|xn--[A-Za-z0-9-]{2,59})(?![A-Za-z0-9_])/y;
const SPELT =
  / ?[([{]\s?at\s?[)\]}] ?(?:[A-Za-z0-9-]{1,63}(?: ?[([{]\s?(?:dot|punkt)\s?[)\]}] ?|\.)){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9_])/iy;
/** Images for screens of more pixels: `icon@2x.png`. */
const DENSITY = /^@\d(?:\.\d)?x\./;

function localStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LONGEST_LOCAL && LOCAL.test(text[start - 1]!)) start--;
  while (start < at && /[.'%+-]/.test(text[start]!)) start++;
  return start;
}

/** A repository as git names it, or the password and host of an address. */
function isPartOfAddress(text: string, start: number, end: number): boolean {
  if (text[end] === ':' && text.slice(start, start + 4) === 'git@') return true;
  return text[start - 1] === ':' && /:\/\/[^\s/@]{0,100}:$/.test(text.slice(Math.max(0, start - 110), start));
}

const foundAt = (start: number, end: number, score: number): PersonalFound => ({
  ...{ start, end, score },
  kind: 'email',
  form: 'email',
  evidence: 'pattern',
});

/** @param at of the sign */
export function emailAt(text: string, at: number): PersonalFound | undefined {
  const start = localStart(text, at);
  DOMAIN.lastIndex = at;
  const domain = DOMAIN.exec(text)?.[0];
  if (start === at || domain === undefined || DENSITY.test(domain)) return undefined;
  const end = at + domain.length;
  return isPartOfAddress(text, start, end) ? undefined : foundAt(start, end, 99);
}

/** @param at of the bracket before "at" */
export function speltEmailAt(text: string, at: number): PersonalFound | undefined {
  const before = text[at - 1] === ' ' ? at - 1 : at;
  const start = localStart(text, before);
  SPELT.lastIndex = before;
  const domain = SPELT.exec(text)?.[0];
  return start === before || domain === undefined ? undefined : foundAt(start, before + domain.length, 85);
}
