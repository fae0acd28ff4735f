// Blind comparisons and their judgements, which are written one by one behind each other: a reload finds all of them.
import { AtelierError } from '../base/errors/errors';
import type { BlindAnswer, JudgingRecord, Judgement } from '../base/records/judging';
import type { Id } from '../base/records/named';
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { write } from './write';

export const listJudgings = (db: AtelierDb) => listNamed(db, 'judgings');
export const getJudging = (db: AtelierDb, id: Id) => getNamed(db, 'judgings', id);
export const renameJudging = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'judgings', id, name);
export const deleteJudging = (db: AtelierDb, id: Id) => deleteNamed(db, 'judgings', id);
export const restoreJudging = (db: AtelierDb, id: Id) => restoreNamed(db, 'judgings', id);

/** @throws storage-full, storage-closed, storage-failed */
export const keepJudging = (db: AtelierDb, judging: JudgingRecord): Promise<void> =>
  write(db, ['judgings'], (tx) => tx.objectStore('judgings').put(judging), JSON.stringify(judging).length);

/** Changes a judging as it is stored now. @throws judging-missing, and those of storage */
export const changeJudging = (
  db: AtelierDb,
  id: Id,
  change: (judging: JudgingRecord) => JudgingRecord,
): Promise<void> =>
  write(db, ['judgings'], async (tx) => {
    const stored = await tx.objectStore('judgings').get(id);
    if (!stored || stored.deletedAt !== undefined) throw new AtelierError('judging-missing');
    await tx.objectStore('judgings').put({ ...change(stored), updatedAt: Date.now() });
  });

/** What a candidate wrote on a prompt, in place of what was stored there. */
export const keepBlindAnswer = (
  db: AtelierDb,
  id: Id,
  { prompt, candidate }: { prompt: number; candidate: number },
  answer: BlindAnswer,
): Promise<void> =>
  changeJudging(db, id, (judging) => ({
    ...judging,
    answers: judging.answers.map((row, i) =>
      i === prompt ? row.map((one, j) => (j === candidate ? answer : one)) : row,
    ),
  }));

/** In the order in which they were stored. */
export const judgementsOf = (db: AtelierDb, id: Id): Promise<Judgement[]> => db.getAll('judgements', keysOf(id));

/**
 * Writes judgements behind those there are, in one piece.
 * @throws judging-missing where the judging was deleted meanwhile, and those of storage
 */
export const addJudgements = (db: AtelierDb, id: Id, given: readonly Omit<Judgement, 'n'>[]): Promise<void> =>
  write(
    db,
    ['judgings', 'judgements'],
    async (tx) => {
      const judging = await tx.objectStore('judgings').get(id);
      if (!judging || judging.deletedAt !== undefined) throw new AtelierError('judging-missing');
      const store = tx.objectStore('judgements');
      const last = await store.openKeyCursor(keysOf(id), 'prev');
      const next = (last?.key[1] ?? -1) + 1;
      await Promise.all(given.map((judgement, i) => store.put({ ...judgement, n: next + i }, [id, next + i])));
    },
    JSON.stringify(given).length,
  );

export const dropJudgement = (db: AtelierDb, { judgingId, n }: Judgement): Promise<void> =>
  write(db, ['judgements'], (tx) => tx.objectStore('judgements').delete([judgingId, n]));
