// Label tasks and their decisions, which are written one by one behind each other: a reload finds all of them.
import { AtelierError } from '../base/errors/errors';
import type { LabelDecision, LabelTask } from '../base/records/labels';
import type { Id } from '../base/records/named';
import type { ListedTask } from '../base/wire/labels';
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { write, type WriteTransaction } from './write';

export const getLabelTask = (db: AtelierDb, id: Id) => getNamed(db, 'labelTasks', id);
export const renameLabelTask = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'labelTasks', id, name);
export const deleteLabelTask = (db: AtelierDb, id: Id) => deleteNamed(db, 'labelTasks', id);
export const restoreLabelTask = (db: AtelierDb, id: Id) => restoreNamed(db, 'labelTasks', id);

/** The tasks of one import and its versions, newest first. */
export async function listLabelTasks(db: AtelierDb, rootId: Id): Promise<ListedTask[]> {
  const tasks = (await listNamed(db, 'labelTasks')).filter((task) => task.rootId === rootId);
  return Promise.all(
    tasks.map(async (task) => ({ task, decisions: await db.count('labelDecisions', keysOf(task.id)) })),
  );
}

/**
 * Stores a task, in place of what was stored of it.
 * @throws storage-full, storage-closed, storage-failed
 */
export const keepLabelTask = (db: AtelierDb, task: LabelTask): Promise<void> =>
  write(db, ['labelTasks'], (tx) => tx.objectStore('labelTasks').put(task), JSON.stringify(task).length);

/** In the order in which they were made. */
export const labelDecisions = (db: AtelierDb, taskId: Id): Promise<LabelDecision[]> =>
  db.getAll('labelDecisions', keysOf(taskId));

type LabelTransaction = WriteTransaction<['labelTasks', 'labelDecisions']>;

const lastKey = async (tx: LabelTransaction, taskId: Id): Promise<[Id, number] | undefined> =>
  (await tx.objectStore('labelDecisions').openKeyCursor(keysOf(taskId), 'prev'))?.key;

/**
 * Writes decisions behind those there are, in one piece: all of them or none.
 * @throws labels-missing where the task was deleted meanwhile; storage-full, storage-closed, storage-failed
 */
export const addDecisions = (db: AtelierDb, taskId: Id, decisions: readonly LabelDecision[]): Promise<void> =>
  write(
    db,
    ['labelTasks', 'labelDecisions'],
    async (tx) => {
      const task = await tx.objectStore('labelTasks').get(taskId);
      if (!task || task.deletedAt !== undefined) throw new AtelierError('labels-missing');
      const next = ((await lastKey(tx, taskId))?.[1] ?? -1) + 1;
      const store = tx.objectStore('labelDecisions');
      await Promise.all(decisions.map((decision, i) => store.put(decision, [taskId, next + i])));
    },
    JSON.stringify(decisions).length,
  );

/** Takes a decision back, behind which so many stand. */
export const dropDecision = (db: AtelierDb, taskId: Id, behind: number): Promise<void> =>
  write(db, ['labelTasks', 'labelDecisions'], async (tx) => {
    const keys = await tx.objectStore('labelDecisions').getAllKeys(keysOf(taskId));
    const key = keys.at(-1 - behind);
    if (key) await tx.objectStore('labelDecisions').delete(key);
  });

/** Removes tasks for good, with their decisions. */
export const removeLabelTasks = (db: AtelierDb, ids: readonly Id[]): Promise<void> =>
  write(db, ['labelTasks', 'labelDecisions'], (tx) =>
    Promise.all(
      ids.flatMap((id) => [
        tx.objectStore('labelTasks').delete(id),
        tx.objectStore('labelDecisions').delete(keysOf(id)),
      ]),
    ),
  );

/** Forgets that rows were put off, so that they are asked again. */
export const dropSkips = (db: AtelierDb, taskId: Id): Promise<void> =>
  write(db, ['labelTasks', 'labelDecisions'], async (tx) => {
    const store = tx.objectStore('labelDecisions');
    const [keys, decisions] = await Promise.all([store.getAllKeys(keysOf(taskId)), store.getAll(keysOf(taskId))]);
    const skips = keys.filter((_, i) => decisions[i]!.answer.kind === 'skip');
    await Promise.all(skips.map((key) => store.delete(key)));
  });
