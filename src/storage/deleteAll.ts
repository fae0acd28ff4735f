// Deletes everything the studio stored in this browser. It waits for no undo.
import { AtelierError } from '../base/errors/errors';
import type { AtelierDb } from './db';
import { browserLocks, underWay } from './locks';
import { write } from './write';

/**
 * Empties every store, in one transaction. Cannot be undone.
 * @throws run-training while a run is under way in any tab, storage-busy while something is being brought in or
 * prepared: its record would come after all else is gone, without its first chunks
 */
export async function deleteEverything(db: AtelierDb, locks = browserLocks()): Promise<void> {
  const now = await underWay(locks);
  const busy = (await db.getAll('runs')).find((run) => now.run(run.id));
  if (busy) throw new AtelierError('run-training', { name: busy.name });
  if (now.anyWriting) throw new AtelierError('storage-busy');
  const stores = [...db.objectStoreNames];
  await write(db, stores, (tx) => Promise.all(stores.map((store) => tx.objectStore(store).clear())));
}
