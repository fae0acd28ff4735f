// Talks with models, each stored whole as one record.
import type { Id } from '../base/records/named';
import type { TalkRecord } from '../base/records/talk';
import type { AtelierDb } from './db';
import { deleteNamed, listNamed, restoreNamed } from './namedRecords';
import { write } from './write';

export const listTalks = (db: AtelierDb) => listNamed(db, 'talks');
export const deleteTalk = (db: AtelierDb, id: Id) => deleteNamed(db, 'talks', id);
export const restoreTalk = (db: AtelierDb, id: Id) => restoreNamed(db, 'talks', id);

/** Keeps a talk as it is now, in place of what was kept of it. */
export const keepTalk = (db: AtelierDb, talk: TalkRecord): Promise<void> =>
  write(db, ['talks'], (tx) => tx.objectStore('talks').put(talk), JSON.stringify(talk).length);
