// Starts the runs of the queue one after another, in one tab at a time; each goes to its end, whatever becomes of it.
// What waits is in storage; how one run goes is runs.ts.
import { asAtelierError, type AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { RunRecord } from '../base/records/run';
import type { QueueEntry } from '../base/wire/queue';
import type { RunRequest } from '../base/wire/requests';
import type { AtelierDb } from '../storage/db';
import { browserLocks, underWay, whenRunFree, whileDriving, type Locks } from '../storage/locks';
import { adoptRun, patchEntry, readQueue, switchQueue } from '../storage/queue';

/** What the rest of the studio gives the queue. */
export interface QueueWorld {
  db: AtelierDb;
  locks?: Locks;
  /** A new run under this id. */
  start(id: Id, request: RunRequest): Promise<RunRecord>;
  /** The same run from its newest checkpoint. */
  resume(id: Id): Promise<RunRecord>;
  /** Settles when no run and no measurement has the device. */
  free(): Promise<void>;
  /** What kept the queue itself from going on. */
  tell(error: AtelierError): void;
}

/** What the machine lacks and no entry can help: the next one would fail alike. */
const OF_THE_MACHINE: ReadonlySet<string> = new Set([
  ...['webgpu-needed', 'webgpu-missing', 'webgpu-device', 'gpu-gone', 'gpu-lost-again'],
  ...['storage-full', 'storage-failed', 'storage-closed'],
]);

/** Somebody else has the device or the run just now: the entry is looked at again. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(['run-busy', 'run-elsewhere']);

export class RunQueue {
  readonly #world: QueueWorld;
  readonly #locks: Locks;
  #driving: Promise<void> | undefined;
  /** Something changed since the queue was last read. */
  #again = false;
  #left = false;
  /** Settles when the runs that were started, resumed or sent back by hand are under way, or did not begin. */
  #byHand: Promise<unknown> = Promise.resolve();

  constructor(world: QueueWorld) {
    this.#world = world;
    this.#locks = world.locks ?? browserLocks();
  }

  /**
   * Goes on where the queue stands, if it is switched on: a run that was cut is resumed first. Settles when there is
   * nothing left to start.
   * @throws what storage throws
   */
  goOn(): Promise<void> {
    this.#again = true;
    this.#driving ??= whileDriving(() => this.#drive(), this.#locks).finally(() => (this.#driving = undefined));
    return this.#driving;
  }

  /** Starts nothing any more: the storage is about to close. */
  leave(): void {
    this.#left = true;
  }

  /** Goes on in the background. */
  wake(): void {
    void this.goOn().catch(this.#tell);
  }

  /**
   * A run that is started, resumed or sent back by hand: with the switch on it stands in the queue too. Sent back, it
   * ends and begins again: the queue starts nothing in between.
   */
  async holding(begun: Promise<RunRecord>): Promise<RunRecord> {
    this.#byHand = Promise.allSettled([this.#byHand, begun]);
    const run = await begun;
    const adopting = readQueue(this.#world.db).then(({ on }) => (on ? adoptRun(this.#world.db, run) : undefined));
    await adopting.then(() => this.wake(), this.#tell);
    return run;
  }

  readonly #tell = (thrown: unknown): void => this.#world.tell(asAtelierError(thrown));

  /** A method: the answer changes while a caller awaits. */
  #hasLeft(): boolean {
    return this.#left;
  }

  async #drive(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      while (await this.#next());
    }
  }

  /** One entry, to its end; false where there is nothing to do. */
  async #next(): Promise<boolean> {
    const { db } = this.#world;
    if (this.#hasLeft() || !(await readQueue(db)).on) return false;
    await this.#byHand;
    await this.#adoptAll();
    await this.#world.free();
    const { on, entries } = await readQueue(db);
    if (this.#hasLeft() || !on) return false;
    const entry = entries.find(({ state }) => state === 'running') ?? entries.find(({ state }) => state === 'waiting');
    return entry ? this.#goTo(entry) : false;
  }

  /** Runs that some tab has under way since before the queue was switched on. */
  async #adoptAll(): Promise<void> {
    const { db } = this.#world;
    const [runs, now] = [await db.getAll('runs'), await underWay(this.#locks)];
    for (const run of runs) if (now.run(run.id)) await adoptRun(db, run);
  }

  async #goTo(entry: QueueEntry): Promise<boolean> {
    const { db } = this.#world;
    const { id } = entry;
    const run = await db.get('runs', id);
    if (run && (await underWay(this.#locks)).run(id)) {
      await whenRunFree(id, this.#locks);
      return true;
    }
    if (run && run.deletedAt === undefined) {
      if (entry.state === 'running' && !isCut(run)) {
        await this.#settle(run);
        return true;
      }
      return this.#begin(entry, () => this.#world.resume(id));
    }
    const { request } = entry;
    if (!request || run) {
      await patchEntry(db, id, { state: 'failed', error: { code: 'run-missing', facts: {} } });
      return true;
    }
    return this.#begin(entry, () => this.#world.start(id, request));
  }

  /** False where the machine is at fault: the queue is held, and the entry waits. */
  async #begin({ id, state }: QueueEntry, begin: () => Promise<RunRecord>): Promise<boolean> {
    const { db } = this.#world;
    try {
      if (state === 'waiting') await patchEntry(db, id, { state: 'running' }); // a crash finds it where it stands
      await begin();
      await this.#world.free();
      const ended = await db.get('runs', id);
      if (ended?.error?.code === 'gpu-gone') return false; // the page reloads, and resumes it
      if (ended) await this.#settle(ended);
      return true;
    } catch (thrown) {
      return this.#failed(id, state, asAtelierError(thrown));
    }
  }

  async #failed(id: Id, state: QueueEntry['state'], { code, facts }: AtelierError): Promise<boolean> {
    const { db } = this.#world;
    if (this.#left) return false;
    if (OF_THE_MACHINE.has(code)) {
      await patchEntry(db, id, { state });
      await switchQueue(db, { on: false, held: { code, facts } });
      return false;
    }
    if (OF_THE_MOMENT.has(code)) {
      await patchEntry(db, id, { state });
      if (code === 'run-elsewhere') await whenRunFree(id, this.#locks);
      return true;
    }
    await patchEntry(db, id, { state: 'failed', error: { code, facts } });
    return true;
  }

  /** What became of a run that is not under way. Left for a newer studio in another tab, it is resumed there. */
  async #settle({ id, error }: RunRecord): Promise<void> {
    if (this.#left) return;
    await patchEntry(this.#world.db, id, error ? { state: 'failed', error } : { state: 'ended' });
  }
}

/**
 * A crash, a closed tab, a reload or a newer studio cut it: its record says that it trains, or was interrupted for no
 * fault of its own. One that lost its device for good may have another by now.
 */
const isCut = ({ status, error }: RunRecord): boolean =>
  status === 'running' || status === 'paused' || (status === 'interrupted' && (!error || CUT_BY.has(error.code)));

const CUT_BY: ReadonlySet<string> = new Set(['gpu-gone', 'storage-closed', 'worker-silent']);
