// Texts as rows: a dataset's record and its chunks of rows. The rows are written as they come and read by position.
import { AtelierError } from '../base/errors/errors';
import { rootIdOf } from '../base/records/dataset';
import type { AsideRow, DatasetRecord, PackedTexts, RowChunk, StoredRow } from '../base/records/dataset';
import type { Id } from '../base/records/named';
import type { RowFacts } from '../base/records/recipe';
import { sha256Of } from './checkpointChunks';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { whileWriting, type Locks } from './locks';
import { isClosed } from './readErrors';
import { TextPacker } from './textPacker';
import { write } from './write';

/** Bytes of text after which a chunk of rows is written: within the 4 to 16 MB that IndexedDB takes best. */
export const ROW_CHUNK_BYTES = 4 * 1024 * 1024;

export const listDatasets = (db: AtelierDb) => listNamed(db, 'datasets');
export const getDataset = (db: AtelierDb, id: Id) => getNamed(db, 'datasets', id);
export const renameDataset = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'datasets', id, name);

/** The family keeps counting its rows: a label or a change by hand names one by its id, which no later row may take. */
export async function deleteDataset(db: AtelierDb, id: Id): Promise<void> {
  const least = await nextRowId(db, id);
  await write(db, ['datasets'], async (tx) => {
    const store = tx.objectStore('datasets');
    const all = await store.getAll();
    const root = all.filter((dataset) => dataset.id === id).map(rootIdOf)[0];
    for (const dataset of all)
      if (dataset.id !== id && rootIdOf(dataset) === root && (dataset.nextRowId ?? dataset.rows) < least)
        await store.put({ ...dataset, nextRowId: least });
  });
  await deleteNamed(db, 'datasets', id);
}

export const restoreDataset = (db: AtelierDb, id: Id) => restoreNamed(db, 'datasets', id);

/** All keys of one dataset's chunks (or of any store keyed by [id, …]). */
export const keysOf = (id: Id): IDBKeyRange => IDBKeyRange.bound([id], [id, []]);

/** Where rows that were set aside lie: in front of the chunk of row 0, so that they go with the dataset. */
const ASIDE = -1;

/** All keys of one dataset's rows, without those set aside. */
const rowKeysOf = (id: Id): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, []]);

export interface RowSink {
  /**
   * Adds a row. A full chunk is written before this resolves, so text is never held twice; undefined where none is.
   * @param id Of the row in the other versions, uint32; its position where it has none yet
   */
  add(row: string, facts?: RowFacts, id?: number): Promise<void> | undefined;
  /** Stores rows that could not be read beside the dataset. */
  setAside(rows: readonly AsideRow[]): Promise<void>;
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
      const { nextRowId: least = 0, ...described } = await fill(sink);
      await sink.flush();
      const { rows, characters, hashes } = sink;
      const nextRowId = Math.max(least, sink.nextRowId);
      const record: DatasetRecord = {
        ...described,
        ...(nextRowId !== rows && { nextRowId }),
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
  nextRowId = 0;
  readonly hashes: string[] = [];
  readonly #texts = new TextPacker();
  readonly #facts = new TextPacker();
  #ids: number[] = [];

  constructor(
    private readonly db: AtelierDb,
    private readonly id: Id,
    private readonly chunkBytes: number,
  ) {}

  add(row: string, facts?: RowFacts, id = this.rows): Promise<void> | undefined {
    this.#texts.add(row);
    this.#facts.add(facts ? factsText(facts) : '');
    this.#ids.push(id);
    this.rows++;
    this.characters += row.length;
    this.nextRowId = Math.max(this.nextRowId, id + 1);
    return this.#texts.byteLength + this.#facts.byteLength >= this.chunkBytes ? this.flush() : undefined;
  }

  async setAside(rows: readonly AsideRow[]): Promise<void> {
    if (!rows.length) return;
    const packer = new TextPacker();
    for (const row of rows) packer.add(JSON.stringify(row));
    const chunk: RowChunk = packer.take();
    await write(
      this.db,
      ['rowChunks'],
      (tx) => tx.objectStore('rowChunks').put(chunk, [this.id, ASIDE]),
      chunk.bytes.byteLength,
    );
  }

  async flush(): Promise<void> {
    if (!this.#ids.length) return;
    const first = this.rows - this.#ids.length;
    const size = this.#texts.byteLength + this.#facts.byteLength;
    const chunk = this.#packed(first);
    this.#ids = [];
    await write(this.db, ['rowChunks'], (tx) => tx.objectStore('rowChunks').put(chunk, [this.id, first]), size);
    this.hashes.push(await hashOf(chunk));
  }

  #packed(first: number): RowChunk {
    const facts = this.#facts.take();
    return {
      ...this.#texts.take(),
      ...(facts.bytes.byteLength > 0 && { facts }),
      ...(this.#ids.some((id, i) => id !== first + i) && { ids: Uint32Array.from(this.#ids) }),
    };
  }
}

const factsText = (facts: RowFacts): string => (Object.keys(facts).length ? JSON.stringify(facts) : '');

/** SHA-256 over the hashes of a chunk's columns, those that it has. */
async function hashOf({ bytes, offsets, facts, ids }: RowChunk): Promise<string> {
  const columns = [bytes, offsets, ...(facts ? [facts.bytes, facts.offsets] : []), ...(ids ? [ids] : [])];
  const parts = await Promise.all(columns.map((column) => sha256Of(bytesOf(column))));
  return sha256Of(new TextEncoder().encode(parts.join(' ')));
}

/** A view, where the column lies in a buffer that the platform's hash takes, and not in memory shared with others. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): Uint8Array<ArrayBuffer> =>
  buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(buffer, byteOffset, byteLength).slice();

const decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // a row may begin with U+FEFF; it is kept

const textAt = ({ bytes, offsets }: PackedTexts, i: number): string =>
  decoder.decode(bytes.subarray(offsets[i], offsets[i + 1]));

function storedAt(chunk: RowChunk, first: number, i: number): StoredRow {
  const facts = chunk.facts ? textAt(chunk.facts, i) : '';
  return {
    row: textAt(chunk, i),
    facts: facts === '' ? {} : (JSON.parse(facts) as RowFacts), // the chunk's hash was checked
    id: chunk.ids?.[i] ?? first + i,
  };
}

/**
 * Chunks from the one that holds row `from` on, each checked and with the number of its first row. Those of records
 * without hashes are checked for their form alone.
 * @throws dataset-damaged, dataset-missing where it was deleted meanwhile
 */
async function* chunksFrom(db: AtelierDb, dataset: DatasetRecord, from: number): AsyncGenerator<[number, RowChunk]> {
  const { id, name, rows, chunks, hashes } = dataset;
  const keys = await db.getAllKeys('rowChunks', rowKeysOf(id));
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

/** Whether a chunk has that many rows, whose bytes it holds, and as much beside them. */
const isWhole = (chunk: RowChunk, rows: number): boolean =>
  isPacked(chunk, rows) && (!chunk.facts || isPacked(chunk.facts, rows)) && (!chunk.ids || chunk.ids.length === rows);

const isPacked = ({ bytes, offsets }: PackedTexts, texts: number): boolean =>
  offsets.length === texts + 1 &&
  offsets[texts] === bytes.byteLength &&
  offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!);

const lostError = async (db: AtelierDb, id: Id, name: string): Promise<AtelierError> =>
  (await db.getKey('datasets', id)) === undefined
    ? new AtelierError('dataset-missing')
    : new AtelierError('dataset-damaged', { name });

/** Where rows stand: the chunk, the number of its first row, and the row's place in it. */
type RowPlace = [chunk: RowChunk, first: number, i: number];

/** The places of a dataset's rows in order from row `from` on, one chunk in memory at a time. */
async function* placesFrom(db: AtelierDb, id: Id, from: number): AsyncGenerator<RowPlace> {
  for await (const [first, chunk] of chunksFrom(db, await getDataset(db, id), from))
    for (let i = Math.max(0, from - first); i + 1 < chunk.offsets.length; i++) yield [chunk, first, i];
}

/**
 * The rows of a dataset in order from row `from` on, one chunk in memory at a time.
 * @throws dataset-missing, dataset-damaged
 */
export async function* allRows(db: AtelierDb, id: Id, from = 0): AsyncGenerator<string> {
  for await (const [chunk, , i] of placesFrom(db, id, from)) yield textAt(chunk, i);
}

/**
 * The same with what stands beside each row.
 * @throws dataset-missing, dataset-damaged
 */
export async function* allStoredRows(db: AtelierDb, id: Id, from = 0): AsyncGenerator<StoredRow> {
  for await (const [chunk, first, i] of placesFrom(db, id, from)) yield storedAt(chunk, first, i);
}

/**
 * All rows of a dataset chunk by chunk, for those who go through very many and keep none: a text may be a part of the
 * whole chunk's.
 * @throws dataset-missing, dataset-damaged
 */
export async function* storedChunks(db: AtelierDb, id: Id): AsyncGenerator<Iterable<StoredRow>> {
  for await (const [first, chunk] of chunksFrom(db, await getDataset(db, id), 0)) yield rowsOfChunk(chunk, first);
}

function* rowsOfChunk(chunk: RowChunk, first: number): Generator<StoredRow> {
  const [row, facts] = [textsOf(chunk), chunk.facts && textsOf(chunk.facts)];
  for (let i = 0; i + 1 < chunk.offsets.length; i++) {
    const beside = facts?.(i) ?? '';
    yield {
      row: row(i),
      facts: beside === '' ? {} : (JSON.parse(beside) as RowFacts), // the chunk's hash was checked
      id: chunk.ids?.[i] ?? first + i,
    };
  }
}

/** Where each byte is a character, the texts are decoded at once: one by one takes five times as long. */
function textsOf(texts: PackedTexts): (i: number) => string {
  const whole = decoder.decode(texts.bytes);
  if (whole.length !== texts.bytes.byteLength) return (i) => textAt(texts, i);
  return (i) => whole.slice(texts.offsets[i], texts.offsets[i + 1]);
}

/**
 * Up to `count` rows from row `from` on.
 * @throws dataset-missing, dataset-damaged
 */
export const rowsFrom = (db: AtelierDb, id: Id, from: number, count: number): Promise<string[]> =>
  firstOf(allRows(db, id, from), count);

/**
 * The same with what stands beside each row.
 * @throws dataset-missing, dataset-damaged
 */
export const storedRowsFrom = (db: AtelierDb, id: Id, from: number, count: number): Promise<StoredRow[]> =>
  firstOf(allStoredRows(db, id, from), count);

/**
 * The rows at these places, in their order; each chunk that holds one is read once, and no other.
 * @throws dataset-missing, dataset-damaged
 */
export async function storedRowsAt(db: AtelierDb, id: Id, places: readonly number[]): Promise<StoredRow[]> {
  const dataset = await getDataset(db, id);
  const found = new Map<number, StoredRow>();
  const wanted = [...new Set(places)].filter((place) => place < dataset.rows).sort((a, b) => a - b);
  for (const place of wanted) {
    if (found.has(place)) continue;
    for await (const [first, chunk] of chunksFrom(db, dataset, place)) {
      const end = first + chunk.offsets.length - 1;
      for (const row of wanted) if (row >= place && row < end) found.set(row, storedAt(chunk, first, row - first));
      break;
    }
  }
  return places.flatMap((place) => found.get(place) ?? []);
}

async function firstOf<T>(rows: AsyncIterable<T>, count: number): Promise<T[]> {
  const first: T[] = [];
  if (count <= 0) return first;
  for await (const row of rows) if (first.push(row) >= count) break;
  return first;
}

/** The rows that the import of a dataset set aside; those that cannot be read now are as none. */
export async function asideRowsOf(db: AtelierDb, id: Id): Promise<AsideRow[]> {
  const chunk = await db.get('rowChunks', [id, ASIDE]).catch((thrown: unknown) => {
    if (isClosed(thrown)) throw thrown;
    return undefined;
  });
  const count = chunk && isPacked(chunk, chunk.offsets.length - 1) ? chunk.offsets.length - 1 : 0;
  return Array.from({ length: count }, (_, i) => JSON.parse(textAt(chunk!, i)) as AsideRow);
}

/**
 * An id that no row of the dataset's family has, nor any above it.
 * @throws dataset-missing
 */
export async function nextRowId(db: AtelierDb, id: Id): Promise<number> {
  const root = rootIdOf(await getDataset(db, id));
  const family = (await db.getAll('datasets')).filter((dataset) => rootIdOf(dataset) === root);
  return Math.max(...family.map((dataset) => dataset.nextRowId ?? dataset.rows));
}

/**
 * The ids of a dataset's rows, in order, without their texts.
 * @throws dataset-missing, dataset-damaged
 */
export async function rowIdsOf(db: AtelierDb, id: Id): Promise<Uint32Array> {
  const dataset = await getDataset(db, id);
  const ids = Uint32Array.from({ length: dataset.rows }, (_, i) => i);
  if (!dataset.version && dataset.nextRowId === undefined) return ids; // numbered by their places
  for await (const [first, chunk] of chunksFrom(db, dataset, 0)) if (chunk.ids) ids.set(chunk.ids, first);
  return ids;
}
