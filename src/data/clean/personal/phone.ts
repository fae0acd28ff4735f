/**
 * Telephone numbers that are possible, whether or not they are given to anybody: international, and as people of many
 * countries write them. A word beside one makes it surer; a bare run of digits needs one.
 */
import { digitsIn, standsAlone, weighed, type NumberFinder, type PersonalFound } from './finder';

/** What may follow the first digit: groups with short separators. Each part is bounded. */
const STRETCH = /\d{1,15}(?:\)?[ .\-/()]{1,3}\d{1,12}){0,7}/y;
const EXTENSION = /,? ?(?:x|ext\.?|extension|Durchwahl|转)[ .:]?\d{1,5}(?!\d)/iy;
/** Digits of a number, ITU-T E.164 and the shortest local ones. */
const FEWEST = 7;
const MOST = 15;

/** Calling codes of countries. */
const COUNTRY =
  /^(?:1|7|2[07]|2[1-69]\d|3[0-469]|3[578]\d|4[013-9]|42\d|5[1-8]|5[09]\d|6[0-6]|6[789]\d|8[1246]|8[0578]\d|9[0-58]|9[679]\d)/;

/** How local numbers are written, and how sure one is without a word beside it. */
const LOCAL: readonly (readonly [RegExp, number])[] = [
  // North America
  [/^(?:1[ .-])?\(\d{3}\) ?\d{3}[ .-]\d{4}$/, 85],
  [/^(?:(?:00)?1[ .-])?\d{3}([ .-])\d{3}\1\d{4}$/, 72],
  [/^(?:(?:00)?1)?[2-9]\d{2}[2-9]\d{6}$/, 35],
  [/^[2-9]\d{2}[ .-]\d{4}$/, 35],
  // China: mobile, fixed, service
  [/^(?:86[ -]?)?1[3-9]\d([ -])\d{4}\1\d{4}$/, 88],
  [/^(?:86)?1[3-9]\d{9}$/, 78],
  [/^\(?0\d{2,3}[)-] ?\d{7,8}$/, 80],
  [/^[48]00-\d{3,4}-\d{3,4}$/, 75],
  // France, and others in pairs
  [/^0[1-9](?:([ .-])\d{2})(?:\1\d{2}){3}$/, 85],
  [/^0[1-9]\d{8}$/, 55],
  // Britain
  [/^\(?0\d{2}\)? \d{4} \d{4}$/, 80],
  [/^\(?0\d{3}\)? \d{3} \d{4}$/, 80],
  [/^\(?0\d{4}\)? ?\d{3} ?\d{3}$/, 75],
  [/^07\d{9}$/, 70],
  // Germany and Austria, with the area in brackets
  [/^\(0\d{2,5}\) ?\d{3,9}$/, 70],
  // Japan, Korea
  [/^(?=(?:-?\d){10,11}$)0\d{1,4}-\d{1,4}-\d{4}$/, 82],
  // Germany, Austria, Switzerland, Italy: area, then a number of any length
  [/^\(?0[1-9]\d{1,4}\)?(?: ?[/-] ?| )\d{3,9}(?:[ -]\d{1,5}){0,4}$/, 65],
  // India, Brazil, Spain
  [/^(?:0|91[ -])?[6-9]\d{4}[ -]\d{5}$/, 70],
  [/^\(\d{2}\) ?9? ?\d{4}-\d{4}$/, 85],
  [/^[6789]\d{2} \d{2,3} \d{2,3} \d{2,3}$/, 50],
  [/^[6789]\d{2} \d{3} \d{3}$/, 40],
  // Sweden
  [/^0\d{1,3}-\d{2,3} \d{2,3} \d{2,3}$/, 65],
];

const DATE =
  /^(?:(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:19|20)\d\d)(?!\d)/;
const YEARS = /^(?:1[5-9]|20)\d\d ?[-/] ?(?:1[5-9]|20)\d\d$/;
const BOOK = /^97[89][- ]?\d/;
/** Groups of three are a large number, as `1 234 567` and `1.234.567`. */
const THOUSANDS = /^[1-9]\d{0,2}([ .])\d{3}(?:\1\d{3})*$/;
const INTERNET = /^\d{1,3}(?:\.\d{1,3}){3}$/;

const WORDS =
  /\b(?:phone|telephone|tel|mobile|cell(?:phone)?|call|called|calling|fax|whats ?app|sms|dial|text (?:me|us)|ring|contact|reach (?:me|us|him|her)|hotline|telefon\w{0,6}|handy\w{0,8}|rufnummer|anruf\w{0,3}|ruf\w{0,2}|mobil\w{0,3}|t[ée]l[ée]phone|portable|appel\w{0,3}|tel[ée]fono|m[óo]vil|celular|cellulare|telefoon|ligue)\b|电话|電話|手机|手機|联系|拨打|致电|座机|热线|微信|传真|携帯|전화/i;

const RULE = { kind: 'phone', form: 'phone', checked: false, beside: 88, words: WORDS } as const;

const isOther = (written: string): boolean =>
  DATE.test(written) || YEARS.test(written) || BOOK.test(written) || INTERNET.test(written);

/** How sure a number is by its form alone; undefined where it is none even beside a word. */
function scoreOf(written: string): number | undefined {
  const digits = digitsIn(written);
  if (digits.length < FEWEST || digits.length > MOST || isOther(written)) return undefined;
  if (/^\(?\+/.test(written)) return COUNTRY.test(digits) ? 90 : undefined;
  if (digits.startsWith('00') && digits.length >= 10 && COUNTRY.test(digits.slice(2))) return 75;
  const local = Math.max(...LOCAL.map(([pattern, score]) => (pattern.test(written) ? score : 0)));
  if (local > 0) return local;
  return THOUSANDS.test(written) || new Set(digits).size < 3 ? undefined : 10;
}

/** Where the number begins that has its first digit at `at`: a plus and a bracket belong to it. */
function startOf(text: string, at: number): number {
  const start = text[at - 1] === '(' ? at - 1 : at;
  if (text[start - 1] !== '+') return start;
  return text[start - 2] === '(' ? start - 2 : start - 1;
}

/** A word beside it makes a possible number of any form one. */
function judged(text: string, start: number, end: number): PersonalFound | undefined {
  const written = text.slice(start, end);
  const score = scoreOf(written);
  if (score === undefined || !standsAlone(text, start, end)) return undefined;
  const rule = score === 10 ? { ...RULE, beside: 70 } : RULE;
  return weighed(rule, text, [start, end], score);
}

/** The best of the stretch and of what is left as its last groups are cut off. */
function bestOf(text: string, start: number, at: number, stretch: string): PersonalFound | undefined {
  let best: PersonalFound | undefined;
  for (let length = stretch.length; length >= FEWEST; length = stretch.slice(0, length).search(/[^\d]+\d+$/)) {
    const found = judged(text, start, at + length);
    if (found && found.score > (best?.score ?? 0)) best = found;
  }
  return best;
}

/** Digits and separators only, in the next units: most runs of digits in a text are no number of this length. */
function hasEnoughDigits(text: string, at: number): boolean {
  let digits = 0;
  for (let i = at; i < at + 24 && digits < FEWEST; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code < 58) digits++;
    else if (code !== 32 && (code < 40 || code > 47)) return false;
  }
  return digits >= FEWEST;
}

export const phone: NumberFinder = {
  kind: 'phone',
  runs: Array.from({ length: MOST }, (_, i) => i + 1),
  read: (text, at) => {
    if (!hasEnoughDigits(text, at)) return undefined;
    STRETCH.lastIndex = at;
    const stretch = STRETCH.exec(text)?.[0] ?? '';
    const found = bestOf(text, startOf(text, at), at, stretch);
    if (!found) return undefined;
    EXTENSION.lastIndex = found.end;
    return { ...found, end: found.end + (EXTENSION.exec(text)?.[0].length ?? 0) };
  },
};
