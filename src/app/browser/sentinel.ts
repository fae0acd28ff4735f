// What the storage held when it was last looked at, in localStorage: outside of IndexedDB, so that it outlives a
// database that is evicted, cleared or damaged. It is no copy of anything.
import type { StoredCounts } from '../../base/wire/machine';
import { readSetting, writeSetting } from './browserPrefs';

/** What was last seen in the storage. */
export interface LastSeen extends StoredCounts {
  schema: number;
  savedAt?: number | undefined;
  /** Records that could not be read, and were told. */
  unreadable: number;
}

const KEY = 'atelier-last-seen';

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** What was last seen; undefined where nothing was, or where the browser keeps no such values. */
export function readLastSeen(): LastSeen | undefined {
  try {
    const kept = JSON.parse(readSetting(KEY) ?? 'null') as Partial<Record<keyof LastSeen, unknown>> | null;
    if (!kept) return undefined;
    const { schema, runs, texts, models, unreadable, savedAt } = kept;
    if (![schema, runs, texts, models, unreadable].every(isCount)) return undefined;
    return { ...(kept as LastSeen), savedAt: isCount(savedAt) ? savedAt : undefined };
  } catch {
    return undefined;
  }
}

export const writeLastSeen = (seen: LastSeen): void => writeSetting(KEY, JSON.stringify(seen));

/** Part of deleting everything: what is deleted on purpose is not missed. */
export const forgetLastSeen = (): void => writeSetting(KEY, 'null');
