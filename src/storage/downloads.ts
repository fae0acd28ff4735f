import type { AtelierDb } from './db';
import { keysOf } from './datasets';
import { write } from './write';

/**
 * Parts of files that were fetched, so that an import that was interrupted fetches only what is missing. The browser's own cache
 * does not serve an opaque origin's ranges reliably, and forgets when it likes.
 */
export const getPart = (db: AtelierDb, file: string, index: number): Promise<ArrayBuffer | undefined> =>
  db.get('downloads', [file, index]);

export const putPart = (db: AtelierDb, file: string, index: number, bytes: ArrayBuffer): Promise<void> =>
  write(db, ['downloads'], (tx) => tx.objectStore('downloads').put(bytes, [file, index]), bytes.byteLength);

/** Forgets the parts of these files: their model is kept, or given up. */
export const forgetParts = (db: AtelierDb, files: readonly string[]): Promise<void> =>
  write(db, ['downloads'], (tx) => Promise.all(files.map((file) => tx.objectStore('downloads').delete(keysOf(file)))));
