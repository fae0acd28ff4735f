// The queue of runs: its entries in their order, and the switch. It starts nothing.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { QueuedRun, QueueEntry, QueueStanding, QueueSwitch } from '../base/wire/queue';
import type { AtelierDb } from './db';
import { browserLocks, underWay } from './locks';
import { write, type WriteTransaction } from './write';

const SWITCH = 'switch';

type QueueStore = ReturnType<WriteTransaction<['queue']>['objectStore']>;

const inOrder = (entries: readonly QueueEntry[]): QueueEntry[] => entries.toSorted((a, b) => a.place - b.place);

export async function readQueue(db: AtelierDb): Promise<QueueStanding> {
  const [entries, record] = await Promise.all([db.getAll('queue'), db.get('settings', 'queue')]);
  const kept = record?.value[SWITCH] as QueueSwitch | undefined;
  return { on: kept?.on ?? false, ...(kept?.held && { held: kept.held }), entries: inOrder(entries) };
}

/** Both stores are named, so that tabs which show the queue hear of it. */
export const switchQueue = (db: AtelierDb, to: QueueSwitch): Promise<void> =>
  write(db, ['settings', 'queue'], (tx) => tx.objectStore('settings').put({ key: 'queue', value: { [SWITCH]: to } }));

/**
 * Adds runs at the end, in their order, all of them or none.
 * @throws storage-full, storage-closed, storage-failed
 */
export async function addToQueue(db: AtelierDb, runs: readonly QueuedRun[]): Promise<QueueEntry[]> {
  const addedAt = Date.now();
  let added: QueueEntry[] = [];
  await write(
    db,
    ['queue'],
    async (tx) => {
      const store = tx.objectStore('queue');
      const place = await nextPlace(store);
      added = runs.map((run, i) => ({
        ...run,
        ...{ id: crypto.randomUUID(), place: place + i, addedAt, state: 'waiting' as const },
      }));
      await Promise.all(added.map((entry) => store.put(entry)));
    },
    JSON.stringify(runs).length,
  );
  return added;
}

const nextPlace = async (store: QueueStore): Promise<number> =>
  Math.max(0, ...(await store.getAll()).map(({ place }) => place)) + 1;

/** A run that is under way without having waited; nothing where it stands there already. */
export const adoptRun = (db: AtelierDb, { id, name }: Pick<QueueEntry, 'id' | 'name'>): Promise<void> =>
  write(db, ['queue'], async (tx) => {
    const store = tx.objectStore('queue');
    const known = await store.get(id);
    if (known?.state === 'running') return;
    const place = known?.place ?? (await nextPlace(store));
    const { error: _past, ...rest } = known ?? { addedAt: Date.now() };
    await store.put({ ...rest, id, name, place, state: 'running' });
  });

/** Nothing where the entry was taken out meanwhile. */
export const patchEntry = (
  db: AtelierDb,
  id: Id,
  patch: Pick<QueueEntry, 'state'> & Pick<Partial<QueueEntry>, 'error'>,
): Promise<void> =>
  write(db, ['queue'], async (tx) => {
    const store = tx.objectStore('queue');
    const entry = await store.get(id);
    if (!entry) return;
    const { error: _past, ...rest } = entry;
    await store.put({ ...rest, ...patch });
  });

/** Takes entries out; a run that is under way in any tab stays. */
export async function takeFromQueue(db: AtelierDb, ids: readonly Id[], locks = browserLocks()): Promise<void> {
  const now = await underWay(locks);
  const gone = ids.filter((id) => !now.run(id));
  await write(db, ['queue'], (tx) => Promise.all(gone.map((id) => tx.objectStore('queue').delete(id))));
}

/** Entries that were taken out, at their places; or that changed since, as they were. */
export const putBackInQueue = (db: AtelierDb, entries: readonly QueueEntry[]): Promise<void> =>
  write(db, ['queue'], (tx) => Promise.all(entries.map((entry) => tx.objectStore('queue').put(entry))));

/** Changes places with the nearest waiting entry before (−1) or behind (1); nothing at the ends. */
export const moveInQueue = (db: AtelierDb, id: Id, by: -1 | 1): Promise<void> =>
  write(db, ['queue'], async (tx) => {
    const store = tx.objectStore('queue');
    const waiting = inOrder(await store.getAll()).filter(({ state }) => state === 'waiting');
    const at = waiting.findIndex((entry) => entry.id === id);
    const [entry, other] = [waiting[at], waiting[at + by]];
    if (!entry || !other) return;
    await Promise.all([store.put({ ...entry, place: other.place }), store.put({ ...other, place: entry.place })]);
  });

/**
 * Makes an entry that failed wait once more, at the end, as a new run with what was chosen then.
 * @throws queue-entry-missing where it is gone, or its run was started by hand
 */
export async function queueAgain(db: AtelierDb, id: Id): Promise<void> {
  await write(db, ['queue'], async (tx) => {
    const store = tx.objectStore('queue');
    const entry = await store.get(id);
    if (!entry?.request) throw new AtelierError('queue-entry-missing');
    const { error: _past, ...rest } = entry;
    await store.delete(id);
    await store.put({ ...rest, id: crypto.randomUUID(), place: await nextPlace(store), state: 'waiting' });
  });
}
