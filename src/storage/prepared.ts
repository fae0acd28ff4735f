// Token streams of prepared text: columns of ids, weights and row starts, in chunks, apart for training and validation.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { PreparedRecord } from '../base/records/prepared';
import type { AtelierDb } from './db';
import { keysOf } from './datasets';
import { whileWriting, type Locks } from './locks';
import { write } from './write';

/** Bytes of tokens after which a chunk is written. */
export const TOKEN_CHUNK_BYTES = 4 * 1024 * 1024;

export type Subset = 'train' | 'validation';
export type Tokens = Uint16Array | Uint32Array;
type Parts = Pick<
  PreparedRecord,
  'datasetIds' | 'tokenizerId' | 'seed' | 'validationShare' | 'task' | 'template' | 'rowPerAnswer'
>;

/**
 * What is kept of a split: its tokens; where they count differently also how much each does, and the length of each
 * row.
 */
type Column = 'ids' | 'weights' | 'lengths';
type Values = Tokens | Float32Array;

const NUMBER_OF: Record<Column, Record<Subset, number>> = {
  ids: { train: 0, validation: 1 },
  weights: { train: 2, validation: 3 },
  lengths: { train: 4, validation: 5 },
};

/** Half the memory where the vocabulary fits in 16 bits. */
const emptyTokens = (length: number, vocabSize: number): Tokens =>
  vocabSize <= 0x1_0000 ? new Uint16Array(length) : new Uint32Array(length);

/** @throws prepared-missing */
export async function getPrepared(db: AtelierDb, id: Id): Promise<PreparedRecord> {
  const record = await db.get('prepared', id);
  if (!record) throw new AtelierError('prepared-missing');
  return record;
}

/**
 * The same rows, tokenizer, template, seed and share, made before. The order of the datasets matters: it is the order
 * of the rows.
 */
export async function findPrepared(db: AtelierDb, parts: Parts): Promise<PreparedRecord | undefined> {
  const same = (r: Parts): boolean =>
    r.tokenizerId === parts.tokenizerId &&
    r.seed === parts.seed &&
    r.validationShare === parts.validationShare &&
    (r.task ?? 'text') === (parts.task ?? 'text') &&
    r.template === parts.template &&
    r.rowPerAnswer === parts.rowPerAnswer &&
    r.datasetIds.length === parts.datasetIds.length &&
    r.datasetIds.every((id, i) => id === parts.datasetIds[i]);
  return (await db.getAll('prepared')).find(same);
}

export interface PreparedSink {
  /** @param weights of each token; given for every row or for none */
  add(subset: Subset, ids: ArrayLike<number>, weights?: ArrayLike<number>): Promise<void>;
}

/**
 * Writes both streams while `fill` gives their tokens. The record comes last; when `fill` fails or is cancelled,
 * nothing stays.
 */
export async function writePrepared(
  db: AtelierDb,
  vocabSize: number,
  fill: (sink: PreparedSink) => Promise<Omit<PreparedRecord, 'id' | 'createdAt' | 'chunks'>>,
  options: { chunkBytes?: number; locks?: Locks } = {},
): Promise<PreparedRecord> {
  const id = crypto.randomUUID();
  const sink = new Columns(db, id, vocabSize, options.chunkBytes ?? TOKEN_CHUNK_BYTES);
  const work = async () => {
    try {
      const described = await fill(sink);
      await sink.flush();
      const record: PreparedRecord = { ...described, id, createdAt: Date.now(), chunks: sink.chunks() };
      await write(db, ['prepared'], (tx) => tx.objectStore('prepared').put(record));
      return record;
    } catch (thrown) {
      await write(db, ['tokenChunks'], (tx) => tx.objectStore('tokenChunks').delete(keysOf(id))).catch(() => undefined);
      throw thrown;
    }
  };
  return whileWriting(id, work, options.locks);
}

class Columns implements PreparedSink {
  readonly #columns: Record<Subset, Record<Column, ColumnWriter>>;

  constructor(db: AtelierDb, id: Id, vocabSize: number, chunkBytes: number) {
    const roomFor = (bytesEach: number): number => Math.max(1, Math.floor(chunkBytes / bytesEach));
    const of = (subset: Subset): Record<Column, ColumnWriter> => {
      const column = (name: Column, chunk: Values) => new ColumnWriter(db, [id, NUMBER_OF[name][subset]], chunk);
      const width = emptyTokens(0, vocabSize).BYTES_PER_ELEMENT;
      return {
        ids: column('ids', emptyTokens(roomFor(width), vocabSize)),
        weights: column('weights', new Float32Array(roomFor(4))),
        lengths: column('lengths', new Uint32Array(roomFor(4))),
      };
    };
    this.#columns = { train: of('train'), validation: of('validation') };
  }

  async add(subset: Subset, ids: ArrayLike<number>, weights?: ArrayLike<number>): Promise<void> {
    const columns = this.#columns[subset];
    await columns.ids.add(ids);
    if (!weights) return;
    await columns.weights.add(weights);
    await columns.lengths.add([ids.length]);
  }

  async flush(): Promise<void> {
    for (const subset of ['train', 'validation'] as const)
      for (const column of Object.values(this.#columns[subset])) await column.flush();
  }

  chunks(): PreparedRecord['chunks'] {
    const { train, validation } = this.#columns;
    return { train: train.ids.chunks, validation: validation.ids.chunks };
  }
}

class ColumnWriter {
  chunks = 0;
  #used = 0;

  /** @param open is filled again and again; copies of it are written */
  constructor(
    private readonly db: AtelierDb,
    private readonly key: [Id, number],
    private readonly open: Values,
  ) {}

  async add(values: ArrayLike<number>): Promise<void> {
    for (let i = 0; i < values.length; i++) {
      this.open[this.#used++] = values[i]!;
      if (this.#used === this.open.length) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (!this.#used) return;
    const chunk = this.open.slice(0, this.#used);
    const key: [Id, number, number] = [...this.key, this.chunks];
    await write(this.db, ['tokenChunks'], (tx) => tx.objectStore('tokenChunks').put(chunk, key), chunk.byteLength);
    this.chunks++;
    this.#used = 0;
  }
}

/**
 * One split as one array, which a run keeps in memory: 2 bytes per token with a vocabulary up to 65,536, else 4.
 * @throws prepared-missing when a chunk is gone
 */
export function readTokens(db: AtelierDb, prepared: PreparedRecord, subset: Subset): Promise<Tokens> {
  const length = subset === 'train' ? prepared.trainTokens : prepared.validationTokens;
  const narrow = (first?: Values): boolean => first === undefined || first instanceof Uint16Array;
  return joined(chunksOf(db, prepared.id, 'ids', subset), (first) =>
    narrow(first) ? new Uint16Array(length) : new Uint32Array(length),
  );
}

/** Rows whose tokens count differently, one after another (`GradedRows` of the room data): 4 bytes per token more. */
export async function readGraded(
  db: AtelierDb,
  prepared: PreparedRecord,
  subset: Subset,
): Promise<{ ids: Tokens; weights: Float32Array; offsets: Uint32Array }> {
  const ids = await readTokens(db, prepared, subset);
  const weights = await joined(chunksOf(db, prepared.id, 'weights', subset), () => new Float32Array(ids.length));
  const offsets = [0];
  for await (const lengths of chunksOf(db, prepared.id, 'lengths', subset))
    for (const length of lengths) offsets.push(offsets.at(-1)! + length);
  if (offsets.at(-1) !== ids.length) throw new AtelierError('prepared-missing');
  return { ids, weights, offsets: Uint32Array.from(offsets) };
}

async function* chunksOf(db: AtelierDb, id: Id, column: Column, subset: Subset): AsyncGenerator<Values> {
  for (let i = 0; ; i++) {
    const chunk = await db.get('tokenChunks', [id, NUMBER_OF[column][subset], i]);
    if (!chunk) return;
    yield chunk;
  }
}

/** @param make the array, of a length that the chunks must have together, by the first of them */
async function joined<T extends Values>(chunks: AsyncIterable<Values>, make: (first?: Values) => T): Promise<T> {
  let all: T | undefined;
  let at = 0;
  for await (const chunk of chunks) {
    all ??= make(chunk);
    if (at + chunk.length > all.length) throw new AtelierError('prepared-missing');
    all.set(chunk, at);
    at += chunk.length;
  }
  all ??= make();
  if (at !== all.length) throw new AtelierError('prepared-missing');
  return all;
}
