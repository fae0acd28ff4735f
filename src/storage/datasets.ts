// Texts as rows: a dataset's record and its chunks of rows. The rows are written as they come and read by position.
import { AtelierError } from '../base/errors/errors';
import type { DatasetRecord, RowChunk } from '../base/records/dataset';
import type { Id } from '../base/records/named';
import { sha256Of } from './checkpointChunks';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { whileWriting, type Locks } from './locks';
import { isClosed } from './readErrors';
import { write } from './write';

/** Bytes of text after which a chunk of rows is written: within the 4 to 16 MB that IndexedDB takes best. */
export const ROW_CHUNK_BYTES = 4 * 1024 * 1024;

export const listDatasets = (db: AtelierDb) => listNamed(db, 'datasets');
export const getDataset = (db: AtelierDb, id: Id) => getNamed(db, 'datasets', id);
export const renameDataset = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'datasets', id, name);
export const deleteDataset = (db: AtelierDb, id: Id) => deleteNamed(db, 'datasets', id);
export const restoreDataset = (db: AtelierDb, id: Id) => restoreNamed(db, 'datasets', id);

/** All keys of one dataset's chunks (or of any store keyed by [id, …]). */
export const keysOf = (id: Id): IDBKeyRange => IDBKeyRange.bound([id], [id, []]);

export interface RowSink {
  /** Adds a row; a full chunk is written before this resolves, so text is never held twice. */
  add(row: string): Promise<void>;
  readonly rows: number;
  readonly characters: number;
}

type Described = Omit<DatasetRecord, 'id' | 'createdAt' | 'rows' | 'characters' | 'chunks' | 'hashes'>;

/**
 * Writes a dataset while `fill` gives its rows. The record comes last: until then the dataset does not exist, and when
 * `fill` fails or is cancelled its chunks are removed.
 */
export async function writeDataset(
  db: AtelierDb,
  fill: (sink: RowSink) => Promise<Described>,
  options: { chunkBytes?: number; locks?: Locks } = {},
): Promise<DatasetRecord> {
  const id = crypto.randomUUID();
  const sink = new ChunkedRows(db, id, options.chunkBytes ?? ROW_CHUNK_BYTES);
  const work = async () => {
    try {
      const described = await fill(sink);
      await sink.flush();
      const { rows, characters, hashes } = sink;
      const record: DatasetRecord = {
        ...described,
        id,
        createdAt: Date.now(),
        rows,
        characters,
        chunks: hashes.length,
        hashes,
      };
      await write(db, ['datasets'], (tx) => tx.objectStore('datasets').put(record));
      return record;
    } catch (thrown) {
      // what cannot be removed now (a closed connection) is an orphan for the next sweep
      await write(db, ['rowChunks'], (tx) => tx.objectStore('rowChunks').delete(keysOf(id))).catch(() => undefined);
      throw thrown;
    }
  };
  return whileWriting(id, work, options.locks);
}

class ChunkedRows implements RowSink {
  rows = 0;
  characters = 0;
  readonly hashes: string[] = [];
  readonly #encoder = new TextEncoder();
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  constructor(
    private readonly db: AtelierDb,
    private readonly id: Id,
    private readonly chunkBytes: number,
  ) {}

  async add(row: string): Promise<void> {
    const bytes = this.#encoder.encode(row);
    this.#waiting.push(bytes);
    this.#bytes += bytes.byteLength;
    this.rows++;
    this.characters += row.length;
    if (this.#bytes >= this.chunkBytes) await this.flush();
  }

  async flush(): Promise<void> {
    if (!this.#waiting.length) return;
    const chunk = packRows(this.#waiting);
    const first = this.rows - this.#waiting.length;
    [this.#waiting, this.#bytes] = [[], 0];
    await write(
      this.db,
      ['rowChunks'],
      (tx) => tx.objectStore('rowChunks').put(chunk, [this.id, first]),
      chunk.bytes.byteLength,
    );
    this.hashes.push(await hashOf(chunk));
  }
}

/** SHA-256 over the hashes of a chunk's bytes and of its offsets. */
async function hashOf({ bytes, offsets }: RowChunk): Promise<string> {
  const parts = await Promise.all([sha256Of(bytes.slice()), sha256Of(new Uint8Array(offsets.slice().buffer))]);
  return sha256Of(new TextEncoder().encode(parts.join(' ')));
}

function packRows(rows: readonly Uint8Array[]): RowChunk {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => (offsets[i + 1] = offsets[i]! + row.byteLength));
  const bytes = new Uint8Array(offsets[rows.length]!);
  rows.forEach((row, i) => bytes.set(row, offsets[i]));
  return { bytes, offsets };
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // a row may begin with U+FEFF; it is kept

const rowAt = ({ bytes, offsets }: RowChunk, i: number): string =>
  decoder.decode(bytes.subarray(offsets[i], offsets[i + 1]));

/**
 * Chunks from the one that holds row `from` on, each checked and with the number of its first row. Those of records
 * without hashes are checked for their form alone.
 * @throws dataset-damaged, dataset-missing where it was deleted meanwhile
 */
async function* chunksFrom(db: AtelierDb, dataset: DatasetRecord, from: number): AsyncGenerator<[number, RowChunk]> {
  const { id, name, rows, chunks, hashes } = dataset;
  const keys = await db.getAllKeys('rowChunks', keysOf(id));
  const firsts = keys.map(([, first]) => first);
  const at = Math.max(
    0,
    firsts.findLastIndex((first) => first <= from),
  );
  for (const [i, first] of [...firsts.entries()].slice(at)) {
    const chunk = await db.get('rowChunks', [id, first]).catch((thrown: unknown) => {
      if (isClosed(thrown)) throw thrown;
      return undefined; // the platform lost the file behind the value
    });
    const next = firsts[i + 1] ?? rows;
    const sound = chunk && isWhole(chunk, next - first) && (!hashes || (await hashOf(chunk)) === hashes[i]);
    if (!sound) throw await lostError(db, id, name);
    yield [first, chunk];
  }
  if (firsts.length !== chunks) throw await lostError(db, id, name);
}

/** Whether a chunk has that many rows, whose bytes it holds. */
const isWhole = ({ bytes, offsets }: RowChunk, rows: number): boolean =>
  offsets.length === rows + 1 &&
  offsets[rows] === bytes.byteLength &&
  offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!);

const lostError = async (db: AtelierDb, id: Id, name: string): Promise<AtelierError> =>
  (await db.getKey('datasets', id)) === undefined
    ? new AtelierError('dataset-missing')
    : new AtelierError('dataset-damaged', { name });

/**
 * Up to `count` rows from row `from` on.
 * @throws dataset-missing, dataset-damaged
 */
export async function rowsFrom(db: AtelierDb, id: Id, from: number, count: number): Promise<string[]> {
  const rows: string[] = [];
  if (count <= 0) return rows;
  for await (const [first, chunk] of chunksFrom(db, await getDataset(db, id), from)) {
    const last = Math.min(chunk.offsets.length - 1, from + count - first);
    for (let i = Math.max(0, from - first); i < last; i++) rows.push(rowAt(chunk, i));
    if (rows.length >= count) break;
  }
  return rows;
}

/**
 * The rows of a dataset in order from row `from` on, one chunk in memory at a time.
 * @throws dataset-missing, dataset-damaged
 */
export async function* allRows(db: AtelierDb, id: Id, from = 0): AsyncGenerator<string> {
  for await (const [first, chunk] of chunksFrom(db, await getDataset(db, id), from))
    for (let i = Math.max(0, from - first); i + 1 < chunk.offsets.length; i++) yield rowAt(chunk, i);
}
