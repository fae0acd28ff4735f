// One way to write: a transaction that counts as done when it is on the disk, and its failures as errors with a cure.
import type { IDBPTransaction } from 'idb';
import { AtelierError } from '../base/errors/errors';
import type { AtelierDb, AtelierSchema, StoreName } from './db';

export type WriteTransaction<S extends StoreName[]> = IDBPTransaction<AtelierSchema, S, 'readwrite'>;

const listeners: ((stores: readonly StoreName[]) => void)[] = [];

/** Tells of every write that is on the disk, under the stores that it may have changed. */
export const onWritten = (listener: (stores: readonly StoreName[]) => void): void => void listeners.push(listener);

/**
 * One transaction: all of `work` or none of it. Resolves when the data is on the disk: `strict`, since the default
 * 'relaxed' loses large values at a power cut, and `done`, since a full disk shows only at commit, after every put
 * succeeded. `work` may await nothing but requests of `tx`.
 * @throws storage-full, storage-closed, storage-failed, or what `work` threw
 */
export async function write<const S extends StoreName[]>(
  db: AtelierDb,
  stores: S,
  work: (tx: WriteTransaction<S>) => Promise<unknown>,
  bytes = 0,
): Promise<void> {
  try {
    const tx = db.transaction(stores, 'readwrite', { durability: 'strict' });
    const done = tx.done.then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    );
    await work(tx).catch(async (thrown: unknown) => {
      abort(tx);
      await done;
      throw tx.error ?? thrown; // a failed request only says AbortError; the transaction knows why
    });
    const failed = await done;
    if (failed) throw failed.reason;
    for (const tell of listeners) tell(stores);
  } catch (thrown) {
    throw await storageError(thrown, bytes);
  }
}

function abort(tx: { abort(): void }): void {
  try {
    tx.abort();
  } catch {
    // a failed request has aborted it already
  }
}

/** A failure of the platform in words that hold the cure; `bytes` is what was to be written. */
export async function storageError(thrown: unknown, bytes = 0): Promise<AtelierError> {
  if (thrown instanceof AtelierError) return thrown;
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = { cause: thrown };
  if (name === 'QuotaExceededError') {
    return new AtelierError('storage-full', { needed: megabytes(bytes), used: megabytes(await usedBytes()) }, cause);
  }
  // an AbortError without a reason: the browser closed the connection under the transaction
  if (name === 'InvalidStateError' || name === 'AbortError') return new AtelierError('storage-closed', {}, cause);
  return new AtelierError('storage-failed', { detail: message ? `${name}: ${message}` : name }, cause);
}

/** Decimal megabytes, rounded up to a tenth, as file managers count. */
const megabytes = (bytes: number): number => Math.ceil(bytes / 1e5) / 10;

async function usedBytes(): Promise<number> {
  const manager = typeof navigator === 'undefined' ? undefined : navigator.storage;
  return (await manager?.estimate().catch(() => undefined))?.usage ?? 0;
}
