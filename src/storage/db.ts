import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import { AtelierError } from '../base/errors/errors';
import type { HistoryPart } from '../base/wire/events';
import type { CheckpointManifest } from '../base/records/checkpoint';
import type { DatasetRecord, RowChunk } from '../base/records/dataset';
import type { Id } from '../base/records/named';
import type { ModelRecord } from '../base/records/model';
import type { PreparedRecord } from '../base/records/prepared';
import type { RunRecord } from '../base/records/run';
import type { TokenizerRecord } from '../base/records/tokenizer';
import type { TalkRecord } from '../base/records/talk';
import { renameStoredFields } from './renamedFields';
import type { SettingRecord } from './settings';

/**
 * Everything that is kept. Large values are chunks of 4 to 16 MB: many small ones are slow, one large one blocks for
 * seconds.
 */
export interface AtelierSchema extends DBSchema {
  datasets: { key: Id; value: DatasetRecord };
  /** By dataset and the number of the chunk's first row, so that row n is found without reading what comes before. */
  rowChunks: { key: [Id, number]; value: RowChunk };
  tokenizers: { key: Id; value: TokenizerRecord };
  prepared: { key: Id; value: PreparedRecord };
  /**
   * By prepared text, column (its numbers are in prepared.ts) and index; 16 bits per token where the vocabulary allows
   * it.
   */
  tokenChunks: { key: [Id, number, number]; value: Uint16Array | Uint32Array | Float32Array };
  runs: { key: Id; value: RunRecord };
  history: { key: number; value: HistoryPart; indexes: { byRun: [Id, number] } };
  checkpoints: { key: Id; value: CheckpointManifest; indexes: { byRun: [Id, number] } };
  checkpointChunks: { key: [Id, number]; value: ArrayBuffer };
  settings: { key: string; value: SettingRecord };
  models: { key: Id; value: ModelRecord };
  modelChunks: { key: [Id, number]; value: ArrayBuffer };
  /** Parts of files on their way from a hub, by file and place; gone when their model is kept. */
  downloads: { key: [string, number]; value: ArrayBuffer };
  /** Talks with models, each whole. */
  talks: { key: Id; value: TalkRecord };
}

export type StoreName = StoreNames<AtelierSchema>;
export type AtelierDb = IDBPDatabase<AtelierSchema>;
export type Upgrade = IDBPTransaction<AtelierSchema, StoreName[], 'versionchange'>;

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
 * upgrade, so that it never waits for this tab. Throws storage-newer, storage-blocked, storage-unavailable.
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
