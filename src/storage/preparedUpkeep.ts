// Replaces prepared tokens that are damaged, and removes copies that nothing names. It makes no tokens.
import type { Id } from '../base/records/named';
import type { PreparedRecord } from '../base/records/prepared';
import type { QueueEntry } from '../base/wire/queue';
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { browserLocks, unlessRead, type Locks } from './locks';
import { recordsOf } from './readErrors';
import { write } from './write';

/** Runs that wait in the queue name what they will read. */
const queuedIds = (entries: readonly QueueEntry[]): Id[] =>
  entries.flatMap(({ request, state }) => (request && state !== 'ended' ? [request.preparedId] : []));

/** Says that a prepared text is wanted, so that it is not taken for one that nothing names. */
export const usePrepared = (db: AtelierDb, prepared: PreparedRecord): Promise<void> =>
  write(db, ['prepared'], (tx) => tx.objectStore('prepared').put({ ...prepared, usedAt: Date.now() }));

/**
 * Removes a prepared text in favour of one made from the same parts: runs and checkpoints that name it name the other
 * where its tokens are the same, and else find theirs gone.
 */
export const replacePrepared = (db: AtelierDb, old: PreparedRecord, by: PreparedRecord): Promise<void> =>
  write(db, ['prepared', 'tokenChunks', 'runs', 'checkpoints', 'queue'], async (tx) => {
    if (old.sha256 === by.sha256) {
      const [runs, checkpoints] = [tx.objectStore('runs'), tx.objectStore('checkpoints')];
      const names = (of: { preparedId?: Id }): boolean => of.preparedId === old.id;
      for (const run of (await runs.getAll()).filter(names)) await runs.put({ ...run, preparedId: by.id });
      for (const of of (await checkpoints.getAll()).filter(names)) await checkpoints.put({ ...of, preparedId: by.id });
      const queue = tx.objectStore('queue');
      for (const entry of await queue.getAll())
        if (entry.request && names(entry.request))
          await queue.put({ ...entry, request: { ...entry.request, preparedId: by.id } });
    }
    await Promise.all([
      tx.objectStore('prepared').delete(old.id),
      tx.objectStore('tokenChunks').delete(keysOf(old.id)),
    ]);
  });

/**
 * Removes prepared texts that no run and no entry of the queue names and nobody reads, but the one of each text that
 * was used last, and those used after `before`: another seed, share or template is another copy of all tokens.
 */
export async function dropUnnamed(db: AtelierDb, before: number, locks: Locks = browserLocks()): Promise<Id[]> {
  const { records: runs, whole } = await recordsOf(db, 'runs');
  if (!whole) return []; // the one that cannot be read may name any
  const named = new Set([...runs.map(({ preparedId }) => preparedId), ...queuedIds(await db.getAll('queue'))]);
  const latest = new Map<string, PreparedRecord>();
  const all = (await db.getAll('prepared')).sort((a, b) => usedAt(a) - usedAt(b));
  for (const prepared of all) latest.set(prepared.datasetIds.join(), prepared);
  const kept = new Set([...latest.values()].map(({ id }) => id));
  const gone: Id[] = [];
  for (const prepared of all) {
    const { id } = prepared;
    if (named.has(id) || kept.has(id) || usedAt(prepared) >= before) continue;
    if (await unlessRead(id, () => removeUnnamed(db, id), locks)) gone.push(id);
  }
  return gone;
}

const usedAt = ({ usedAt, createdAt }: PreparedRecord): number => usedAt ?? createdAt;

/** Looks once more in the transaction that removes: a run may have begun or been queued meanwhile. */
const removeUnnamed = (db: AtelierDb, id: Id): Promise<void> =>
  write(db, ['prepared', 'tokenChunks', 'runs', 'queue'], async (tx) => {
    if ((await tx.objectStore('runs').getAll()).some(({ preparedId }) => preparedId === id)) return;
    if (queuedIds(await tx.objectStore('queue').getAll()).includes(id)) return;
    await Promise.all([tx.objectStore('prepared').delete(id), tx.objectStore('tokenChunks').delete(keysOf(id))]);
  });
