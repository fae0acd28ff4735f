// Which runs need a text to go on: what is asked about before it is deleted. It deletes nothing.
import type { Id } from '../base/records/named';
import type { ReadingRun } from '../base/records/run';
import type { AtelierDb } from './db';
import { browserLocks, underWay, type Locks } from './locks';
import { listRuns } from './runs';

/** Runs that read the text and have not reached their end, newest first. */
export async function readersOf(db: AtelierDb, datasetId: Id, locks: Locks = browserLocks()): Promise<ReadingRun[]> {
  const tokens = (await db.getAll('prepared')).filter(({ datasetIds }) => datasetIds.includes(datasetId));
  const ids = new Set<Id | undefined>(tokens.map(({ id }) => id));
  const runs = (await listRuns(db)).filter(({ preparedId, status }) => ids.has(preparedId) && status !== 'finished');
  const now = await underWay(locks);
  return runs.map(({ id, name }) => ({ id, name, underWay: now.run(id) }));
}
