/** National numbers of persons in Britain, Poland and the north of Europe, each with its check as python-stdnum's. */
import { hasDate, isDate, passesLuhn, weightedSum } from '../checksums';
import { digitsIn, idFinder } from '../finder';

/** The number of the National Health Service. */
export const isNhs = (compact: string): boolean =>
  /^\d{10}$/.test(compact) && weightedSum(compact, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;

/** National Insurance: no check digit, but letters and pairs of letters that are never given. */
export const isNino = (compact: string): boolean =>
  /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(compact);

/** Poland: the century is added to the month, in twenties. */
export function isPesel(compact: string): boolean {
  if (!/^\d{11}$/.test(compact)) return false;
  const [year, month, day] = [0, 2, 4].map((at) => Number(compact.slice(at, at + 2))) as [number, number, number];
  const century = [1900, 2000, 2100, 2200, 1800][Math.floor(month / 20)]!;
  const check = (10 - (weightedSum(compact, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10;
  return check === Number(compact[10]) && isDate(century + year, month % 20, day);
}

/** Sweden: day of birth, three digits, Luhn's digit; the century may go before. */
export const isPersonnummer = (compact: string): boolean =>
  /^(?:\d\d)?\d{10}$/.test(compact) && bornOn(compact) && passesLuhn(compact.slice(-10));

const bornOn = (digits: string): boolean =>
  digits.length === 10
    ? hasDate(digits, 0, 'ymd')
    : isDate(Number(digits.slice(0, 4)), Number(digits.slice(4, 6)), Number(digits.slice(6, 8)));

const FINNISH = '0123456789ABCDEFHJKLMNPRSTUVWXY';

/** Finland: serials from 002 to 899 are given. */
export function isHetu(compact: string): boolean {
  const digits = compact.slice(0, 6) + digitsIn(compact).slice(6, 9);
  const serial = Number(digits.slice(6));
  if (!/^\d{6}[ABCDEFYXWVU]?\d{3}[0-9A-Y]$/.test(compact) || serial < 2 || serial > 899) return false;
  return hasDate(digits, 0, 'dmy') && FINNISH[Number(digits) % 31] === compact.at(-1);
}

/** The digit that makes a sum divisible by 11, where there is one. */
const eleventh = (sum: number): number => (11 - (sum % 11)) % 11;

/** Norway: two check digits; 40 is added to the day of temporary numbers, and to the month of those of hospitals. */
export function isFodselsnummer(compact: string): boolean {
  if (!/^\d{11}$/.test(compact)) return false;
  const [day, month, year] = [0, 2, 4].map((at) => Number(compact.slice(at, at + 2))) as [number, number, number];
  if (day >= 80 || !isDate(year, month > 40 ? month - 40 : month, day > 40 ? day - 40 : day)) return false;
  return (
    eleventh(weightedSum(compact, [3, 7, 6, 1, 8, 9, 4, 5, 2])) === Number(compact[9]) &&
    eleventh(weightedSum(compact, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2])) === Number(compact[10])
  );
}

/** Denmark: no check digit since 2007; only the day of birth is looked at. */
export const isCpr = (compact: string): boolean => /^\d{10}$/.test(compact) && hasDate(compact, 0, 'dmy');

const grouped = (written: string): boolean => /\D/.test(written);

export const NORTH_EUROPEAN_IDS = [
  idFinder({
    form: 'uk-nhs',
    runs: [3, 10],
    valid: isNhs,
    pattern: /\d{3}([ -]?)\d{3}\1\d{4}/y,
    alone: (written) => (grouped(written) ? 45 : 15),
    beside: 95,
    words: /\b(?:nhs|national health|patient (?:number|no|id))\b/i,
  }),
  idFinder({
    form: 'uk-nino',
    runs: [2, 6],
    leads: [2, 3],
    valid: isNino,
    checked: false,
    pattern: /[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]/y,
    alone: (written) => (/^[A-Z]/.test(written) ? 80 : 55),
    beside: 95,
    words: /\b(?:nino|ni number|national insurance|ni no)\b/i,
  }),
  idFinder({
    form: 'pl-pesel',
    runs: [11],
    valid: isPesel,
    pattern: /\d{11}/y,
    alone: () => 60,
    beside: 96,
    words: /\bpesel\b/i,
  }),
  idFinder({
    form: 'se-personnummer',
    runs: [6, 8, 10, 12],
    valid: isPersonnummer,
    pattern: /(?:\d\d)?\d{6}[-+]?\d{4}(?!\d)/y,
    alone: (written) => (grouped(written) ? 80 : written.length === 12 ? 60 : 20),
    beside: 96,
    words: /\b(?:person(?:nummer|nr)|samordningsnummer)\b/i,
  }),
  idFinder({
    form: 'fi-hetu',
    runs: [6],
    valid: isHetu,
    pattern: /\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]/y,
    alone: () => 93,
    beside: 98,
    words: /\b(?:hetu|henkilötunnus)\b/i,
  }),
  idFinder({
    form: 'no-fnr',
    runs: [6, 11],
    valid: isFodselsnummer,
    pattern: /\d{6}[ -]?\d{5}/y,
    alone: () => 65,
    beside: 96,
    words: /f[øo]dsels\w{0,8}|\bpersonnummer\b/i,
  }),
  idFinder({
    form: 'dk-cpr',
    runs: [6, 10],
    valid: isCpr,
    checked: false,
    pattern: /\d{6}[ -]?\d{4}/y,
    alone: (written) => (written.includes('-') ? 45 : 5),
    beside: 90,
    words: /\bcpr\b/i,
  }),
];
