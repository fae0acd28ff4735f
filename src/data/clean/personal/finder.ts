/**
 * What a finder of personal data is: one kind, how it is written, and how sure a hit is. A finder sees a text whose
 * full-width signs are narrowed (scan.ts), reads nothing else and keeps nothing.
 */
import { contextOf } from './context';

export const PERSONAL_KINDS = [
  'email',
  'phone',
  'card',
  'iban',
  'id',
  'ip',
  'address',
  'url-user',
  'birth-date',
] as const;
export type PersonalKind = (typeof PERSONAL_KINDS)[number];

/** The score from which a hit counts where nobody chose another, of 100. */
export const LEAST_SCORE = 50;

/** What speaks for a hit: how it is written, a check digit that is right, a word beside it, or the last two. */
type Evidence = 'pattern' | 'checksum' | 'context' | 'checksum-context';

/** Where personal data stands in a text, in UTF-16 units, and what speaks for it. */
export interface PersonalFound {
  kind: PersonalKind;
  /** Which of its kind, as `cn-id`; the kind itself where there is one only. */
  form: string;
  start: number;
  end: number;
  /** How sure it is, of 100. */
  score: number;
  evidence: Evidence;
  /** The word beside it that speaks for it. */
  word?: string;
}

/** Looks at a run of digits and what stands around it. */
export interface NumberFinder {
  kind: PersonalKind;
  /** Digits that the first run of such a number may have. */
  runs: readonly number[];
  /** @param at where the run begins */
  read(text: string, at: number): PersonalFound | undefined;
}

interface NumberPattern {
  kind: PersonalKind;
  form: string;
  runs: readonly number[];
  /** Units before the run where the number may begin: 0, or the letters that go before. */
  leads?: readonly number[];
  /** Sticky, without nested repeats. */
  pattern: RegExp;
  /** @param compact upper case, letters and digits only */
  valid(compact: string): boolean;
  /** `valid` computes a check digit. */
  checked: boolean;
  /** The score without a word beside it, as it is written, and with one. */
  alone(written: string): number;
  beside: number;
  words: RegExp;
}

const LETTERS = /[A-Za-z0-9_\u00c0-\u024f]/;
const isWordy = (sign: string | undefined): boolean => sign !== undefined && LETTERS.test(sign);
const isDigit = (sign: string | undefined): boolean => sign !== undefined && sign >= '0' && sign <= '9';

/** Whether a number is no part of a longer one, of a word, or of a GUID. */
export function standsAlone(text: string, start: number, end: number): boolean {
  const before = text[start - 1];
  const after = text[end];
  if (isWordy(before) || isWordy(after)) return false;
  if (before === '.' && isDigit(text[start - 2])) return false;
  if (before === '-' && isWordy(text[start - 2])) return false;
  if (after === '-') return !isWordy(text[end + 1]);
  return after !== '.' || !isDigit(text[end + 1]);
}

export const compactOf = (written: string): string => written.replace(/[^0-9A-Za-z]/g, '').toUpperCase();

export const digitsIn = (written: string): string => written.replace(/\D/g, '');

/** A hit with its score: a word that speaks for it raises it, one that speaks against it lowers it. */
export function weighed(
  { kind, form, checked, beside, words }: Pick<NumberPattern, 'kind' | 'form' | 'checked' | 'beside' | 'words'>,
  text: string,
  [start, end]: readonly [number, number],
  alone: number,
): PersonalFound {
  const { word, against } = contextOf(text, start, end, words);
  const found = { kind, form, start, end };
  if (word !== undefined)
    return { ...found, word, score: Math.max(beside, alone), evidence: checked ? 'checksum-context' : 'context' };
  return { ...found, score: against ? alone - 30 : alone, evidence: checked ? 'checksum' : 'pattern' };
}

export function numberFinder(rule: NumberPattern): NumberFinder {
  const read = (text: string, at: number): PersonalFound | undefined => {
    for (const lead of rule.leads ?? [0]) {
      const start = at - lead;
      if (start < 0) continue;
      rule.pattern.lastIndex = start;
      const written = rule.pattern.exec(text)?.[0];
      if (written === undefined || !standsAlone(text, start, start + written.length)) continue;
      if (!rule.valid(compactOf(written))) continue;
      return weighed(rule, text, [start, start + written.length], rule.alone(written));
    }
    return undefined;
  };
  return { kind: rule.kind, runs: rule.runs, read };
}

/** A finder of a national number; its check digit is computed unless it says that it has none. */
export const idFinder = (rule: Omit<NumberPattern, 'kind' | 'checked'> & { checked?: boolean }): NumberFinder =>
  numberFinder({ checked: true, ...rule, kind: 'id' });
