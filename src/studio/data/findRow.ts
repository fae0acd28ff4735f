// Finds the next row of a stored text that holds some words. It reads one chunk at a time and keeps nothing.
import { throwIfCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import { plainText } from '../../data/chat/conversationText';
import { Yielding } from '../../data/yielding';
import { allRows, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';

/** Letters in either case, and accents however they are composed. */
const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/**
 * The index of the first row from row `from` on that holds the query; of conversations their messages count.
 * @throws dataset-missing, dataset-damaged, cancelled
 */
export async function findRow(
  db: AtelierDb,
  id: Id,
  query: string,
  from: number,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { rows, content = 'text' } = await getDataset(db, id);
  const wanted = folded(query);
  const pace = new Yielding(signal);
  let at = from;
  for await (const row of allRows(db, id, from)) {
    throwIfCancelled(signal);
    if (folded(plainText(row, content)).includes(wanted)) return at;
    at++;
    if (!pace.due()) continue;
    onProgress?.({ phase: 'checking', done: at, total: rows, unit: 'rows' });
    await pace.rest();
  }
  return undefined;
}
