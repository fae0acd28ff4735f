// One wall around every read of a connection: what the platform throws there becomes an error that says what is true.
// Writes have theirs in write.ts.
import { AtelierError } from '../base/errors/errors';
import type { AtelierDb, AtelierSchema, StoreName } from './db';

/** The reads that idb offers on a connection, each a transaction of its own. */
const READS: ReadonlySet<string | symbol> = new Set([
  ...['get', 'getAll', 'getKey', 'getAllKeys', 'count'],
  ...['getFromIndex', 'getAllFromIndex', 'getKeyFromIndex', 'getAllKeysFromIndex', 'countFromIndex'],
]);

/** Reads of many records, and the read that gives their keys. */
const KEYS_OF: Readonly<Record<string, string>> = { getAll: 'getAllKeys', getAllFromIndex: 'getAllKeysFromIndex' };

/** What browsers throw where the connection is closed: by an upgrade, or since the data was cleared. */
const CLOSED: ReadonlySet<string> = new Set(['InvalidStateError', 'AbortError']);
/** What browsers throw where the bytes of a value cannot be read: https://w3c.github.io/IndexedDB/#exceptions */
const UNREADABLE: ReadonlySet<string> = new Set([
  ...['NotReadableError', 'UnknownError', 'DataError', 'NotFoundError', 'OperationError'],
]);

/** What reads of many give by `recordsOf`; whether it is all that is stored, or some could not be read. */
interface Records<S extends StoreName> {
  records: AtelierSchema[S]['value'][];
  whole: boolean;
}

/** Who deletes what no record names has to know of all of them. */
export async function recordsOf<S extends StoreName>(db: AtelierDb, store: S): Promise<Records<S>> {
  const stored = await db.count(store);
  const records = await db.getAll(store);
  return { records, whole: records.length >= stored };
}

type Reader = (...parts: unknown[]) => Promise<unknown>;

/** Records that a read of many left out, by store and key, and when it first did. */
type LeftOut = Map<string, number>;
const leftOut = new WeakMap<AtelierDb, LeftOut>();

/** How many records could not be read so far, where many were asked for at once. */
export const unreadableRecords = (db: AtelierDb): number => leftOut.get(db)?.size ?? 0;

/**
 * When the latest of a store's records that cannot be read was first found so; -Infinity where all could. What was
 * stored after that, none of them can name.
 */
export function unreadableSince(db: AtelierDb, store: StoreName): number {
  const found = [...(leftOut.get(db) ?? [])].filter(([place]) => place.startsWith(`${store} `));
  return Math.max(-Infinity, ...found.map(([, at]) => at));
}

/**
 * The same connection, whose reads throw storage-closed and storage-damaged. A read of many leaves out the records that
 * cannot be read, so that one of them does not hide all others.
 */
export function walled(db: AtelierDb): AtelierDb {
  const lost: LeftOut = new Map();
  const reader = (name: string): Reader => {
    const method = Reflect.get(db, name, db) as Reader;
    return (...parts) => Reflect.apply(method, db, parts); // idb finds its own object by `this`
  };
  const wall = new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (typeof name === 'symbol' || !READS.has(name)) return value.bind(target) as unknown;
      return (...parts: unknown[]) => read(reader, name, parts, lost);
    },
  });
  leftOut.set(wall, lost);
  return wall;
}

async function read(reader: (name: string) => Reader, name: string, parts: unknown[], lost: LeftOut) {
  const place = (key: unknown): string => [parts[0], ...(isKey(key) ? [key].flat() : [])].map(String).join(' ');
  try {
    return await reader(name)(...parts);
  } catch (thrown) {
    const error = readError(thrown, place(name === 'get' ? parts[1] : undefined));
    const keysOf = KEYS_OF[name];
    if (!isDamage(error) || !keysOf) throw error;
    const keys = (await reader(keysOf)(...parts)) as IDBValidKey[];
    const records: unknown[] = [];
    for (const key of keys) {
      await reader('get')(parts[0], key).then(
        (record) => records.push(record),
        (failed: unknown) => {
          if (!isDamage(readError(failed, place(key)))) throw failed;
          if (!lost.has(place(key))) lost.set(place(key), Date.now());
        },
      );
    }
    return records;
  }
}

const isKey = (key: unknown): key is IDBValidKey =>
  typeof key === 'string' || typeof key === 'number' || Array.isArray(key);

/** A failure of a read by its name; what is no failure of the platform stays as it is. */
function readError(thrown: unknown, record: string): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { name, message } = thrown;
  if (CLOSED.has(name)) return new AtelierError('storage-closed', {}, { cause: thrown });
  if (!UNREADABLE.has(name)) return thrown;
  const detail = message ? `${name}: ${message}` : name;
  return new AtelierError('storage-damaged', { record, detail }, { cause: thrown });
}

/** Whether a read failed because its connection was closed. */
export const isClosed = (thrown: unknown): boolean =>
  thrown instanceof AtelierError && thrown.code === 'storage-closed';

const isDamage = (thrown: unknown): boolean => thrown instanceof AtelierError && thrown.code === 'storage-damaged';
