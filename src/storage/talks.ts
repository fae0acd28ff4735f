// Talks with models, each stored whole as one record.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { TalkRecord } from '../base/records/talk';
import type { AtelierDb } from './db';
import { deleteNamed, listNamed, restoreNamed } from './namedRecords';
import { write } from './write';

export const listTalks = (db: AtelierDb) => listNamed(db, 'talks');
export const deleteTalk = (db: AtelierDb, id: Id) => deleteNamed(db, 'talks', id);
export const restoreTalk = (db: AtelierDb, id: Id) => restoreNamed(db, 'talks', id);

/**
 * Stores a talk as it is now, in place of what was stored of it.
 * @param before whether it was stored before: one that is not here any more was deleted in another tab, and stays so
 * @throws talk-missing
 */
export const keepTalk = (db: AtelierDb, talk: TalkRecord, before: boolean): Promise<void> =>
  write(
    db,
    ['talks'],
    async (tx) => {
      const stored = await tx.objectStore('talks').get(talk.id);
      if (stored ? stored.deletedAt !== undefined : before) throw new AtelierError('talk-missing');
      await tx.objectStore('talks').put(talk);
    },
    JSON.stringify(talk).length,
  );
