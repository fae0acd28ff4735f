/** National numbers of persons in America, each with its rules as python-stdnum has them. */
import { isDate, passesLuhn, weightedSum } from '../checksums';
import { idFinder } from '../finder';

/** Numbers that were printed in advertisements, and so belong to nobody. */
const PRINTED = ['078051120', '457555462', '219099999'];

/** The United States' social security number: no check digit, but parts that are never given. */
export const isSsn = (compact: string): boolean =>
  /^(?!000|666|9)\d{3}(?!00)\d\d(?!0000)\d{4}$/.test(compact) && !PRINTED.includes(compact);

/** Canada: those that begin with 0 or 8 are not given. */
export const isSin = (compact: string): boolean => /^[1-79]\d{8}$/.test(compact) && passesLuhn(compact);

/** The digit that makes a sum divisible by 11; 0 where it would be 10. */
const check = (sum: number): number => ((11 - (sum % 11)) % 11) % 10;

/** Brazil's Cadastro de Pessoas Físicas. */
export function isCpf(compact: string): boolean {
  if (!/^\d{11}$/.test(compact) || Number(compact) === 0) return false;
  const first = check(weightedSum(compact, [10, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = check(weightedSum(compact, [11, 10, 9, 8, 7, 6, 5, 4, 3]) + 2 * first);
  return compact.endsWith(`${first}${second}`);
}

const MEXICAN = '0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ';

/** Mexico's Clave Única de Registro de Población; which letters name a state is not looked at. */
export function isCurp(compact: string): boolean {
  if (!/^[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d$/.test(compact)) return false;
  const [year, month, day] = [4, 6, 8].map((at) => Number(compact.slice(at, at + 2))) as [number, number, number];
  if (!isDate((/\d/.test(compact[16]!) ? 1900 : 2000) + year, month, day)) return false;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += MEXICAN.indexOf(compact[i]!) * (18 - i);
  return (10 - (sum % 10)) % 10 === Number(compact[17]);
}

const grouped = (written: string): boolean => /\D/.test(written);

export const AMERICAN_IDS = [
  idFinder({
    form: 'us-ssn',
    runs: [3, 9],
    valid: isSsn,
    checked: false,
    pattern: /\d{3}([- ]?)\d{2}\1\d{4}/y,
    alone: (written) => (written.includes('-') ? 80 : grouped(written) ? 45 : 5),
    beside: 95,
    words: /\b(?:ssn|social security|soc sec|ss#)/i,
  }),
  idFinder({
    form: 'ca-sin',
    runs: [3, 9],
    valid: isSin,
    pattern: /\d{3}([- ]?)\d{3}\1\d{3}/y,
    alone: (written) => (grouped(written) ? 50 : 5),
    beside: 94,
    words: /\b(?:sin|social insurance|nas)\b/i,
  }),
  idFinder({
    form: 'br-cpf',
    runs: [3, 11],
    valid: isCpf,
    pattern: /\d{3}(\.?)\d{3}\1\d{3}-?\d{2}/y,
    alone: (written) => (grouped(written) ? 93 : 45),
    beside: 97,
    words: /\bcpf\b/i,
  }),
  idFinder({
    form: 'mx-curp',
    runs: [6],
    leads: [4],
    valid: isCurp,
    pattern: /[A-Za-z]{4}\d{6}[HMhm][A-Za-z]{5}[0-9A-Za-z]\d/y,
    alone: () => 96,
    beside: 99,
    words: /\bcurp\b/i,
  }),
];
