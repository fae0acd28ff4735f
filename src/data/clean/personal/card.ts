/** Payment cards: the issuer's prefix, 12 to 19 digits in groups as cards are printed, and Luhn's digit. */
import { passesLuhn } from './checksums';
import { digitsIn, numberFinder } from './finder';

/** The issuers' prefixes, Maestro's as long as they are told from others: ISO/IEC 7812-1. */
const ISSUER =
  /^(?:4|1800|2131|0604|5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)|3[47]|3(?:0[0-5]|[689])|35|6(?:011|4[4-9]|5|2|0)|50(?:18|20|38)|5[6-8]|6[37]|8[12])/;
const MAESTRO = /^(?:50(?:18|20|38)|0604|5893|6304|6390|67(?:59|6[123]))/;

/** The number of digits that an issuer's cards have. */
function fits(digits: string): boolean {
  if (/^(?:3[47]|1800|2131)/.test(digits)) return digits.length === 15;
  if (digits.startsWith('4')) return [13, 16, 19].includes(digits.length);
  if (digits.length === 12) return MAESTRO.test(digits) || /^5[0678]/.test(digits);
  return digits.length !== 13 || MAESTRO.test(digits);
}

const isCard = (digits: string): boolean => ISSUER.test(digits) && fits(digits) && passesLuhn(digits);

/** One digit in ten passes by chance: long and grouped is surer. */
function scoreOf(written: string): number {
  const { length } = digitsIn(written);
  if (length < 14) return written.startsWith('4') || MAESTRO.test(written) ? 60 : 45;
  return written.length > length ? 92 : 82;
}

export const card = numberFinder({
  kind: 'card',
  form: 'card',
  runs: [4, 6, 12, 13, 14, 15, 16, 17, 18, 19],
  pattern:
    /\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?(?!\d)|\d{4}([ -])\d{6}\2\d{4,5}(?!\d)|\d{4}([ -])\d{4}\3\d{4}(?!\d)|6\d{5} \d{13}(?!\d)|\d{12,19}/y,
  valid: isCard,
  checked: true,
  alone: scoreOf,
  beside: 98,
  words:
    /\b(?:credit|debit|card|cc|visa|master ?card|amex|american express|maestro|discover|jcb|karte\w{0,8}|kredit\w{0,12}|carte|tarjeta|carta|cart[aã]o|pan)\b|银行卡|信用卡|储蓄卡|卡号|銀行卡|カード/i,
});
