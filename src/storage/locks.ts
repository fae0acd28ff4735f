// Web Locks that keep two tabs from using one run or half-written record. They end with the tab, so a crash leaves
// none.
// https://developer.mozilla.org/docs/Web/API/Web_Locks_API
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { RunRecord } from '../base/records/run';
import { runLock } from '../base/wire/tabs';

/** The part of `navigator.locks` that is used; a test gives its own. */
export interface Locks {
  request<T>(
    name: string,
    options: { ifAvailable?: boolean; mode?: 'shared' | 'exclusive' },
    work: (lock: { name: string } | null) => Promise<T>,
  ): Promise<T>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** The browser's locks; without them (outside a browser) nothing else can be running, and every lock is free. */
export const browserLocks = (): Locks => {
  if (typeof navigator === 'undefined' || !('locks' in navigator)) return NO_LOCKS;
  const { locks } = navigator;
  return {
    request: async (name, options, work) => await locks.request(name, options, work),
    query: () => locks.query(),
  };
};

const NO_LOCKS: Locks = {
  request: (name, _options, work) => work({ name }),
  query: () => Promise.resolve({ held: [] }),
};

const writingLock = (id: Id): string => `writing:${id}`;
const readingLock = (id: Id): string => `reading:${id}`;

/**
 * Takes the lock of a run, which says to all tabs that it is under way; the browser frees it when the worker dies.
 * Gives the function that frees it.
 * @throws run-elsewhere
 */
export async function holdRun(run: Pick<RunRecord, 'id' | 'name'>, locks = browserLocks()): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = locks.request(runLock(run.id), { ifAvailable: true }, (lock) => {
      if (!lock) return Promise.reject(new AtelierError('run-elsewhere', { name: run.name }));
      return new Promise<void>((free) => resolve(() => free()));
    });
    held.catch(reject);
  });
}

/** Settles when no tab has the run under way. */
export const whenRunFree = (id: Id, locks = browserLocks()): Promise<void> =>
  locks.request(runLock(id), {}, () => Promise.resolve());

/** Starts runs of the queue, in one tab at a time: the next one waits until this one has left or is closed. */
export const whileDriving = <T>(work: () => Promise<T>, locks = browserLocks()): Promise<T> =>
  locks.request('queue', {}, () => work());

/** Does work whose chunks belong to no record yet, and keeps the sweep of another tab from taking them for orphans. */
export const whileWriting = <T>(id: Id, work: () => Promise<T>, locks = browserLocks()): Promise<T> =>
  locks.request(writingLock(id), {}, () => work());

/**
 * Looks whether something is here already and writes it where it is not, in one tab at a time: two that look at once
 * would both write.
 */
export const whileAdding = <T>(what: string, work: () => Promise<T>, locks = browserLocks()): Promise<T> =>
  locks.request(`adding:${what}`, {}, () => work());

/**
 * Reads a checkpoint or a model to its end, and keeps every tab from deleting its chunks meanwhile. Readers share the
 * lock.
 */
export const whileReading = <T>(id: Id, work: () => Promise<T>, locks = browserLocks()): Promise<T> =>
  locks.request(readingLock(id), { mode: 'shared' }, () => work());

/** Deletes what nobody reads. False where it is being read: then nothing was done. */
export const unlessRead = (id: Id, remove: () => Promise<void>, locks = browserLocks()): Promise<boolean> =>
  locks.request(readingLock(id), { ifAvailable: true }, async (lock) => {
    if (lock) await remove();
    return lock !== null;
  });

/** What is under way now, in any tab. */
export async function underWay(
  locks = browserLocks(),
): Promise<{ run(id: Id): boolean; writing(id: Id): boolean; anyWriting: boolean }> {
  const names = new Set((await locks.query()).held?.map((lock) => lock.name));
  const anyWriting = [...names].some((name) => name?.startsWith(writingLock('')));
  return { run: (id) => names.has(runLock(id)), writing: (id) => names.has(writingLock(id)), anyWriting };
}
