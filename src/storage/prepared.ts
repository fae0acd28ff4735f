// Records of prepared text and its token streams as arrays. Their chunks are in `tokenColumns.ts`.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { PreparedFrom, PreparedRecord, RowPicks } from '../base/records/prepared';
import type { AtelierDb } from './db';
import { keysOf } from './datasets';
import { whileWriting, type Locks } from './locks';
import {
  columnChunks,
  Columns,
  type TokenColumn,
  type PreparedSink,
  type Subset,
  type Tokens,
  type ColumnValues,
} from './tokenColumns';
import { write } from './write';

export type { PreparedSink, Subset, Tokens } from './tokenColumns';

/** Bytes of tokens after which a chunk is written. */
export const TOKEN_CHUNK_BYTES = 4 * 1024 * 1024;

/** @throws prepared-missing */
export async function getPrepared(db: AtelierDb, id: Id): Promise<PreparedRecord> {
  const record = await db.get('prepared', id);
  if (!record) throw new AtelierError('prepared-missing');
  return record;
}

/**
 * The same rows and picks of them, tokenizer, template, seed and share, made before. The order of the datasets matters:
 * it is the order of the rows.
 */
export async function findPrepared(db: AtelierDb, parts: PreparedFrom): Promise<PreparedRecord | undefined> {
  const same = (r: PreparedFrom): boolean =>
    r.tokenizerId === parts.tokenizerId &&
    r.seed === parts.seed &&
    r.validationShare === parts.validationShare &&
    (r.task ?? 'text') === (parts.task ?? 'text') &&
    r.template === parts.template &&
    r.rowPerAnswer === parts.rowPerAnswer &&
    r.thoughts === parts.thoughts &&
    JSON.stringify(r.classes) === JSON.stringify(parts.classes) &&
    samePicks(r.picks, parts.picks) &&
    r.datasetIds.length === parts.datasetIds.length &&
    r.datasetIds.every((id, i) => id === parts.datasetIds[i]);
  return (await db.getAll('prepared')).find(same);
}

/** In whatever order the rows were picked. */
function samePicks(a: RowPicks | undefined, b: RowPicks | undefined): boolean {
  const listed = ({ rows = [] }: RowPicks): string[] => rows.map((row) => `${row.datasetId} ${row.row} ${row.hash}`);
  const key = (picks: RowPicks = {}): string =>
    JSON.stringify([picks.repeats ?? false, picks.near ?? false, picks.leaks ?? false, ...listed(picks).sort()]);
  return key(a) === key(b);
}

/**
 * Writes both streams while `fill` gives their tokens. The record comes last; when `fill` fails or is cancelled,
 * nothing stays.
 */
export async function writePrepared(
  db: AtelierDb,
  vocabSize: number,
  fill: (sink: PreparedSink) => Promise<Omit<PreparedRecord, 'id' | 'createdAt' | 'chunks'>>,
  options: { chunkBytes?: number | undefined; locks?: Locks; whileThere?: boolean } = {},
): Promise<PreparedRecord> {
  const id = crypto.randomUUID();
  const sink = new Columns(db, id, vocabSize, options.chunkBytes ?? TOKEN_CHUNK_BYTES);
  const work = async () => {
    try {
      const described = await fill(sink);
      await sink.flush();
      const record: PreparedRecord = {
        ...described,
        id,
        createdAt: Date.now(),
        chunks: sink.chunks(),
        hashes: sink.hashes(),
      };
      await putRecord(db, record, options.whileThere ?? false);
      return record;
    } catch (thrown) {
      await write(db, ['tokenChunks'], (tx) => tx.objectStore('tokenChunks').delete(keysOf(id))).catch(() => undefined);
      throw thrown;
    }
  };
  return whileWriting(id, work, options.locks);
}

/** @param whileThere only while its datasets and its tokenizer are stored: else its tokens would outlive their text */
const putRecord = (db: AtelierDb, record: PreparedRecord, whileThere: boolean): Promise<void> =>
  write(db, ['prepared', 'datasets', 'tokenizers'], async (tx) => {
    if (whileThere) {
      const keys = await Promise.all(record.datasetIds.map((id) => tx.objectStore('datasets').getKey(id)));
      if (keys.includes(undefined)) throw new AtelierError('dataset-missing');
      const tokenizer = await tx.objectStore('tokenizers').getKey(record.tokenizerId);
      if (tokenizer === undefined) throw new AtelierError('tokenizer-missing');
    }
    await tx.objectStore('prepared').put(record);
  });

/** Whether all its chunks are there and are what was written. */
export async function isIntact(db: AtelierDb, prepared: PreparedRecord): Promise<boolean> {
  const { task = 'text', trainTokens, validationTokens } = prepared;
  try {
    for (const [subset, tokens] of [
      ['train', trainTokens],
      ['validation', validationTokens],
    ] as const) {
      const count = async (of: TokenColumn, each = (chunk: ColumnValues): number => chunk.length): Promise<boolean> => {
        let sum = 0;
        for await (const chunk of columnChunks(db, prepared, of, subset)) sum += each(chunk);
        return sum === tokens;
      };
      if (!(await count('ids'))) return false;
      if (task === 'text') continue;
      if (!(await count('weights')) || !(await count('lengths', (chunk) => sumOf(chunk)))) return false;
    }
    return true;
  } catch (thrown) {
    if (thrown instanceof AtelierError && thrown.code === 'prepared-missing') return false;
    throw thrown;
  }
}

const sumOf = (values: ColumnValues): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

/**
 * One split as one array, which a run keeps in memory: 2 bytes per token with a vocabulary up to 65,536, else 4.
 * @throws prepared-missing when a chunk is gone
 */
export function readTokens(db: AtelierDb, prepared: PreparedRecord, subset: Subset): Promise<Tokens> {
  const length = subset === 'train' ? prepared.trainTokens : prepared.validationTokens;
  const narrow = (first?: ColumnValues): boolean => first === undefined || first instanceof Uint16Array;
  return joined(columnChunks(db, prepared, 'ids', subset), (first) =>
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
  const weights = await joined(columnChunks(db, prepared, 'weights', subset), () => new Float32Array(ids.length));
  const offsets = [0];
  for await (const lengths of columnChunks(db, prepared, 'lengths', subset))
    for (const length of lengths) offsets.push(offsets.at(-1)! + length);
  if (offsets.at(-1) !== ids.length) throw new AtelierError('prepared-missing');
  return { ids, weights, offsets: Uint32Array.from(offsets) };
}

/** @param make the array, of a length that the chunks must have together, by the first of them */
async function joined<T extends ColumnValues>(
  chunks: AsyncIterable<ColumnValues>,
  make: (first?: ColumnValues) => T,
): Promise<T> {
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
