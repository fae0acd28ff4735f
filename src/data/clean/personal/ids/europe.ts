/** National numbers of persons in the west and south of Europe, each with its check as python-stdnum computes it. */
import { isDate, passesMod1110, remainderOf, weightedSum } from '../checksums';
import { idFinder } from '../finder';

/** Germany's tax number: of its first ten digits exactly one stands there twice or three times. */
export function isSteuerId(compact: string): boolean {
  if (!/^[1-9]\d{10}$/.test(compact)) return false;
  const counts = new Map<string, number>();
  for (const digit of compact.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  return repeated.length === 1 && repeated[0]! <= 3 && passesMod1110(compact);
}

/** France's social security number; the departments of Corsica, 2A and 2B, count 19 and 18. */
export function isNir(compact: string): boolean {
  if (!/^\d{5}(?:\d\d|2[AB])\d{8}$/.test(compact)) return false;
  const digits = compact.replace('2A', '19').replace('2B', '18');
  return 97 - remainderOf(digits.slice(0, 13), 97) === Number(digits.slice(13));
}

const SPANISH = 'TRWAGMYFPDXBNJZSQVHLCKE';

export const isDni = (compact: string): boolean =>
  /^\d{8}[A-Z]$/.test(compact) && SPANISH[Number(compact.slice(0, 8)) % 23] === compact[8];

/** The number of foreigners in Spain: X, Y, Z count 0, 1, 2. */
export const isNie = (compact: string): boolean =>
  /^[XYZ]\d{7}[A-Z]$/.test(compact) && isDni(`${'XYZ'.indexOf(compact[0]!)}${compact.slice(1)}`);

const LETTERS_FOR_DIGITS = 'LMNPQRSTUV';
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

const digitOf = (sign: string): number =>
  LETTERS_FOR_DIGITS.includes(sign) ? LETTERS_FOR_DIGITS.indexOf(sign) : Number(sign);
/** Digits and letters both count from 0. */
const rankOf = (sign: string): number => (sign < 'A' ? Number(sign) : sign.charCodeAt(0) - 65);

/** Italy's fiscal code of persons; letters may stand for digits where two persons would share one. */
export function isCodiceFiscale(compact: string): boolean {
  if (!/^[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]$/.test(compact)) return false;
  const number = (at: number): number => digitOf(compact[at]!) * 10 + digitOf(compact[at + 1]!);
  if (!isDate(number(6), 'ABCDEHLMPRST'.indexOf(compact[8]!) + 1, number(9) % 40)) return false;
  let sum = 0;
  for (let i = 0; i < 15; i++) sum += i % 2 === 0 ? ODD[rankOf(compact[i]!)]! : rankOf(compact[i]!);
  return compact.charCodeAt(15) - 65 === sum % 26;
}

/** The Netherlands: nine digits, of which the last counts −1. */
export const isBsn = (compact: string): boolean =>
  /^\d{9}$/.test(compact) && Number(compact) > 0 && weightedSum(compact, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;

/** Belgium's national number: of those born since 2000 a 2 goes before what is divided. */
export function isBelgianId(compact: string): boolean {
  const month = Number(compact.slice(2, 4));
  if (!/^\d{11}$/.test(compact) || Number(compact) === 0 || month > 12) return false;
  const check = Number(compact.slice(9));
  return ['', '2'].some((century) => 97 - remainderOf(century + compact.slice(0, 9), 97) === check);
}

/** Switzerland and Liechtenstein: 756, and the digit of EAN-13. */
export const isAhv = (compact: string): boolean =>
  /^756\d{10}$/.test(compact) && weightedSum(compact, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;

const grouped = (written: string): boolean => /\D/.test(written);

export const WEST_EUROPEAN_IDS = [
  idFinder({
    form: 'de-tax-id',
    runs: [2, 11],
    valid: isSteuerId,
    pattern: /\d{2}([ ]?)\d{3}\1\d{3}\1\d{3}/y,
    alone: (written) => (grouped(written) ? 60 : 40),
    beside: 95,
    words: /\b(?:steuer\w{0,24}|idnr|tin|tax id)\b/i,
  }),
  idFinder({
    form: 'fr-nir',
    runs: [1, 5, 6, 13, 15],
    valid: isNir,
    pattern: /[1-478] ?\d\d ?\d\d ?(?:\d\d|2[ABab]) ?\d{3} ?\d{3} ?\d\d/y,
    alone: () => 88,
    beside: 97,
    words: /s[ée]curit[ée] sociale|\b(?:nir|insee|s[ée]cu)\b/i,
  }),
  idFinder({
    form: 'es-dni',
    runs: [2, 8],
    valid: isDni,
    pattern: /\d\d(?:\.\d{3}\.|\d{3})\d{3}[ -]?[A-Za-z]/y,
    alone: () => 70,
    beside: 96,
    words: /\b(?:dni|nif|documento nacional)\b/i,
  }),
  idFinder({
    form: 'es-nie',
    runs: [7],
    leads: [1, 2],
    valid: isNie,
    pattern: /[XYZxyz]-?\d{7}-?[A-Za-z]/y,
    alone: () => 85,
    beside: 97,
    words: /\b(?:nie|extranjer[oa]s?)\b/i,
  }),
  idFinder({
    form: 'it-codice-fiscale',
    runs: [1, 2],
    leads: [6, 7],
    valid: isCodiceFiscale,
    pattern: /[A-Za-z]{6}[0-9LMNP-Vlmnp-v]{2}[A-Ta-t][0-9LMNP-Vlmnp-v]{2}[A-Za-z][0-9LMNP-Vlmnp-v]{3}[A-Za-z]/y,
    alone: () => 96,
    beside: 99,
    words: /codice fiscale|\bC\.?F\.?\b/i,
  }),
  idFinder({
    form: 'nl-bsn',
    runs: [3, 4, 9],
    valid: isBsn,
    pattern: /\d{9}|\d{4}([. ])\d{2}\1\d{3}|\d{3}([. ])\d{3}\2\d{3}/y,
    alone: () => 15,
    beside: 93,
    words: /\b(?:bsn|burgerservice\w{0,8}|sofi\w{0,8})\b/i,
  }),
  idFinder({
    form: 'be-nn',
    runs: [2, 11],
    valid: isBelgianId,
    pattern: /\d{2}([.]?)\d{2}\1\d{2}[- ]?\d{3}[. ]?\d{2}/y,
    alone: (written) => (grouped(written) ? 88 : 40),
    beside: 96,
    words: /\b(?:rijksregister\w{0,8}|registre national|insz|niss|nrn)\b/i,
  }),
  idFinder({
    form: 'ch-ahv',
    runs: [3, 13],
    valid: isAhv,
    pattern: /756([. ]?)\d{4}\1\d{4}\1\d{2}/y,
    alone: (written) => (grouped(written) ? 95 : 75),
    beside: 98,
    words: /\b(?:ahv\w{0,8}|avs|navs13|svnr)\b/i,
  }),
];
