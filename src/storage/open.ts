// Opens the studio's IndexedDB and brings an older one up to date: every migration since version 1 is here or named
// here.
import { openDB } from 'idb';
import { AtelierError } from '../base/errors/errors';
import type { AtelierDb, AtelierSchema, Upgrade } from './db';
import { walled } from './readErrors';
import { renameStoredFields } from './renamedFields';
import { storageError } from './write';

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
  (db) => {
    db.createObjectStore('recipes', { keyPath: 'id' });
  },
  (db) => {
    db.createObjectStore('labelTasks', { keyPath: 'id' });
    db.createObjectStore('labelDecisions');
  },
  (db) => {
    for (const name of ['evaluations', 'judgings'] as const) db.createObjectStore(name, { keyPath: 'id' });
    for (const name of ['evaluationRows', 'judgements'] as const) db.createObjectStore(name);
    db.createObjectStore('feedback', { keyPath: 'id' }).createIndex('byTalk', 'talkId');
  },
  (db) => {
    db.createObjectStore('checkSets', { keyPath: 'id' });
    db.createObjectStore('checkRuns');
  },
  (db) => {
    db.createObjectStore('queue', { keyPath: 'id' });
  },
];

export interface OpenStorageOptions {
  /** Called before the connection closes for a newer version of the studio: saves what is under way. */
  beforeClose?: () => Promise<void>;
  /** So long other tabs are waited for, ms: a run that saves may take a while. */
  patience?: number;
}

const PATIENCE = 30_000;

/**
 * Opens the storage and brings it up to date. A connection closes by itself when a newer version of the studio wants to
 * upgrade, so that it waits for this tab no longer than for its save.
 * @throws storage-newer, storage-blocked, storage-full, storage-unopened, storage-unavailable
 */
export async function openStorage(
  name = DB_NAME,
  migrations = MIGRATIONS,
  { beforeClose, patience = PATIENCE }: OpenStorageOptions = {},
): Promise<AtelierDb> {
  if (typeof indexedDB === 'undefined') throw new AtelierError('storage-unavailable', { detail: 'IndexedDB' });
  let connection: AtelierDb | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let refused = false;
  const close = (): void => connection?.close();
  return new Promise<AtelierDb>((resolve, reject) => {
    const refuse = (): void => {
      refused = true;
      reject(new AtelierError('storage-blocked'));
    };
    // async, since a browser that refuses storage to this page throws at once
    const open = async (): Promise<AtelierDb> =>
      openDB<AtelierSchema>(name, migrations.length, {
        upgrade(db, from, _to, tx) {
          for (const migrate of migrations.slice(from)) migrate(db, tx);
        },
        blocked: () => void (waiting = setTimeout(refuse, patience)),
        blocking: () => (beforeClose ? void beforeClose().then(close, close) : close()),
      });
    open()
      .finally(() => clearTimeout(waiting))
      .then(
        (db) => {
          connection = db;
          if (refused) close();
          else resolve(walled(db));
        },
        (reason: unknown) => void openError(reason).then(reject),
      );
  });
}

async function openError(reason: unknown): Promise<AtelierError> {
  const { name, message } = reason instanceof Error ? reason : new Error(String(reason));
  if (name === 'VersionError') return new AtelierError('storage-newer', {}, { cause: reason });
  if (name === 'QuotaExceededError') return storageError(reason);
  // the files are there and cannot be read, or the disk is failing; without storage the name is another
  if (name === 'UnknownError') return new AtelierError('storage-unopened', { detail: message }, { cause: reason });
  return new AtelierError('storage-unavailable', { detail: `${name}: ${message}` }, { cause: reason });
}
