/** Rows with what finders of personal data find; names are not looked for. The recipe's step of the kind cures it. */
import { LEAST_SCORE, PERSONAL_KINDS, type PersonalKind } from '../clean/personal/finder';
import { scanPersonal } from '../clean/personal/scan';
import { lookPerRow, type Check } from './check';

const ALL = new Set<PersonalKind>(PERSONAL_KINDS);

/** What the finding counts by itself; the rest together. */
const COUNTED: Partial<Record<PersonalKind, string>> = {
  email: 'email',
  phone: 'phone',
  card: 'account',
  iban: 'account',
  id: 'id',
};

export const personalData: Check = {
  code: 'personal-data',
  level: 'warn',
  look: () => {
    const counts: Record<string, number> = { email: 0, phone: 0, account: 0, id: 0, other: 0 };
    const hits = (text: string): boolean => {
      const found = scanPersonal(text, ALL, LEAST_SCORE);
      for (const { kind } of found) {
        const name = COUNTED[kind] ?? 'other';
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return found.length > 0;
    };
    return lookPerRow(
      ({ text }) => hits(text),
      () => ({ facts: counts }),
    );
  },
};
