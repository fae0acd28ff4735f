// Opens the studio's IndexedDB and brings an older one up to date: every migration since version 1 is here or named
// here.
import { openDB } from 'idb';
import { AtelierError } from '../base/errors/errors';
import type { AtelierDb, AtelierSchema, Upgrade } from './db';
import { renameStoredFields } from './renamedFields';

export const DB_NAME = 'atelier';

/**
 * `MIGRATIONS[v]` brings a database of version v to v + 1. One that has been released is never edited. One that changes
 * records queues its requests on `tx`, which keeps the upgrade open until they are done.
 */
export const MIGRATIONS: readonly ((db: AtelierDb, tx: Upgrade) => void)[] = [
  (db) => {
    for (const name of ['datasets', 'tokenizers', 'prepared', 'runs'] as const)
      db.createObjectStore(name, { keyPath: 'id' });
    for (const name of ['rowChunks', 'tokenChunks', 'checkpointChunks'] as const) db.createObjectStore(name);
    db.createObjectStore('settings', { keyPath: 'key' });
    db.createObjectStore('history', { autoIncrement: true }).createIndex('byRun', ['runId', 'toStep']);
    db.createObjectStore('checkpoints', { keyPath: 'id' }).createIndex('byRun', ['runId', 'createdAt']);
  },
  (db) => {
    db.createObjectStore('models', { keyPath: 'id' });
    db.createObjectStore('modelChunks');
    db.createObjectStore('downloads');
  },
  (db) => {
    db.createObjectStore('talks', { keyPath: 'id' });
  },
  (_db, tx) => renameStoredFields(tx),
];

/**
 * Opens the storage and brings it up to date. A connection closes by itself when a newer version of the studio wants to
 * upgrade, so that it never waits for this tab.
 * @throws storage-newer, storage-blocked, storage-unavailable
 */
export async function openStorage(name = DB_NAME, migrations = MIGRATIONS): Promise<AtelierDb> {
  if (typeof indexedDB === 'undefined') throw new AtelierError('storage-unavailable', { detail: 'no IndexedDB' });
  let connection: AtelierDb | undefined;
  return new Promise<AtelierDb>((resolve, reject) => {
    openDB<AtelierSchema>(name, migrations.length, {
      upgrade(db, from, _to, tx) {
        for (const migrate of migrations.slice(from)) migrate(db, tx);
      },
      blocked: () => reject(new AtelierError('storage-blocked')),
      blocking: () => connection?.close(),
    }).then(
      (db) => resolve((connection = db)),
      (reason: unknown) => reject(openError(reason)),
    );
  });
}

function openError(reason: unknown): AtelierError {
  const { name, message } = reason instanceof Error ? reason : new Error(String(reason));
  if (name === 'VersionError') return new AtelierError('storage-newer', {}, { cause: reason });
  return new AtelierError('storage-unavailable', { detail: `${name}: ${message}` }, { cause: reason });
}
