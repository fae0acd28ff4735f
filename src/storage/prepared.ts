import { AtelierError } from '../base/errors/errors';
import type { Id, PreparedRecord } from '../base/records';
import type { AtelierDb } from './db';
import { keysOf } from './datasets';
import { whileWriting, type Locks } from './locks';
import { write } from './write';

/** Bytes of tokens after which a chunk is written. */
export const TOKEN_CHUNK_BYTES = 4 * 1024 * 1024;

export type Split = 'train' | 'validation';
export type Tokens = Uint16Array | Uint32Array;
type Parts = Pick<PreparedRecord, 'datasetIds' | 'tokenizerId' | 'seed' | 'validationShare'>;

const NUMBER_OF: Record<Split, number> = { train: 0, validation: 1 };

/** Half the memory where the vocabulary fits in 16 bits. */
const emptyTokens = (length: number, vocabSize: number): Tokens =>
  vocabSize <= 0x1_0000 ? new Uint16Array(length) : new Uint32Array(length);

/** Throws prepared-missing. */
export async function getPrepared(db: AtelierDb, id: Id): Promise<PreparedRecord> {
  const record = await db.get('prepared', id);
  if (!record) throw new AtelierError('prepared-missing');
  return record;
}

/** The same text, tokenizer, seed and share, made before. The order of the datasets matters: it is the order of the text. */
export async function findPrepared(db: AtelierDb, parts: Parts): Promise<PreparedRecord | undefined> {
  const same = (r: Parts): boolean =>
    r.tokenizerId === parts.tokenizerId &&
    r.seed === parts.seed &&
    r.validationShare === parts.validationShare &&
    r.datasetIds.length === parts.datasetIds.length &&
    r.datasetIds.every((id, i) => id === parts.datasetIds[i]);
  return (await db.getAll('prepared')).find(same);
}

export interface TokenSink {
  add(split: Split, ids: ArrayLike<number>): Promise<void>;
}

/**
 * Writes both streams while `fill` gives their tokens. The record comes last; when `fill` fails or is cancelled, nothing
 * stays.
 */
export async function writePrepared(
  db: AtelierDb,
  vocabSize: number,
  fill: (sink: TokenSink) => Promise<Omit<PreparedRecord, 'id' | 'createdAt' | 'chunks'>>,
  options: { chunkBytes?: number; locks?: Locks } = {},
): Promise<PreparedRecord> {
  const id = crypto.randomUUID();
  const sink = new ChunkedTokens(db, id, vocabSize, options.chunkBytes ?? TOKEN_CHUNK_BYTES);
  const work = async () => {
    try {
      const described = await fill(sink);
      await sink.flush('train');
      await sink.flush('validation');
      const record: PreparedRecord = { ...described, id, createdAt: Date.now(), chunks: sink.chunks };
      await write(db, ['prepared'], (tx) => tx.objectStore('prepared').put(record));
      return record;
    } catch (thrown) {
      await write(db, ['tokenChunks'], (tx) => tx.objectStore('tokenChunks').delete(keysOf(id))).catch(() => undefined);
      throw thrown;
    }
  };
  return whileWriting(id, work, options.locks);
}

class ChunkedTokens implements TokenSink {
  readonly chunks = { train: 0, validation: 0 };
  readonly #open: Record<Split, { tokens: Tokens; used: number }>;

  constructor(
    private readonly db: AtelierDb,
    private readonly id: Id,
    vocabSize: number,
    chunkBytes: number,
  ) {
    const width = emptyTokens(0, vocabSize).BYTES_PER_ELEMENT;
    const empty = () => ({ tokens: emptyTokens(Math.max(1, Math.floor(chunkBytes / width)), vocabSize), used: 0 });
    this.#open = { train: empty(), validation: empty() };
  }

  async add(split: Split, ids: ArrayLike<number>): Promise<void> {
    const open = this.#open[split];
    for (let i = 0; i < ids.length; i++) {
      open.tokens[open.used++] = ids[i]!;
      if (open.used === open.tokens.length) await this.flush(split);
    }
  }

  async flush(split: Split): Promise<void> {
    const open = this.#open[split];
    if (!open.used) return;
    const chunk = open.tokens.slice(0, open.used);
    const key: [Id, number, number] = [this.id, NUMBER_OF[split], this.chunks[split]];
    await write(this.db, ['tokenChunks'], (tx) => tx.objectStore('tokenChunks').put(chunk, key), chunk.byteLength);
    this.chunks[split]++;
    open.used = 0;
  }
}

/**
 * One split as one array, which a run keeps in memory: 2 bytes per token with a vocabulary up to 65,536, else 4.
 * Throws prepared-missing when a chunk is gone.
 */
export async function readTokens(db: AtelierDb, prepared: PreparedRecord, split: Split): Promise<Tokens> {
  const chunks = prepared.chunks[split];
  const length = split === 'train' ? prepared.trainTokens : prepared.validationTokens;
  let all: Tokens = new Uint16Array(0);
  let at = 0;
  for (let i = 0; i < chunks; i++) {
    const chunk = await db.get('tokenChunks', [prepared.id, NUMBER_OF[split], i]);
    if (!chunk || at + chunk.length > length) throw new AtelierError('prepared-missing');
    if (i === 0) all = chunk instanceof Uint16Array ? new Uint16Array(length) : new Uint32Array(length);
    all.set(chunk, at);
    at += chunk.length;
  }
  if (at !== length) throw new AtelierError('prepared-missing');
  return all;
}
