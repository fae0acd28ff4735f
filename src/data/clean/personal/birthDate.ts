/** Days of birth: a date beside a word that says so. Dates by themselves are no finding. */
import type { NumberFinder } from './finder';

const MONTH =
  'jan(?:uary|uar|vier|\\.)?|feb(?:ruary|ruar|\\.)?|f[ée]vrier|mar(?:ch|s|zo|\\.)?|m[äa]rz|apr(?:il|\\.)?|avril|ma[iy]|june?|juni|juin|july?|juli|juillet|aug(?:ust|\\.)?|ao[ûu]t|sept?(?:ember|\\.)?|septembre|o[ck]t(?:ober|\\.)?|octobre|nov(?:ember|embre|\\.)?|de[cz](?:ember|\\.)?|d[ée]cembre|enero|febrero|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre';
const DATES = [
  /\d{4}([-/.])\d{1,2}\1\d{1,2}(?!\d)/y,
  /\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?[日号]/y,
  /\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?!\d)/y,
  new RegExp(`\\d{1,2}(?:st|nd|rd|th|\\.|er)? (?:of |de )?(?:${MONTH}),? (?:de )?\\d{4}(?!\\d)`, 'iy'),
];
/** The day and the year after a month's name. */
const DAY_YEAR = /\d{1,2}(?:st|nd|rd|th)?,? \d{4}(?!\d)/y;
const MONTH_BEFORE = new RegExp(`\\b(?:${MONTH}) $`, 'i');
const WORDS =
  /\b(?:born|birth|birthday|birthdate|date of birth|d\.?o\.?b|geb|geboren\w{0,2}|geburts\w{0,6}|n[ée]e? le|naissance|nacid[oa]|nacimiento|nat[oa] il|nascita|nascimento|geboortedatum|urodzon\w{1,2})(?![\w])|出生|生日|生于|生於|誕生日|生年月日/i;

/** Before the date with no other number between, or right behind it. */
function wordBeside(text: string, start: number, end: number): string | undefined {
  const before = text.slice(Math.max(0, start - 40), start).replace(/^.*\d/s, '');
  return (WORDS.exec(before) ?? WORDS.exec(text.slice(end, end + 8)))?.[0];
}

export const birthDate: NumberFinder = {
  kind: 'birth-date',
  runs: [1, 2, 4],
  read: (text, at) => {
    const written = datePart(text, at);
    if (!written || /[\w.\-/]/.test(text[at - 1] ?? '')) return undefined;
    const start = at - written.before;
    const end = at + written.length;
    const word = wordBeside(text, start, end);
    if (word === undefined) return undefined;
    return { kind: 'birth-date', form: 'birth-date', start, end, score: 88, evidence: 'context', word };
  },
};

/** How long the date from `at` is, and the month's name before it. */
function datePart(text: string, at: number): { before: number; length: number } | undefined {
  for (const pattern of DATES) {
    pattern.lastIndex = at;
    const [written] = pattern.exec(text) ?? [];
    if (written !== undefined) return { before: 0, length: written.length };
  }
  DAY_YEAR.lastIndex = at;
  const [written] = DAY_YEAR.exec(text) ?? [];
  const month = written === undefined ? undefined : MONTH_BEFORE.exec(text.slice(Math.max(0, at - 12), at))?.[0];
  return written === undefined || month === undefined ? undefined : { before: month.length, length: written.length };
}
