// Columns of prepared tokens in chunks: written as they fill, and read back with each chunk checked against its hash.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { PreparedRecord } from '../base/records/prepared';
import { sha256Of } from './checkpointChunks';
import type { AtelierDb } from './db';
import { isClosed } from './readErrors';
import { write } from './write';

export type Subset = 'train' | 'validation';
export type Tokens = Uint16Array | Uint32Array;

/**
 * What is kept of a split: its tokens; where they count differently also how much each does, and the length of each
 * row.
 */
export type TokenColumn = 'ids' | 'weights' | 'lengths';
export type ColumnValues = Tokens | Float32Array;

const NUMBER_OF: Record<TokenColumn, Record<Subset, number>> = {
  ids: { train: 0, validation: 1 },
  weights: { train: 2, validation: 3 },
  lengths: { train: 4, validation: 5 },
};

export const COLUMNS = ['ids', 'weights', 'lengths'] as const satisfies readonly TokenColumn[];

/** Half the memory where the vocabulary fits in 16 bits. */
const emptyTokens = (length: number, vocabSize: number): Tokens =>
  vocabSize <= 0x1_0000 ? new Uint16Array(length) : new Uint32Array(length);

export interface PreparedSink {
  /** @param weights of each token; given for every row or for none */
  add(subset: Subset, ids: ArrayLike<number>, weights?: ArrayLike<number>): Promise<void>;
}

/** The columns of both splits, being filled. */
export class Columns implements PreparedSink {
  readonly #columns: Record<Subset, Record<TokenColumn, ColumnWriter>>;

  constructor(db: AtelierDb, id: Id, vocabSize: number, chunkBytes: number) {
    const roomFor = (bytesEach: number): number => Math.max(1, Math.floor(chunkBytes / bytesEach));
    const of = (subset: Subset): Record<TokenColumn, ColumnWriter> => {
      const column = (name: TokenColumn, chunk: ColumnValues) =>
        new ColumnWriter(db, [id, NUMBER_OF[name][subset]], chunk);
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

  /** SHA-256 of each chunk, by the number of its column. */
  hashes(): string[][] {
    const hashes: string[][] = [];
    for (const subset of ['train', 'validation'] as const)
      for (const name of COLUMNS) hashes[NUMBER_OF[name][subset]] = this.#columns[subset][name].hashes;
    return hashes;
  }

  chunks(): PreparedRecord['chunks'] {
    const { train, validation } = this.#columns;
    return { train: train.ids.hashes.length, validation: validation.ids.hashes.length };
  }
}

class ColumnWriter {
  readonly hashes: string[] = [];
  #used = 0;

  /** @param open is filled again and again; copies of it are written */
  constructor(
    private readonly db: AtelierDb,
    private readonly key: [Id, number],
    private readonly open: ColumnValues,
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
    const key: [Id, number, number] = [...this.key, this.hashes.length];
    this.hashes.push(await sha256Of(bytesOf(chunk)));
    await write(this.db, ['tokenChunks'], (tx) => tx.objectStore('tokenChunks').put(chunk, key), chunk.byteLength);
    this.#used = 0;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ColumnValues): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/**
 * The chunks of a column in order. Those of records without hashes are taken as they are.
 * @throws prepared-missing where a chunk is gone, or not what was written
 */
export async function* columnChunks(
  db: AtelierDb,
  { id, hashes }: Pick<PreparedRecord, 'id' | 'hashes'>,
  column: TokenColumn,
  subset: Subset,
): AsyncGenerator<ColumnValues> {
  const number = NUMBER_OF[column][subset];
  const expected = hashes?.[number];
  let i = 0;
  for (; ; i++) {
    const chunk = await chunkAt(db, [id, number, i]);
    if (!chunk) break;
    if (expected && (await sha256Of(bytesOf(chunk))) !== expected[i]) throw new AtelierError('prepared-missing');
    yield chunk;
  }
  if (expected && i !== expected.length) throw new AtelierError('prepared-missing');
}

/** Undefined where there is none, and where the browser lost what lay behind it. */
async function chunkAt(db: AtelierDb, key: [Id, number, number]): Promise<ColumnValues | undefined> {
  try {
    return await db.get('tokenChunks', key);
  } catch (thrown) {
    if (isClosed(thrown)) throw thrown;
    return undefined;
  }
}
