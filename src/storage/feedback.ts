// What people said of answers, record by record. It is deleted for good: the page holds what an undo puts back.
import type { FeedbackRecord } from '../base/records/feedback';
import type { Id } from '../base/records/named';
import type { AtelierDb } from './db';
import { write } from './write';

/** Newest first. */
export async function listFeedback(db: AtelierDb): Promise<FeedbackRecord[]> {
  return (await db.getAll('feedback')).sort((a, b) => b.createdAt - a.createdAt);
}

/**
 * Stores records in place of what was stored of them: all or none.
 * @throws storage-full, storage-closed, storage-failed
 */
export const keepFeedback = (db: AtelierDb, records: readonly FeedbackRecord[]): Promise<void> =>
  write(
    db,
    ['feedback'],
    (tx) => Promise.all(records.map((record) => tx.objectStore('feedback').put(record))),
    JSON.stringify(records).length,
  );

/** @throws storage-closed, storage-failed */
export const deleteFeedback = (db: AtelierDb, ids: readonly Id[]): Promise<void> =>
  write(db, ['feedback'], (tx) => Promise.all(ids.map((id) => tx.objectStore('feedback').delete(id))));
