import { AtelierError } from '../base/errors/errors';
import type { AtelierDb } from './db';
import { browserLocks, underWay } from './locks';
import { write } from './write';

/** Empties every store, in one transaction. Throws run-busy while a run is under way in any tab. Cannot be undone. */
export async function deleteEverything(db: AtelierDb, locks = browserLocks()): Promise<void> {
  const now = await underWay(locks);
  const busy = (await db.getAll('runs')).find((run) => now.run(run.id));
  if (busy) throw new AtelierError('run-busy', { name: busy.name });
  const stores = [...db.objectStoreNames];
  await write(db, stores, (tx) => Promise.all(stores.map((store) => tx.objectStore(store).clear())));
}
