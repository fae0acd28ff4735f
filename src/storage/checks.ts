// Regression sets and what models answered to them: each answer is stored as it is written, so that a reload or a
// cancel keeps what was done.
import { AtelierError } from '../base/errors/errors';
import type { CheckRun, CheckSetRecord } from '../base/records/checks';
import type { BlindAnswer } from '../base/records/judging';
import type { Id } from '../base/records/named';
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { write } from './write';

export const listCheckSets = (db: AtelierDb) => listNamed(db, 'checkSets');
export const getCheckSet = (db: AtelierDb, id: Id) => getNamed(db, 'checkSets', id);
export const renameCheckSet = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'checkSets', id, name);
export const deleteCheckSet = (db: AtelierDb, id: Id) => deleteNamed(db, 'checkSets', id);
export const restoreCheckSet = (db: AtelierDb, id: Id) => restoreNamed(db, 'checkSets', id);

/** @throws storage-full, storage-closed, storage-failed */
export const keepCheckSet = (db: AtelierDb, set: CheckSetRecord): Promise<void> =>
  write(
    db,
    ['checkSets'],
    (tx) => tx.objectStore('checkSets').put({ ...set, updatedAt: Date.now() }),
    JSON.stringify(set).length,
  );

/** In the order in which they were begun. */
export const checkRunsOf = (db: AtelierDb, setId: Id): Promise<CheckRun[]> => db.getAll('checkRuns', keysOf(setId));

/**
 * Stores an answering behind those there are.
 * @throws check-set-missing where the set was deleted meanwhile; storage-full, storage-closed, storage-failed
 */
export async function addCheckRun(db: AtelierDb, begun: Omit<CheckRun, 'n'>): Promise<number> {
  let n = 0;
  await write(
    db,
    ['checkSets', 'checkRuns'],
    async (tx) => {
      const set = await tx.objectStore('checkSets').get(begun.setId);
      if (!set || set.deletedAt !== undefined) throw new AtelierError('check-set-missing');
      const last = await tx.objectStore('checkRuns').openKeyCursor(keysOf(begun.setId), 'prev');
      n = (last?.key[1] ?? -1) + 1;
      await tx.objectStore('checkRuns').put({ ...begun, n }, [begun.setId, n]);
    },
    JSON.stringify(begun).length,
  );
  return n;
}

/** Changes an answering as it is stored now. @throws check-set-missing where it is gone, and those of storage */
const changeCheckRun = (
  db: AtelierDb,
  [setId, n]: readonly [Id, number],
  change: (run: CheckRun) => CheckRun,
): Promise<void> =>
  write(db, ['checkRuns'], async (tx) => {
    const run = await tx.objectStore('checkRuns').get([setId, n]);
    if (!run) throw new AtelierError('check-set-missing');
    await tx.objectStore('checkRuns').put(change(run), [setId, n]);
  });

/** What a model wrote to a check, in place of what was stored there. @throws check-set-missing, and those of storage */
export const keepCheckAnswer = (
  db: AtelierDb,
  run: readonly [Id, number],
  place: { check: number; model: number },
  answer: BlindAnswer,
): Promise<void> =>
  changeCheckRun(db, run, (stored) => ({
    ...stored,
    answers: stored.answers.map((one, i) =>
      i === place.check ? { ...one, by: one.by.map((by, j) => (j === place.model ? answer : by)) } : one,
    ),
  }));

/** The answering as it was. @throws check-set-missing, and those of storage */
export async function dropCheckRun(db: AtelierDb, setId: Id, n: number): Promise<CheckRun> {
  const run = await db.get('checkRuns', [setId, n]);
  if (!run) throw new AtelierError('check-set-missing');
  await write(db, ['checkRuns'], (tx) => tx.objectStore('checkRuns').delete([setId, n]));
  return run;
}

/** Puts an answering back where it was. */
export const restoreCheckRun = (db: AtelierDb, run: CheckRun): Promise<void> =>
  write(db, ['checkRuns'], (tx) => tx.objectStore('checkRuns').put(run, [run.setId, run.n]));
