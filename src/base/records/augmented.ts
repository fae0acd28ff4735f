// Rows that were made of others: how they are marked, and which rows belong together.
import type { RowFacts } from './recipe';

/** The column of rows that were made: by what. */
export const AUGMENTED = 'augmented';

/** The column that a row and those made of it share; it stays the same in files, and where datasets are joined. */
export const AUGMENTED_GROUP = 'augmented-group';

/** What a file says of rows that were not made. */
const NOT_MADE = new Set(['', 'false', 'no', '0', 'none', 'null']);

/** Such a row is never held out. */
export function isAugmented(facts: RowFacts): boolean {
  const value = facts[AUGMENTED];
  return value !== undefined && !NOT_MADE.has(String(value).trim().toLowerCase());
}

export function augmentedGroup(facts: RowFacts): string | undefined {
  const group = facts[AUGMENTED_GROUP];
  return group === undefined || group === '' ? undefined : String(group);
}
