// What models found of the rows of a dataset, stored in front of its rows, so that it goes with them. A dataset's rows
// never change, so it stays true.
import { AtelierError } from '../base/errors/errors';
import type { RowChunk } from '../base/records/dataset';
import type { Id } from '../base/records/named';
import { scoresEach, type RowScores, type ScoresAbout } from '../base/records/scores';
import type { AtelierDb } from './db';
import { isClosed } from './readErrors';
import { write } from './write';

/** Rows that an import set aside lie at −1; each find of a model has a number below, and no other ever after. */
const FIRST = -2;
const keysOfScores = (id: Id): IDBKeyRange => IDBKeyRange.bound([id, Number.MIN_SAFE_INTEGER], [id, FIRST]);

/** Losses by so many models are kept; those of another one take the place of the oldest. */
const MOST_LOSSES = 8;

/** The same numbers stand for the same finds. */
export const scoreNumbers = async (db: AtelierDb, id: Id): Promise<number[]> =>
  (await db.getAllKeys('rowChunks', keysOfScores(id))).map(([, number]) => number);

/** Undefined where they are gone, or are not those of so many rows. */
export async function readScores(db: AtelierDb, id: Id, number: number, rows: number): Promise<RowScores | undefined> {
  const chunk = await db.get('rowChunks', [id, number]).catch((thrown: unknown) => {
    if (isClosed(thrown)) throw thrown;
    return undefined; // the platform lost the file behind the value
  });
  const scores = chunk && scoresIn(chunk);
  return scores?.values.length === rows * (scores ? scoresEach(scores.about) : 0) ? scores : undefined;
}

/** All that can be read. */
export async function allScores(db: AtelierDb, id: Id, rows: number): Promise<RowScores[]> {
  const found = await Promise.all((await scoreNumbers(db, id)).map((number) => readScores(db, id, number, rows)));
  return found.filter((scores) => scores !== undefined);
}

/**
 * Stores what a model found, in place of what it found before; of the answers of a task, whichever model gave them.
 * @throws dataset-missing, storage-full, storage-closed, storage-failed
 */
export const keepScores = (db: AtelierDb, id: Id, scores: RowScores): Promise<void> =>
  write(
    db,
    ['datasets', 'rowChunks'],
    async (tx) => {
      const dataset = await tx.objectStore('datasets').get(id);
      if (!dataset || dataset.deletedAt !== undefined) throw new AtelierError('dataset-missing');
      const store = tx.objectStore('rowChunks');
      const [keys, chunks] = await Promise.all([store.getAllKeys(keysOfScores(id)), store.getAll(keysOfScores(id))]);
      const known = keys.map((key, i) => ({ key, about: scoresIn(chunks[i]!).about }));
      const replaced = known.filter(({ about }) => isSame(about, scores.about));
      const losses = known.filter(({ about }) => about.kind === 'loss' && !isSame(about, scores.about));
      // the latest has the least number, and stands first
      const oldest = scores.about.kind === 'loss' ? losses.slice(MOST_LOSSES - 1) : [];
      await Promise.all([...replaced, ...oldest].map(({ key }) => store.delete(key)));
      await store.put(chunkOf(scores), [id, Math.min(FIRST + 1, ...keys.map(([, number]) => number)) - 1]);
    },
    scores.values.byteLength,
  );

/** What is known is found by its text, as the numbers of a chunk are found by their bytes. */
const chunkOf = ({ about, values }: RowScores): RowChunk => {
  const text = new TextEncoder().encode(JSON.stringify(about));
  return {
    ...{ bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) },
    offsets: Uint32Array.of(0, values.byteLength),
    facts: { bytes: text, offsets: Uint32Array.of(0, text.byteLength) },
  };
};

const scoresIn = ({ bytes, facts }: RowChunk): RowScores => ({
  about: JSON.parse(new TextDecoder().decode(facts?.bytes)) as ScoresAbout,
  values: new Float32Array(bytes.slice().buffer),
});

const isSame = (a: ScoresAbout, b: ScoresAbout): boolean =>
  a.kind === 'loss' || b.kind === 'loss' ? a.kind === b.kind && a.weightsId === b.weightsId : a.taskId === b.taskId;
