/**
 * Held-out rows that ask what a training row asks, but for case and blanks: their loss looks better than it is. Rows
 * that are the same as a whole never come on both sides (see `HoldoutPlanner`).
 */
import type { Check } from './check';
import { textKey } from './textKey';

/** What tells two questions apart. */
export const questionKey = (question: string): number => textKey(question.toLowerCase().replace(/\s+/g, ' ').trim());

export const rowsInBoth: Check = {
  code: 'rows-in-both',
  level: 'warn',
  cures: ['move-to-training'],
  look: () => {
    const trained = new Set<number>();
    const held: { key: number; number: number }[] = [];
    return {
      see: (row) => {
        const key = questionKey(row.question);
        if (row.held) held.push({ key, number: row.number });
        else trained.add(key);
      },
      // Only after the last row all training questions are known.
      found: () => {
        const rows = held.flatMap(({ key, number }) => (trained.has(key) ? [number] : []));
        return rows.length ? { count: rows.length, rows } : undefined;
      },
    };
  },
};
