/** The sums that check digits follow, over strings of digits; each equals that of python-stdnum. */

const ZERO = 48;

/** The sum of digits by weights, of as many as there are weights. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (const [i, weight] of weights.entries()) sum += weight * (digits.charCodeAt(i) - ZERO);
  return sum;
}

/** ISO/IEC 7812: every second digit from the right counts double. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = (digits.charCodeAt(i) - ZERO) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** The remainder of a number of any length; letters count 10 to 35, as ISO 7064 has it. */
export function remainderOf(compact: string, divisor: number): number {
  let rest = 0;
  for (const sign of compact) {
    const value = parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % divisor;
  }
  return rest;
}

/** ISO 7064 Mod 11,10. */
export function passesMod1110(digits: string): boolean {
  let check = 5;
  for (const digit of digits) check = ((((check || 10) * 2) % 11) + Number(digit)) % 10;
  return check === 1;
}

/** The multiplication of the dihedral group of order 10. */
const times = (a: number, b: number): number => {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5;
  return b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5;
};
const TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Verhoeff's permutation, `power` times. */
const turned = (digit: number, power: number): number => {
  let value = digit;
  for (let i = 0; i < power; i++) value = TURN[value]!;
  return value;
};

export function passesVerhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++)
    check = times(check, turned(digits.charCodeAt(digits.length - 1 - i) - ZERO, i % 8));
  return check === 0;
}

/** Whether there is such a day; a year of two digits is tried in both centuries. */
export function isDate(year: number, month: number, day: number): boolean {
  const years = year < 100 ? [1900 + year, 2000 + year] : [year];
  return years.some((full) => {
    const date = new Date(Date.UTC(full, month - 1, day));
    return date.getUTCFullYear() === full && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  });
}

/** Whether the digits from `at` are a day, each part with two digits in the order that `order` names. */
export function hasDate(digits: string, at: number, order: 'ymd' | 'dmy'): boolean {
  const [a, month, b] = [0, 2, 4].map((offset) => Number(digits.slice(at + offset, at + offset + 2))) as [
    number,
    number,
    number,
  ];
  return order === 'ymd' ? isDate(a, month, b) : isDate(b, month, a);
}
