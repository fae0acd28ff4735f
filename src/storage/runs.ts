// Records of runs and what was measured in them, step by step. Their weights are in `checkpoints.ts`.
import { AtelierError } from '../base/errors/errors';
import type { HistoryPart } from '../base/wire/events';
import type { Id } from '../base/records/named';
import type { RunRecord } from '../base/records/run';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { browserLocks, underWay } from './locks';
import { write } from './write';

export const listRuns = (db: AtelierDb) => listNamed(db, 'runs');
/** @throws run-missing */
export const getRun = (db: AtelierDb, id: Id) => getNamed(db, 'runs', id);
export const renameRun = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'runs', id, name);

/** Whether a run needs a kept model: an adapter its weights, all others its template, end tokens and licence. */
export const isTunedFrom = ({ lora, pretrainedId, origin }: RunRecord, modelId: Id): boolean =>
  [lora?.baseId, pretrainedId, origin.kind === 'model' ? origin.modelId : undefined].includes(modelId);

/** Keeps a new run. */
export const addRun = (db: AtelierDb, run: RunRecord): Promise<void> =>
  write(db, ['runs'], (tx) => tx.objectStore('runs').put(run));

/** What the page may change while a worker holds the run; a worker's copy never writes over it. */
type OfThePage = 'id' | 'name' | 'createdAt' | 'deletedAt';
export type RunPatch = Partial<Omit<RunRecord, OfThePage>>;

/** The record with a patch; the fields of the page stay as they are stored, even when the patch holds them. */
export const patched = (stored: RunRecord, patch: RunPatch): RunRecord => {
  const { id, name, createdAt, deletedAt } = stored;
  const { deletedAt: _theirs, ...rest } = { ...stored, ...patch };
  if (patch.status === 'running' && !patch.error) delete rest.error; // it goes on: what once stopped it is past
  return { ...rest, id, name, createdAt, ...(deletedAt !== undefined && { deletedAt }) };
};

/**
 * Changes a run's record; a whole record will do as the patch.
 * @throws run-missing
 */
export async function patchRun(db: AtelierDb, id: Id, patch: RunPatch): Promise<void> {
  await write(db, ['runs'], async (tx) => {
    const store = tx.objectStore('runs');
    const stored = await store.get(id);
    if (!stored) throw new AtelierError('run-missing');
    await store.put(patched(stored, patch));
  });
}

/**
 * Changes the record of a run that ends, and keeps what was measured since its last checkpoint, at once.
 * @throws run-missing
 */
export async function endRun(db: AtelierDb, id: Id, patch: RunPatch, history: HistoryPart): Promise<void> {
  await write(db, ['runs', 'history'], async (tx) => {
    const stored = await tx.objectStore('runs').get(id);
    if (!stored) throw new AtelierError('run-missing');
    await tx.objectStore('runs').put(patched(stored, patch));
    if (!isEmptyHistory(history)) await tx.objectStore('history').add(history);
  });
}

/** Whether nothing was measured. */
export const isEmptyHistory = ({ steps, validations, samples }: HistoryPart): boolean =>
  steps.length + validations.length + samples.length === 0;

/** @throws run-busy while the run is under way in any tab */
export async function deleteRun(db: AtelierDb, id: Id, locks = browserLocks()): Promise<void> {
  const { name } = await getRun(db, id);
  if ((await underWay(locks)).run(id)) throw new AtelierError('run-busy', { name });
  await deleteNamed(db, 'runs', id);
}

/** Also brings back the run's tokenizer, should that have been deleted after it. */
export async function restoreRun(db: AtelierDb, id: Id): Promise<void> {
  const { tokenizerId } = await getRun(db, id);
  if (await db.getKey('tokenizers', tokenizerId)) await restoreNamed(db, 'tokenizers', tokenizerId);
  await restoreNamed(db, 'runs', id);
}

export const historyOf = (runId: Id, afterStep = -1): IDBKeyRange =>
  IDBKeyRange.bound([runId, afterStep], [runId, []], afterStep >= 0);

/** All that was measured in a run, in order. */
export const readHistory = (db: AtelierDb, runId: Id): Promise<HistoryPart[]> =>
  db.getAllFromIndex('history', 'byRun', historyOf(runId));

/** Forgets what was measured after `step`: a run that goes on from there measures it again. */
export async function truncateHistory(db: AtelierDb, runId: Id, step: number): Promise<void> {
  await write(db, ['history'], async (tx) => {
    const store = tx.objectStore('history');
    const keys = await store.index('byRun').getAllKeys(historyOf(runId, step));
    await Promise.all(keys.map((key) => store.delete(key)));
  });
}
