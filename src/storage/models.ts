// Pretrained models as the studio stores them: a record with the place of each tensor, and chunks of their bytes.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { AsyncBuffer } from '../base/numbers/asyncBuffer';
import { AtelierError, throwIfCancelled } from '../base/errors/errors';
import type { OnProgress } from '../base/wire/events';
import type { Id } from '../base/records/named';
import type { ModelRecord, ModelTensor } from '../base/records/model';
import type { TokenizerRecord } from '../base/records/tokenizer';
import type { TensorSpec } from '../base/numbers/tensorData';
import { byteLengthOf, sha256Of } from './checkpointChunks';
import { CHUNK_BYTES, twice } from './checkpoints';
import { ChunkBuffer, readVerified } from './chunkBuffer';
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { browserLocks, whileAdding, whileWriting, type Locks } from './locks';
import { isTunedFrom } from './runs';
import { sameTokenizer } from './tokenizers';
import { write } from './write';

export const listModels = (db: AtelierDb) => listNamed(db, 'models');
/** @throws model-missing */
export const getModel = (db: AtelierDb, id: Id) => getNamed(db, 'models', id);
export const renameModel = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'models', id, name);
export const restoreModel = (db: AtelierDb, id: Id) => restoreNamed(db, 'models', id);

/**
 * @throws model-in-use: an adapter means nothing without its base, and what was tuned in full has its template from
 * there
 */
export async function deleteModel(db: AtelierDb, id: Id): Promise<void> {
  const { name } = await getModel(db, id);
  const user = (await listNamed(db, 'runs')).find((run) => isTunedFrom(run, id));
  if (user) throw new AtelierError('model-in-use', { name, run: user.name });
  await deleteNamed(db, 'models', id);
}

/** A tensor that comes in parts, so that none stands in memory as a whole; together `byteLengthOf(spec)` bytes. */
export interface PartedTensor {
  spec: TensorSpec;
  parts(): AsyncIterable<Uint8Array>;
}

/** What the caller knows of a model; the rest follows from its tensors. */
export type ModelDraft = Omit<ModelRecord, 'id' | 'createdAt' | 'tensors' | 'byteLength' | 'chunks' | 'sha256'>;

export interface AddModelOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  chunkBytes?: number;
  locks?: Locks;
  /** Awaited after each chunk: so many bytes of all are stored. */
  onStored?: (bytes: number) => Promise<void>;
  /** What was found in the bytes on their way; asked once all are stored. */
  notices?: () => ModelRecord['notices'];
  /** Its tokenizer, where that is not here yet: kept with the record of the model or not at all. */
  tokenizer?: TokenizerRecord | undefined;
}

/**
 * Keeps a model, chunk by chunk, the record last: all of it or nothing. A model with the same bytes and facts that is
 * here already is given instead.
 * @throws storage-*, cancelled, and what a source throws
 */
export async function addModel(
  db: AtelierDb,
  draft: ModelDraft,
  sources: readonly PartedTensor[],
  options: AddModelOptions = {},
): Promise<ModelRecord> {
  const id = crypto.randomUUID();
  const { locks = browserLocks() } = options;
  const work = async (): Promise<ModelRecord> => {
    try {
      const stored = await putChunks(db, id, sources, options);
      const notices = options.notices?.() ?? [];
      const record = { ...draft, id, createdAt: Date.now(), ...stored, ...(notices.length && { notices }) };
      return await whileAdding('model', () => putOrFind(db, record, options.tokenizer), locks);
    } catch (thrown) {
      await removeChunks(db, id).catch(() => undefined); // else the next sweep finds them
      throw thrown;
    }
  };
  return whileWriting(id, work, locks);
}

/** The model that is here with the same bytes and facts, or this one. Its tokenizer may have come meanwhile. */
async function putOrFind(db: AtelierDb, made: ModelRecord, fresh: TokenizerRecord | undefined): Promise<ModelRecord> {
  const known = fresh && (await sameTokenizer(db, fresh));
  const record = known ? { ...made, tokenizerId: known.id } : made;
  const same = (await listModels(db)).find((m) => m.sha256 === record.sha256 && factsOf(m) === factsOf(record));
  if (!same) {
    await putRecords(db, record, known ? undefined : fresh);
    return record;
  }
  await removeChunks(db, made.id);
  return withOrigin(db, same, made.hub);
}

const putRecords = (db: AtelierDb, model: ModelRecord, tokenizer: TokenizerRecord | undefined): Promise<void> =>
  write(
    db,
    ['models', 'tokenizers'],
    async (tx) => {
      if (tokenizer) await tx.objectStore('tokenizers').put(tokenizer);
      await tx.objectStore('models').put(model);
    },
    tokenizer?.json.length,
  );

/** What a model is beside its bytes: with another shape, template or tokens they mean another model. */
function factsOf({ tokenizerId, model, chatTemplate, templateTokens, endTokenIds }: ModelDraft): string {
  const inOrder = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify([tokenizerId, model, chatTemplate, templateTokens ?? {}, endTokenIds], inOrder);
}

/** A model that lay here without an origin, and is what a hub has, gets one; else the first stays. */
async function withOrigin(db: AtelierDb, same: ModelRecord, hub: ModelDraft['hub']): Promise<ModelRecord> {
  if (!hub || same.hub) return same;
  await write(db, ['models'], async (tx) => {
    const models = tx.objectStore('models');
    await models.put({ ...(await models.get(same.id))!, hub });
  });
  return { ...same, hub };
}

const removeChunks = (db: AtelierDb, id: Id): Promise<void> =>
  write(db, ['modelChunks'], (tx) => tx.objectStore('modelChunks').delete(keysOf(id)));

type Stored = Pick<ModelRecord, 'tensors' | 'byteLength' | 'chunks' | 'sha256'>;

async function putChunks(
  db: AtelierDb,
  id: Id,
  sources: readonly PartedTensor[],
  { onProgress, onStored, signal, chunkBytes = CHUNK_BYTES }: AddModelOptions,
): Promise<Stored> {
  const tensors = placed(sources.map(({ spec }) => spec));
  const byteLength = sources.reduce((sum, { spec }) => sum + byteLengthOf(spec), 0);
  const chunks: Stored['chunks'] = [];
  const identity = sha256.create();
  let done = 0;
  for await (const chunk of inChunks(sources, byteLength, chunkBytes)) {
    throwIfCancelled(signal);
    const made = { bytes: chunk };
    const hash = await sha256Of(chunk);
    await twice([made], () => putChunk(db, [id, chunks.length], made.bytes));
    identity.update(hexToBytes(hash));
    chunks.push({ bytes: chunk.byteLength, sha256: hash });
    done += chunk.byteLength;
    await onStored?.(done);
    onProgress?.({ phase: 'saving', done, total: byteLength, unit: 'bytes' });
  }
  return { tensors, byteLength, chunks, sha256: bytesToHex(identity.digest()) };
}

const putChunk = (db: AtelierDb, key: [Id, number], { buffer, byteLength }: Uint8Array<ArrayBuffer>): Promise<void> =>
  write(db, ['modelChunks'], (tx) => tx.objectStore('modelChunks').put(buffer, key), byteLength);

function placed(specs: readonly TensorSpec[]): ModelTensor[] {
  let offset = 0;
  return specs.map((spec) => {
    const tensor = { ...spec, offset };
    offset += byteLengthOf(spec);
    return tensor;
  });
}

/**
 * The parts of all tensors end to end, cut into chunks of equal size (the last is shorter), each a buffer of its own.
 */
async function* inChunks(
  sources: readonly PartedTensor[],
  byteLength: number,
  chunkBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let left = byteLength;
  let chunk = new Uint8Array(Math.min(chunkBytes, left));
  let used = 0;
  for await (const bytes of partsOf(sources)) {
    for (let at = 0; at < bytes.byteLength;) {
      const part = bytes.subarray(at, at + chunk.byteLength - used);
      chunk.set(part, used);
      at += part.byteLength;
      used += part.byteLength;
      if (used < chunk.byteLength) continue;
      yield chunk;
      left -= used;
      chunk = new Uint8Array(Math.min(chunkBytes, left));
      used = 0;
    }
  }
}

async function* partsOf(sources: readonly PartedTensor[]): AsyncGenerator<Uint8Array> {
  for (const { spec, parts } of sources) {
    let found = 0;
    for await (const part of parts()) {
      found += part.byteLength;
      yield part;
    }
    if (found !== byteLengthOf(spec))
      throw new RangeError(`${spec.name} has ${found} bytes, not ${byteLengthOf(spec)}`);
  }
}

export interface OpenModel {
  readonly record: ModelRecord;
  /** All tensors as one stream, each chunk checked against its hash. Reading throws model-damaged. */
  readonly buffer: AsyncBuffer;
}

/**
 * A kept model, whose bytes are read and checked on demand.
 * @throws model-missing
 */
export async function openModel(db: AtelierDb, id: Id): Promise<OpenModel> {
  const record = await getModel(db, id);
  const { chunks, name } = record;
  const read = (index: number): Promise<Uint8Array> =>
    readVerified(db, 'modelChunks', [id, index], chunks[index]!, {
      code: 'model-damaged',
      facts: { name, chunk: index + 1, chunks: chunks.length },
    });
  return {
    record,
    buffer: new ChunkBuffer(
      chunks.map(({ bytes }) => bytes),
      read,
    ),
  };
}
