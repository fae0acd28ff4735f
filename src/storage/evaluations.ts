// Evaluations and their chunks, which are written one by one behind each other: a reload finds all that was computed.
import { AtelierError } from '../base/errors/errors';
import type { EvaluationChunk, EvaluationRecord } from '../base/records/evaluation';
import type { Id } from '../base/records/named';
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { write } from './write';

export const getEvaluation = (db: AtelierDb, id: Id) => getNamed(db, 'evaluations', id);
export const listEvaluations = (db: AtelierDb) => listNamed(db, 'evaluations');
export const renameEvaluation = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'evaluations', id, name);
export const deleteEvaluation = (db: AtelierDb, id: Id) => deleteNamed(db, 'evaluations', id);
export const restoreEvaluation = (db: AtelierDb, id: Id) => restoreNamed(db, 'evaluations', id);

/** @throws storage-full, storage-closed, storage-failed */
export const addEvaluation = (db: AtelierDb, record: EvaluationRecord): Promise<void> =>
  write(db, ['evaluations'], (tx) => tx.objectStore('evaluations').add(record));

/** In the order in which they were computed. */
export const evaluationChunks = (db: AtelierDb, id: Id): Promise<EvaluationChunk[]> =>
  db.getAll('evaluationRows', keysOf(id));

/**
 * Writes a chunk behind those there are, and with it what it changes in the record: both or none.
 * @throws evaluation-missing where it was deleted meanwhile; storage-full, storage-closed, storage-failed
 */
export const addEvaluationChunk = (
  db: AtelierDb,
  id: Id,
  chunk: EvaluationChunk,
  patch: Partial<Pick<EvaluationRecord, 'classes' | 'done' | 'models' | 'total'>>,
): Promise<void> =>
  write(
    db,
    ['evaluations', 'evaluationRows'],
    async (tx) => {
      const [records, chunks] = [tx.objectStore('evaluations'), tx.objectStore('evaluationRows')];
      const record = await records.get(id);
      if (!record || record.deletedAt !== undefined) throw new AtelierError('evaluation-missing');
      const last = (await chunks.openKeyCursor(keysOf(id), 'prev'))?.key;
      await Promise.all([
        chunks.put(chunk, [id, (last?.[1] ?? -1) + 1]),
        records.put({ ...record, ...patch, updatedAt: Date.now() }),
      ]);
    },
    JSON.stringify(chunk).length,
  );
