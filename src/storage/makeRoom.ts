// Makes room in a full storage of what may go: what was deleted, copies that nothing names, automatic saves but one. It
// deletes nothing that the person has not let go of, and nothing that is being read.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import { prune } from './checkpoints';
import type { AtelierDb } from './db';
import { browserLocks, type Locks } from './locks';
import { dropUnnamed } from './preparedUpkeep';
import { removeDeleted, UNDO_MS } from './sweep';

/** What was removed. Records are let go of as at a start: once their delete is too old for the undo of a toast. */
export async function makeRoom(
  db: AtelierDb,
  { locks = browserLocks(), now = Date.now() }: { locks?: Locks; now?: number } = {},
): Promise<Id[]> {
  const before = now - UNDO_MS;
  const gone = [...(await removeDeleted(db, before, locks)), ...(await dropUnnamed(db, before, locks))];
  for (const runId of await db.getAllKeys('runs')) gone.push(...(await prune(db, runId, locks, 1).catch(() => [])));
  return gone;
}

/**
 * Work that stores something; where the storage is full, once more if room could be made.
 * @throws storage-full, and what the work throws
 */
export async function withRoom<T>(
  db: AtelierDb,
  work: () => Promise<T>,
  options?: { locks?: Locks; now?: number },
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof AtelierError) || thrown.code !== 'storage-full') throw thrown;
    const gone = await makeRoom(db, options).catch(() => []);
    if (!gone.length) throw thrown;
    return work();
  }
}
