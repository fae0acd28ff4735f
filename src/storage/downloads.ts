// Parts of files that are on their way from a hub, so that a broken download resumes. They go once the model is stored.
import { keysOf } from './datasets';
import type { AtelierDb } from './db';
import { write } from './write';

/**
 * Beside the parts of a file: when the last one came, and how many bytes all have. Parts themselves are large, and are
 * not read for that.
 */
const MARK = -1;
/** Who goes on with a fetch does so the same day; whole gigabytes that nobody asks for any more are let go. */
const KEPT_MS = 24 * 60 * 60 * 1000;

interface Mark {
  at: number;
  bytes: number;
}
const markOf = (buffer: ArrayBuffer | undefined): Mark => {
  const [at = 0, bytes = 0] = buffer ? new Float64Array(buffer) : [];
  return { at, bytes };
};

/**
 * Parts of files that were fetched, so that an import that was interrupted fetches only what is missing. The browser's
 * own cache does not serve an opaque origin's ranges reliably, and forgets when it likes.
 */
export const getPart = (db: AtelierDb, file: string, index: number): Promise<ArrayBuffer | undefined> =>
  db.get('downloads', [file, index]);

export const putPart = (
  db: AtelierDb,
  file: string,
  index: number,
  bytes: ArrayBuffer,
  at = Date.now(),
): Promise<void> =>
  write(
    db,
    ['downloads'],
    async (tx) => {
      const store = tx.objectStore('downloads');
      const before = markOf(await store.get([file, MARK]));
      await store.put(bytes, [file, index]);
      await store.put(Float64Array.of(at, before.bytes + bytes.byteLength).buffer, [file, MARK]);
    },
    bytes.byteLength,
  );

/** Forgets one part: what it holds is stored elsewhere. */
export const forgetPart = (db: AtelierDb, file: string, index: number): Promise<void> =>
  write(db, ['downloads'], async (tx) => {
    const store = tx.objectStore('downloads');
    const part = await store.get([file, index]);
    if (!part) return;
    const { at, bytes } = markOf(await store.get([file, MARK]));
    await store.delete([file, index]);
    await store.put(Float64Array.of(at, bytes - part.byteLength).buffer, [file, MARK]);
  });

/** Forgets the parts of these files: their model is kept, or given up. */
export const forgetParts = (db: AtelierDb, files: readonly string[]): Promise<void> =>
  write(db, ['downloads'], (tx) => Promise.all(files.map((file) => tx.objectStore('downloads').delete(keysOf(file)))));

/** Files with parts. Reading the keys alone is quick, however large the parts are. */
async function filesOf(db: AtelierDb): Promise<(Mark & { file: string })[]> {
  const files = new Set((await db.getAllKeys('downloads')).map(([file]) => file));
  return Promise.all([...files].map(async (file) => ({ file, ...markOf(await db.get('downloads', [file, MARK])) })));
}

export const downloadBytes = async (db: AtelierDb): Promise<number> =>
  (await filesOf(db)).reduce((sum, { bytes }) => sum + bytes, 0);

/** Forgets all that waits for its model. */
export const forgetDownloads = async (db: AtelierDb): Promise<void> =>
  forgetParts(
    db,
    (await filesOf(db)).map(({ file }) => file),
  );

/** Forgets files of which no part came for a day. */
export async function sweepDownloads(db: AtelierDb, now: number): Promise<void> {
  const old = (await filesOf(db)).filter(({ at }) => at < now - KEPT_MS);
  if (old.length)
    await forgetParts(
      db,
      old.map(({ file }) => file),
    );
}
