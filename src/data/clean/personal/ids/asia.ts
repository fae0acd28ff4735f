/** National numbers of persons in Asia, Australia and Africa, each with its check digit as python-stdnum has it. */
import { hasDate, isDate, passesLuhn, passesVerhoeff, weightedSum } from '../checksums';
import { idFinder } from '../finder';

/** The provinces with which GB/T 2260 begins the place of registration. */
const PROVINCE = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/;

/** GB 11643: place, day of birth, serial, and the digit of ISO 7064 Mod 11-2. */
export function isChineseId(compact: string): boolean {
  if (!/^\d{17}[\dX]$/.test(compact) || !PROVINCE.test(compact)) return false;
  const [year, month, day] = [compact.slice(6, 10), compact.slice(10, 12), compact.slice(12, 14)].map(Number) as [
    number,
    number,
    number,
  ];
  const weights = Array.from({ length: 17 }, (_, i) => 2 ** (17 - i) % 11);
  const check = (12 - (weightedSum(compact, weights) % 11)) % 11;
  return year >= 1800 && isDate(year, month, day) && compact[17] === (check === 10 ? 'X' : String(check));
}

/** Unique Identification Authority of India: no palindrome, Verhoeff's digit. */
export const isAadhaar = (compact: string): boolean =>
  /^[2-9]\d{11}$/.test(compact) && compact !== Array.from(compact).reverse().join('') && passesVerhoeff(compact);

/** Japan's individual number. */
export function isMyNumber(compact: string): boolean {
  const rest = weightedSum(compact, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return /^\d{12}$/.test(compact) && (rest < 2 ? 0 : 11 - rest) === Number(compact[11]);
}

const CENTURIES: Record<string, number> = { 9: 1800, 0: 1800, 3: 2000, 4: 2000, 7: 2000, 8: 2000 };

/** Korea's resident registration number, as given before October 2020. */
export function isKoreanRrn(compact: string): boolean {
  if (!/^\d{13}$/.test(compact) || Number(compact.slice(7, 9)) > 96) return false;
  const year = (CENTURIES[compact[6]!] ?? 1900) + Number(compact.slice(0, 2));
  if (!isDate(year, Number(compact.slice(2, 4)), Number(compact.slice(4, 6)))) return false;
  const rest = weightedSum(compact, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11;
  return (11 - rest) % 10 === Number(compact[12]);
}

/** Turkey's identity number: two check digits over the nine before. */
export function isTurkishId(compact: string): boolean {
  if (!/^[1-9]\d{10}$/.test(compact)) return false;
  const first = (((10 - weightedSum(compact, [3, 1, 3, 1, 3, 1, 3, 1, 3])) % 10) + 10) % 10;
  const second = (first + weightedSum(compact, [1, 1, 1, 1, 1, 1, 1, 1, 1])) % 10;
  return compact.endsWith(`${first}${second}`);
}

/** South Africa: day of birth, citizenship, Luhn's digit. */
export const isSouthAfricanId = (compact: string): boolean =>
  /^\d{10}[01]\d\d$/.test(compact) && hasDate(compact, 0, 'ymd') && passesLuhn(compact);

/** Australia's tax file number. */
export const isTaxFileNumber = (compact: string): boolean =>
  /^\d{8,9}$/.test(compact) && weightedSum(compact.padEnd(9, '0'), [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;

const grouped = (written: string): boolean => /\D/.test(written);

export const ASIAN_IDS = [
  idFinder({
    form: 'cn-id',
    runs: [6, 17, 18],
    valid: isChineseId,
    pattern: /\d{6}([ -]?)\d{8}\1\d{3}[\dXx]/y,
    alone: () => 95,
    beside: 99,
    words: /身份证|证件|公民|\b(?:resident id|id card|id number)\b/i,
  }),
  idFinder({
    form: 'in-aadhaar',
    runs: [4, 12],
    valid: isAadhaar,
    pattern: /\d{4}([ -]?)\d{4}\1\d{4}/y,
    alone: (written) => (grouped(written) ? 70 : 35),
    beside: 95,
    words: /\b(?:aadhaar|aadhar|uidai|uid)\b|आधार/i,
  }),
  idFinder({
    form: 'jp-my-number',
    runs: [4, 12],
    valid: isMyNumber,
    pattern: /\d{4}([ -]?)\d{4}\1\d{4}/y,
    alone: () => 25,
    beside: 90,
    words: /マイナンバー|個人番号|\b(?:my number|individual number)\b/i,
  }),
  idFinder({
    form: 'kr-rrn',
    runs: [6, 13],
    valid: isKoreanRrn,
    pattern: /\d{6}-?\d{7}/y,
    alone: (written) => (grouped(written) ? 88 : 45),
    beside: 97,
    words: /주민등록|주민번호|\b(?:rrn|resident registration)\b/i,
  }),
  idFinder({
    form: 'tr-kimlik',
    runs: [11],
    valid: isTurkishId,
    pattern: /\d{11}/y,
    alone: () => 40,
    beside: 95,
    words: /\b(?:kimlik|tckn|t\.?c\.? no)\b/i,
  }),
  idFinder({
    form: 'za-id',
    runs: [6, 13],
    valid: isSouthAfricanId,
    pattern: /\d{6} ?\d{4} ?\d{2} ?\d/y,
    alone: () => 55,
    beside: 93,
    words: /\b(?:south african|identity|id) (?:number|no|id)\b|\bRSA\b/i,
  }),
  idFinder({
    form: 'au-tfn',
    runs: [3, 8, 9],
    valid: isTaxFileNumber,
    pattern: /\d{3}([ -]?)\d{3}\1\d{2,3}/y,
    alone: () => 15,
    beside: 90,
    words: /\b(?:tfn|tax file)\b/i,
  }),
];
