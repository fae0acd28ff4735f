/** International bank account numbers: the country's structure of the SWIFT registry, and the remainder of 97. */
import { remainderOf } from './checksums';
import { compactOf, standsAlone, weighed, type NumberFinder } from './finder';
import { IBAN_STRUCTURES } from './ibanStructures';

const CLASSES: Record<string, string> = { n: '[0-9]', a: '[A-Z]', c: '[A-Z0-9]' };

/** By country: how long the whole is, and the account's part, which the registry writes as `8n10n`. */
const ACCOUNTS = new Map(
  IBAN_STRUCTURES.split(' ').map((entry) => {
    const parts = [...entry.slice(2).matchAll(/(\d+)([nac])/g)];
    const length = parts.reduce((sum, [, count]) => sum + Number(count), 4);
    const pattern = parts.map(([, count = '', kind = '']) => `${CLASSES[kind] ?? ''}{${count}}`).join('');
    return [entry.slice(0, 2), { length, pattern: new RegExp(`^${pattern}$`) }] as const;
  }),
);

export function isIban(compact: string): boolean {
  const account = ACCOUNTS.get(compact.slice(0, 2));
  if (account?.length !== compact.length || !account.pattern.test(compact.slice(4))) return false;
  return remainderOf(compact.slice(4) + compact.slice(0, 4), 97) === 1;
}

/** Where so many letters and digits end, with at most one blank or hyphen between two of them. */
function endOf(text: string, start: number, length: number): number | undefined {
  let at = start;
  for (let left = length; left > 0; at++) {
    const sign = text[at] ?? '';
    if (/[A-Za-z0-9]/.test(sign)) left--;
    else if (!/[ -]/.test(sign) || /[ -]/.test(text[at - 1] ?? '')) return undefined;
  }
  return at;
}

const RULE = {
  kind: 'iban',
  form: 'iban',
  checked: true,
  beside: 99,
  words: /\b(?:iban|bic|konto\w{0,12}|account|compte|cuenta|conto|rekening|bank)\b|账户|账号|銀行/i,
} as const;

export const iban: NumberFinder = {
  kind: 'iban',
  runs: [],
  read: (text, at) => {
    const start = at - 2;
    const account = start < 0 ? undefined : ACCOUNTS.get(text.slice(start, at).toUpperCase());
    const end = account && endOf(text, start, account.length);
    if (end === undefined || !standsAlone(text, start, end)) return undefined;
    return isIban(compactOf(text.slice(start, end))) ? weighed(RULE, text, [start, end], 97) : undefined;
  },
};
