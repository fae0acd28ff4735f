// Records of runs and what was measured in them, step by step. Their weights are in `checkpoints.ts`.
import { AtelierError } from '../base/errors/errors';
import type { HistoryPart } from '../base/wire/events';
import type { Id } from '../base/records/named';
import { LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, type RunRecord } from '../base/records/run';
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
const OF_THE_PAGE = ['id', 'name', 'createdAt', 'deletedAt', 'note', 'tags', 'thresholds'] as const;
export type RunPatch = Partial<Omit<RunRecord, (typeof OF_THE_PAGE)[number]>>;

/** The record with a patch; the fields of the page stay as they are stored, even when the patch holds them. */
export const patched = (stored: RunRecord, patch: RunPatch): RunRecord => {
  const theirs = Object.entries(patch).filter(([key]) => !OF_THE_PAGE.some((name) => name === key));
  const after: RunRecord = { ...stored, ...Object.fromEntries(theirs) };
  if (patch.status === 'running' && !patch.error) delete after.error; // it goes on: what once stopped it is past
  if (patch.status === 'running') delete after.stoppedEarly;
  return after;
};

/** What a person writes about a run. */
export type Annotation = Required<Pick<RunRecord, 'note' | 'tags'>>;

/**
 * Stores what a person wrote about a run, in place of what stood there. Blanks at the ends and repeats go.
 * @throws run-missing
 */
export async function annotateRun(db: AtelierDb, id: Id, { note, tags }: Annotation): Promise<void> {
  const kept = [...new Set(tags.map((tag) => tag.trim().slice(0, LONGEST_TAG)).filter((tag) => tag !== ''))];
  const text = note.trim().slice(0, LONGEST_NOTE);
  await write(db, ['runs'], async (tx) => {
    const store = tx.objectStore('runs');
    const stored = await store.get(id);
    if (!stored) throw new AtelierError('run-missing');
    const { note: _note, tags: _tags, ...rest } = stored;
    await store.put({ ...rest, ...(text && { note: text }), ...(kept[0] && { tags: kept.slice(0, MOST_TAGS) }) });
  });
}

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

/** @throws run-training while the run is under way in any tab */
export async function deleteRun(db: AtelierDb, id: Id, locks = browserLocks()): Promise<void> {
  const { name } = await getRun(db, id);
  if ((await underWay(locks)).run(id)) throw new AtelierError('run-training', { name });
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
