// Writes, lists and prunes checkpoints. A checkpoint is whole or absent: its manifest, its run's record and the history
// change in one transaction; the manifest is written last.
import { AtelierError } from '../base/errors/errors';
import type { HistoryPart, OnProgress } from '../base/wire/events';
import type { CheckpointManifest, CheckpointSummary } from '../base/records/checkpoint';
import type { Id } from '../base/records/named';
import { isLeftBehind, type RunRecord } from '../base/records/run';
import { ChunkedTensors, sha256Of, type TensorSource } from './checkpointChunks';
import { readCheckpoint, verify, type OpenCheckpoint } from './checkpointReading';
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { browserLocks, unlessRead, whileWriting, type Locks } from './locks';
import { unreadableSince } from './readErrors';
import { isEmptyHistory, patched, type RunPatch } from './runs';
import { surplusOf } from './surplus';
import { write, type WriteTransaction } from './write';

/** What the caller knows of a checkpoint; the rest follows from its tensors. */
export type CheckpointDraft = Omit<
  CheckpointManifest,
  'id' | 'schema' | 'createdAt' | 'tensors' | 'byteLength' | 'chunks' | 'weightsSha256'
>;

/** What is kept with a checkpoint, in the same transaction. */
export interface KeptWith {
  /** Changes to the run's record; or the whole record of a run that comes to be with this checkpoint. */
  run: RunPatch | { create: RunRecord };
  /** What was measured since the checkpoint before. */
  history?: HistoryPart;
}

export interface SaveOptions {
  onProgress?: OnProgress;
  /** 4 to 16 MB: measured to be the fastest size for IndexedDB. */
  chunkBytes?: number;
  /** Up to here all bytes stand in memory and go in one transaction; above, chunk by chunk. */
  oneTransactionBytes?: number;
  locks?: Locks;
}

export const CHUNK_BYTES = 8 * 1024 * 1024;
export const ONE_TRANSACTION_BYTES = 256 * 1024 * 1024;

/** The stores that change together: a checkpoint, its run's record and the history up to it. */
const STORES = ['checkpointChunks', 'checkpoints', 'runs', 'history'] as const;
type SaveTransaction = WriteTransaction<[...typeof STORES]>;
interface Chunk {
  bytes: Uint8Array<ArrayBuffer>;
  sha256: string;
}

/**
 * Keeps a checkpoint with its run's record and the history since the last one: all of it or nothing. Resolves when it
 * is on the disk; only then is it saved. The tensors are read one by one, in order, before any transaction opens (it
 * would close by itself meanwhile).
 * @throws storage-full, storage-failed, storage-closed, run-missing; the checkpoints before it stay
 */
export async function saveCheckpoint(
  db: AtelierDb,
  draft: CheckpointDraft,
  sources: readonly TensorSource[],
  keep: KeptWith,
  options: SaveOptions = {},
): Promise<CheckpointManifest> {
  const id = crypto.randomUUID();
  const tensors = new ChunkedTensors(sources, options.chunkBytes ?? CHUNK_BYTES);
  const small = tensors.byteLength <= (options.oneTransactionBytes ?? ONE_TRANSACTION_BYTES);
  const kept: Chunk[] = [];
  const described: CheckpointManifest['chunks'] = [];

  const save = async () => {
    let done = 0;
    for await (const bytes of tensors.chunks()) {
      const chunk = { bytes, sha256: await sha256Of(bytes) };
      if (small) kept.push(chunk);
      else await putChunk(db, id, described.length, chunk);
      described.push({ bytes: bytes.byteLength, sha256: chunk.sha256 });
      done += bytes.byteLength;
      options.onProgress?.({ phase: 'saving', done, total: tensors.byteLength, unit: 'bytes' });
    }
    const manifest: CheckpointManifest = {
      ...draft,
      id,
      schema: 1,
      createdAt: await nextTime(db, draft.runId),
      tensors: tensors.tensors,
      byteLength: tensors.byteLength,
      chunks: described,
      weightsSha256: tensors.weightsSha256(),
    };
    await twice(kept, () => putManifest(db, manifest, kept, keep));
    return manifest;
  };
  return small ? save() : whileWriting(id, () => saveOrRemove(db, id, save), options.locks ?? browserLocks());
}

/** The chunks of a large checkpoint that failed are removed; should that fail too, the next sweep finds them. */
async function saveOrRemove<T>(db: AtelierDb, id: Id, save: () => Promise<T>): Promise<T> {
  try {
    return await save();
  } catch (thrown) {
    await write(db, ['checkpointChunks'], (tx) => tx.objectStore('checkpointChunks').delete(keysOf(id))).catch(
      () => undefined,
    );
    throw thrown;
  }
}

/**
 * Chromium sometimes fails a large write for no lasting reason (`DataError: Failed to write blobs`): the buffers are
 * made anew and the write is tried once more. A full disk or a missing run would only fail again.
 */
export async function twice(chunks: Pick<Chunk, 'bytes'>[], attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (thrown) {
    if (!(thrown instanceof AtelierError) || thrown.code !== 'storage-failed') throw thrown;
    for (const chunk of chunks) chunk.bytes = chunk.bytes.slice();
    await attempt();
  }
}

const putChunk = (db: AtelierDb, id: Id, index: number, chunk: Chunk): Promise<void> =>
  twice([chunk], () =>
    write(
      db,
      ['checkpointChunks'],
      (tx) => tx.objectStore('checkpointChunks').put(chunk.bytes.buffer, [id, index]),
      chunk.bytes.byteLength,
    ),
  );

async function putManifest(
  db: AtelierDb,
  manifest: CheckpointManifest,
  chunks: readonly Chunk[],
  { run: change, history }: KeptWith,
): Promise<void> {
  const earlier = manifest.best ? (await manifestsOf(db, manifest.runId)).filter(({ best }) => best) : [];
  const work = async (tx: SaveTransaction) => {
    const stored = await tx.objectStore('runs').get(manifest.runId);
    const run = 'create' in change ? change.create : stored && patched(stored, change);
    if (!run) throw new AtelierError('run-missing'); // deleted for good meanwhile: nothing may be kept for it
    const store = tx.objectStore('checkpointChunks');
    await Promise.all([
      ...chunks.map((chunk, i) => store.put(chunk.bytes.buffer, [manifest.id, i])),
      ...earlier.map((before) => tx.objectStore('checkpoints').put({ ...before, best: false })),
      tx.objectStore('checkpoints').put(manifest),
      tx.objectStore('runs').put(run),
      ...(history && !isEmptyHistory(history) ? [tx.objectStore('history').add(history)] : []),
    ]);
  };
  return write(db, [...STORES], work, manifest.byteLength);
}

/** The manifests of a run in the index `byRun`, in the order of writing. */
export const ofRun = (runId: Id): IDBKeyRange => IDBKeyRange.bound([runId], [runId, []]);

const manifestsOf = async (db: AtelierDb, runId: Id): Promise<CheckpointManifest[]> =>
  (await db.getAllFromIndex('checkpoints', 'byRun', ofRun(runId))).reverse();

/**
 * Now, but later than the run's checkpoints so far, should the clock have been set back. The order of writing counts,
 * not the step: a run that went on from an earlier checkpoint has left the later ones behind.
 */
async function nextTime(db: AtelierDb, runId: Id): Promise<number> {
  const [latest] = await manifestsOf(db, runId);
  return Math.max(Date.now(), (latest?.createdAt ?? 0) + 1);
}

export const summaryOf = (m: CheckpointManifest): CheckpointSummary => ({
  id: m.id,
  runId: m.runId,
  createdAt: m.createdAt,
  step: m.step,
  reason: m.reason,
  best: m.best,
  byteLength: m.byteLength,
  validationLoss: m.validationLoss,
  trainLoss: m.trainLoss,
  medianLoss: m.medianLoss,
  weightsSha256: m.weightsSha256,
});

/** Latest first. */
export const listCheckpoints = async (db: AtelierDb, runId: Id): Promise<CheckpointSummary[]> =>
  (await manifestsOf(db, runId)).map(summaryOf);

/**
 * The checkpoint, whose bytes are verified as they are read.
 * @throws checkpoint-missing
 */
export async function openCheckpoint(db: AtelierDb, id: Id): Promise<OpenCheckpoint> {
  const manifest = await db.get('checkpoints', id);
  if (!manifest) throw new AtelierError('checkpoint-missing');
  return readCheckpoint(db, manifest);
}

export interface Newest extends OpenCheckpoint {
  /** Later ones that do not read back; the caller says so to the person. */
  damaged: { checkpoint: CheckpointSummary; error: AtelierError }[];
}

/**
 * The latest checkpoint of a run, of those that count, whose every chunk matches its hash. Undefined where there is
 * none; throws checkpoint-damaged of the latest where none reads back.
 */
export async function newestReadable(
  db: AtelierDb,
  runId: Id,
  counts: (manifest: CheckpointManifest) => boolean = () => true,
): Promise<Newest | undefined> {
  const damaged: Newest['damaged'] = [];
  for (const manifest of (await manifestsOf(db, runId)).filter(counts)) {
    const error = await verify(db, manifest);
    if (!error) return { ...readCheckpoint(db, manifest), damaged };
    damaged.push({ checkpoint: summaryOf(manifest), error });
  }
  if (damaged[0]) throw damaged[0].error;
  return undefined;
}

/**
 * Deletes what `surplusOf` says a run no longer needs, but nothing that is being read; only after the latest has been
 * read back whole. When it does not read back, nothing is deleted. A record that cannot be read now may be that of this
 * run, or of one that began from any checkpoint then: those stay, later ones go as ever.
 * @param keptSaves automatic saves to keep, where they are to be fewer than usual
 * @throws checkpoint-damaged, storage-failed, storage-closed
 */
export async function prune(
  db: AtelierDb,
  runId: Id,
  locks: Locks = browserLocks(),
  keptSaves?: number,
): Promise<Id[]> {
  const manifests = await manifestsOf(db, runId);
  const needed = await beginnings(db);
  const since = unreadableSince(db, 'runs');
  const surplus = surplusOf(manifests, needed, keptSaves).filter(({ createdAt }) => createdAt > since);
  const latest = manifests[0];
  if (!latest || !surplus.length) return [];
  const error = await verify(db, latest);
  if (error) throw error;
  const gone: Id[] = [];
  for (const { id } of surplus) if (await unlessRead(id, () => remove(db, id), locks)) gone.push(id);
  return gone;
}

/**
 * A run went back to an earlier step: what it left behind is not its best any more. Of the others that one is, on whose
 * weights the lowest loss up to the newest of them was measured, if it is still here.
 */
export async function leaveBehind(db: AtelierDb, run: RunRecord): Promise<void> {
  const manifests = await manifestsOf(db, run.id);
  const going = manifests.filter((manifest) => !isLeftBehind(run, manifest));
  const lowest = going[0]?.bestValidationLoss;
  const best = going.find(({ validationLoss }) => validationLoss !== undefined && validationLoss === lowest);
  const wrong = manifests.filter((manifest) => manifest.best !== (manifest === best));
  await write(db, ['checkpoints'], (tx) =>
    Promise.all(wrong.map((manifest) => tx.objectStore('checkpoints').put({ ...manifest, best: manifest === best }))),
  );
}

/** Checkpoints that other runs began from, or will: those of the queue. */
async function beginnings(db: AtelierDb): Promise<ReadonlySet<Id>> {
  const [runs, entries] = [await db.getAll('runs'), await db.getAll('queue')];
  const begun = runs.flatMap(({ origin }) => (origin.kind === 'checkpoint' ? [origin.checkpointId] : []));
  const queued = entries.flatMap(({ request, state }) =>
    state !== 'ended' && request?.start.kind === 'weights' ? [request.start.weightsId] : [],
  );
  return new Set([...begun, ...queued]);
}

const remove = (db: AtelierDb, id: Id): Promise<void> =>
  write(db, ['checkpoints', 'checkpointChunks'], (tx) =>
    Promise.all([tx.objectStore('checkpoints').delete(id), tx.objectStore('checkpointChunks').delete(keysOf(id))]),
  );
