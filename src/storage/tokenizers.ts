// Tokenizers, each as its whole `tokenizer.json`.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { TokenizerRecord } from '../base/records/tokenizer';
import type { AtelierDb } from './db';
import { deleteNamed, getNamed, listNamed, renameNamed, restoreNamed } from './namedRecords';
import { write } from './write';

export const listTokenizers = (db: AtelierDb) => listNamed(db, 'tokenizers');
export const getTokenizer = (db: AtelierDb, id: Id) => getNamed(db, 'tokenizers', id);
export const renameTokenizer = (db: AtelierDb, id: Id, name: string) => renameNamed(db, 'tokenizers', id, name);
export const restoreTokenizer = (db: AtelierDb, id: Id) => restoreNamed(db, 'tokenizers', id);

/** Keeps a new tokenizer. */
export async function addTokenizer(
  db: AtelierDb,
  draft: Omit<TokenizerRecord, 'id' | 'createdAt'>,
): Promise<TokenizerRecord> {
  const record = { ...draft, id: crypto.randomUUID(), createdAt: Date.now() };
  await write(db, ['tokenizers'], (tx) => tx.objectStore('tokenizers').put(record), record.json.length);
  return record;
}

/** @throws tokenizer-in-use: a run or a model cannot be talked to, resumed or exported without its tokenizer */
export async function deleteTokenizer(db: AtelierDb, id: Id): Promise<void> {
  const { name } = await getTokenizer(db, id);
  const users = [...(await listNamed(db, 'runs')), ...(await listNamed(db, 'models'))];
  const user = users.find((of) => of.tokenizerId === id);
  if (user) throw new AtelierError('tokenizer-in-use', { name, run: user.name });
  await deleteNamed(db, 'tokenizers', id);
}

/** A stored tokenizer with the same content and end; one that was made of another for a run is never taken. */
export const sameTokenizer = async (
  db: AtelierDb,
  { json, endId, vocabSize }: Pick<TokenizerRecord, 'json' | 'endId' | 'vocabSize'>,
): Promise<TokenizerRecord | undefined> =>
  (await listTokenizers(db)).find(
    (t) => !t.extended && t.json === json && t.endId === endId && t.vocabSize === vocabSize,
  );
