// Removes at start what earlier sessions left: deleted records whose undo is past, and chunks that no record names.
import type { CheckpointManifest } from '../base/records/checkpoint';
import { rootIdOf } from '../base/records/dataset';
import type { Id } from '../base/records/named';
import type { PreparedRecord } from '../base/records/prepared';
import type { RunRecord } from '../base/records/run';
import { ofRun } from './checkpoints';
import { keysOf } from './datasets';
import type { AtelierDb, StoreName } from './db';
import { sweepDownloads } from './downloads';
import { removeLabelTasks } from './labels';
import { browserLocks, underWay, type Locks } from './locks';
import { dropUnnamed } from './preparedUpkeep';
import { recordsOf } from './readErrors';
import { historyOf, isTunedFrom } from './runs';
import { write } from './write';

/** What a start has found and mended. */
export interface Swept {
  /** Runs that were under way when the browser ended. */
  interrupted: Id[];
  /** Records whose delete can no longer be undone, and what belonged to them. */
  removed: Id[];
  /** Ids whose chunks had lost, or never got, their record. */
  orphans: Id[];
}

/** A delete younger than this may still be undone in another tab. */
export const UNDO_MS = 10_000;

type UnderWay = Awaited<ReturnType<typeof underWay>>;

/**
 * Brings the storage in order at the start of a visit; what another tab has under way is left alone. Runs that say
 * `running` or `paused` though nobody holds them become `interrupted`, deleted records go for good, orphan chunks are
 * removed.
 */
export async function sweepAtStart(db: AtelierDb, options: { locks?: Locks; now?: number } = {}): Promise<Swept> {
  const locks = options.locks ?? browserLocks();
  const now = options.now ?? Date.now();
  const before = now - UNDO_MS;
  const interrupted = await markInterrupted(db, locks);
  const removed = await removeDeleted(db, before, locks);
  const candidates = await orphanCandidates(db);
  // asked after the candidates were listed: a writer that is not seen now has finished, and then its record is there
  const copies = await dropUnnamed(db, before, locks);
  const orphans = await removeOrphans(db, candidates, await underWay(locks));
  await sweepDownloads(db, now);
  return { interrupted, removed: [...removed, ...copies], orphans };
}

const isUnderWay = ({ status }: RunRecord): boolean => status === 'running' || status === 'paused';

/** Runs are listed before the locks are asked for: one that begins takes its lock first, then keeps its record. */
async function markInterrupted(db: AtelierDb, locks: Locks): Promise<Id[]> {
  const runs = (await db.getAll('runs')).filter(isUnderWay);
  const now = await underWay(locks);
  const lost = runs.filter((run) => !now.run(run.id));
  if (lost.length) {
    await write(db, ['runs'], async (tx) => {
      for (const { id } of lost) {
        const run = await tx.objectStore('runs').get(id);
        if (run && isUnderWay(run)) await tx.objectStore('runs').put({ ...run, status: 'interrupted' });
      }
    });
  }
  return lost.map((run) => run.id);
}

/** A record that cannot be read now may name any other: then those stay. */
export async function removeDeleted(db: AtelierDb, before: number, locks: Locks): Promise<Id[]> {
  const due = (record: { deletedAt?: number }): boolean => record.deletedAt !== undefined && record.deletedAt < before;
  const [{ records: runs, whole: allRuns }, { records: models, whole: allModels }] = await Promise.all([
    recordsOf(db, 'runs'),
    recordsOf(db, 'models'),
  ]);
  const [datasets, tokenizers, prepared, talks, labelTasks, evaluations, judgings, checkSets] = await Promise.all([
    db.getAll('datasets'),
    db.getAll('tokenizers'),
    db.getAll('prepared'),
    db.getAll('talks'),
    db.getAll('labelTasks'),
    db.getAll('evaluations'),
    db.getAll('judgings'),
    db.getAll('checkSets'),
  ]);
  const now = await underWay(locks); // after the runs were listed, as above
  const gone = runs.filter((run) => due(run) && !now.run(run.id)).map((run) => run.id);
  const left = runs.filter((run) => !gone.includes(run.id));
  const readNow = new Set(left.filter((run) => now.run(run.id)).map((run) => run.preparedId));
  const busy = new Set(prepared.filter((p) => readNow.has(p.id)).flatMap((p) => p.datasetIds));

  const goneDatasets = datasets.filter((d) => due(d) && !busy.has(d.id)).map((d) => d.id);
  const unneeded = (id: Id): boolean => allRuns && left.every((run) => !isTunedFrom(run, id));
  const goneModels = models.filter((m) => due(m) && unneeded(m.id)).map((m) => m.id);
  const needed = new Set([
    ...left.map((run) => run.tokenizerId),
    ...models.filter((m) => !goneModels.includes(m.id)).map((m) => m.tokenizerId),
  ]);
  const free = (id: Id): boolean => allRuns && allModels && !needed.has(id);
  const goneTokenizers = tokenizers.filter((t) => due(t) && free(t.id)).map((t) => t.id);
  const datasetsLeft = await idsLeft(db, 'datasets', goneDatasets);
  const goneTokens = withoutParts(prepared, datasetsLeft, await idsLeft(db, 'tokenizers', goneTokenizers))
    .filter((p) => !readNow.has(p.id) && p.createdAt < before)
    .map((p) => p.id);

  const goneTalks = talks.filter(due).map((t) => t.id);
  const goneEvaluations = evaluations.filter(due).map((evaluation) => evaluation.id);
  const goneJudgings = judgings.filter(due).map((judging) => judging.id);
  const goneCheckSets = checkSets.filter(due).map((set) => set.id);
  const roots = new Set(datasets.filter(({ id }) => !goneDatasets.includes(id)).map(rootIdOf));
  const goneLabels = labelTasks.filter((task) => due(task) || !roots.has(task.rootId)).map((task) => task.id);

  for (const id of gone) await removeRun(db, id);
  for (const id of goneTalks) await write(db, ['talks'], (tx) => tx.objectStore('talks').delete(id));
  for (const id of goneTokens) await removeWithChunks(db, 'prepared', 'tokenChunks', id); // before their text's record
  for (const id of goneDatasets) {
    await removeWithChunks(db, 'datasets', 'rowChunks', id);
    await write(db, ['recipes'], (tx) => tx.objectStore('recipes').delete(id));
  }
  if (goneLabels.length) await removeLabelTasks(db, goneLabels);
  for (const id of goneEvaluations) await removeWithChunks(db, 'evaluations', 'evaluationRows', id);
  for (const id of goneJudgings) await removeWithChunks(db, 'judgings', 'judgements', id);
  for (const id of goneCheckSets) await removeWithChunks(db, 'checkSets', 'checkRuns', id);
  for (const id of goneModels) await removeWithChunks(db, 'models', 'modelChunks', id);
  for (const id of goneTokenizers) await write(db, ['tokenizers'], (tx) => tx.objectStore('tokenizers').delete(id));
  const withChunks = [...gone, ...goneDatasets, ...goneTokens, ...goneModels, ...goneEvaluations, ...goneJudgings];
  return [...withChunks, ...goneTokenizers, ...goneTalks, ...goneLabels, ...goneCheckSets];
}

/** By their keys: those whose record cannot be read now are there. */
const idsLeft = async (
  db: AtelierDb,
  store: 'datasets' | 'tokenizers',
  gone: readonly Id[],
): Promise<ReadonlySet<Id>> => new Set((await db.getAllKeys(store)).filter((id) => !gone.includes(id)));

/**
 * Prepared texts of which a dataset or the tokenizer is not there: tokens are a copy of the text, and who deletes a
 * dataset wants them gone too, whatever cut short the sweep or the writing that should have seen to it.
 */
const withoutParts = (
  prepared: readonly PreparedRecord[],
  datasets: ReadonlySet<Id>,
  tokenizers: ReadonlySet<Id>,
): PreparedRecord[] =>
  prepared.filter((p) => !tokenizers.has(p.tokenizerId) || p.datasetIds.some((id) => !datasets.has(id)));

const removeWithChunks = (
  db: AtelierDb,
  store: (typeof RECORDS_OF)[ChunkStore],
  chunks: ChunkStore,
  id: Id,
): Promise<void> =>
  write(db, [store, chunks] as StoreName[], (tx) =>
    Promise.all([tx.objectStore(store).delete(id), tx.objectStore(chunks).delete(keysOf(id))]),
  );

async function removeRun(db: AtelierDb, runId: Id): Promise<void> {
  await write(db, ['runs', 'history', 'checkpoints', 'checkpointChunks'], async (tx) => {
    const manifests: CheckpointManifest[] = await tx.objectStore('checkpoints').index('byRun').getAll(ofRun(runId));
    const parts = await tx.objectStore('history').index('byRun').getAllKeys(historyOf(runId));
    await Promise.all([
      tx.objectStore('runs').delete(runId),
      ...parts.map((key) => tx.objectStore('history').delete(key)),
      ...manifests.flatMap(({ id }) => [
        tx.objectStore('checkpoints').delete(id),
        tx.objectStore('checkpointChunks').delete(keysOf(id)),
      ]),
    ]);
  });
}

const RECORDS_OF = {
  rowChunks: 'datasets',
  tokenChunks: 'prepared',
  checkpointChunks: 'checkpoints',
  modelChunks: 'models',
  evaluationRows: 'evaluations',
  judgements: 'judgings',
  checkRuns: 'checkSets',
} as const;
type ChunkStore = keyof typeof RECORDS_OF;
const CHUNK_STORES = Object.keys(RECORDS_OF) as ChunkStore[];

/** Ids with chunks but without a record. */
async function orphanCandidates(db: AtelierDb): Promise<{ store: ChunkStore; id: Id }[]> {
  const found: { store: ChunkStore; id: Id }[] = [];
  for (const store of CHUNK_STORES) {
    const owners = new Set((await db.getAllKeys(store)).map(([id]) => id));
    const known = new Set(await db.getAllKeys(RECORDS_OF[store]));
    for (const id of owners) if (!known.has(id)) found.push({ store, id });
  }
  return found;
}

async function removeOrphans(db: AtelierDb, candidates: { store: ChunkStore; id: Id }[], now: UnderWay): Promise<Id[]> {
  const removed: Id[] = [];
  for (const { store, id } of candidates) {
    if (now.writing(id) || (await db.getKey(RECORDS_OF[store], id)) !== undefined) continue;
    await write(db, [store], (tx) => tx.objectStore(store).delete(keysOf(id)));
    removed.push(id);
  }
  return removed;
}
