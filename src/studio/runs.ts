// The one run that may be under way: from its request over devices that are lost to its end. What a run is made of and
// how it trains is in train.
import { asAtelierError, AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { RunRecord } from '../base/records/run';
import type { ByItself, EstimateRequest, GoBack } from '../base/wire/requests';
import type { RunEvent } from '../base/wire/events';
import type { AtelierDb } from '../storage/db';
import { holdRun } from '../storage/locks';
import { getRun } from '../storage/runs';
import type { Opened, StudioDevice } from './device';
import type { Lease, Owner } from './occupancy';
import { RunControl } from './train/runControl';
import type { Session } from './train/session';
import { resumedSession, whyLost, type RunContext } from './train/startRun';

type Make = (context: RunContext) => Promise<Session>;

/** What the rest of the studio gives a run. */
export interface RunsWorld {
  db: AtelierDb;
  device: StudioDevice;
  emit(event: RunEvent): void;
  /** All that a run is made with, on a device that is open. */
  context(opened: Opened): Pick<RunContext, 'variants' | 'estimate'>;
  /** Called when a run has ended. */
  ended(session: Session, opened: Opened): Promise<void>;
}

/** A session with its place on the device. */
interface Place {
  session: Session;
  opened: Opened;
  lease: Lease;
}

/** The run that has the device, from the request on. */
interface Active {
  id: Id;
  control: RunControl;
  /** The session to talk to; a new one after a lost device. */
  session: Promise<Session>;
  /** Undefined until the first one is made. */
  current?: Session;
  /** From the loss of its device until it has another. */
  next?: Later<Session> | undefined;
  byItself: ByItself | undefined;
  /** Settles when the run has ended. */
  ended: Promise<void>;
}

/** So often is a run resumed without a new checkpoint in between. */
const MOST_LOSSES = 3;

export class Runs {
  #active: Active | undefined;

  constructor(private readonly world: RunsWorld) {}

  current(): RunRecord | undefined {
    return this.#active?.current?.run;
  }

  /**
   * What was asked of the run is kept over a lost device.
   * @throws no-run
   */
  get control(): RunControl {
    if (!this.#active?.current) throw new AtelierError('no-run');
    return this.#active.control;
  }

  /**
   * The run under way; where its device was just lost, once it has another.
   * @throws no-run
   */
  async underWay(): Promise<Session> {
    if (!this.#active?.current) throw new AtelierError('no-run');
    return this.#active.session;
  }

  /** Ends the run, saved, after the step under way: it can be resumed. Settles at once where there is none. */
  async leave(): Promise<void> {
    this.#active?.control.leave();
    await this.#active?.ended;
  }

  isUnderWay(session: Session): boolean {
    return this.#active?.current === session && !this.#active.next;
  }

  /**
   * Ends the run where it is under way, and resumes it from one of its checkpoints.
   * @throws checkpoint-missing before anything ends, and as `resume`
   */
  async goBack(to: GoBack): Promise<RunRecord> {
    const { db } = this.world;
    if ((await db.getKey('checkpoints', to.checkpointId)) === undefined) throw new AtelierError('checkpoint-missing');
    if (this.#active?.id === to.runId) {
      this.#active.control.stop();
      await this.#active.ended;
    }
    return this.resume(to.runId, undefined, to);
  }

  /** @param way as `resumedSession` has it */
  async resume(id: Id, byItself?: ByItself, way?: 'slower' | GoBack): Promise<RunRecord> {
    const run = await getRun(this.world.db, id);
    const resumed = this.begin(run, (context) => resumedSession(id, context, way), byItself);
    return resumed.catch((thrown: unknown) => {
      this.#tellIfGone(id, asAtelierError(thrown), 1);
      throw thrown;
    });
  }

  /** @throws run-busy, run-elsewhere, and what making the session throws */
  async begin(run: Pick<RunRecord, 'id' | 'name'>, make: Make, byItself?: ByItself): Promise<RunRecord> {
    const { occupancy } = this.world.device;
    const owner: Owner = { kind: 'run', name: run.name };
    const unclaim = occupancy.claim(owner, 'run-busy');
    let unlock = (): void => undefined;
    const ended = later<undefined>();
    const end = (): void => {
      this.#active?.next?.reject(new AtelierError('no-run'));
      this.#active?.control.refuseChanges();
      this.#active = undefined;
      unclaim();
      unlock();
      ended.resolve(undefined);
    };
    try {
      await occupancy.left('run'); // the trainer of the run before is freed
      unlock = await holdRun(run); // before anything of the run is read or changed: another tab may be training it
      const active: Active = {
        id: run.id,
        control: new RunControl(),
        session: never(),
        byItself,
        ended: ended.promise,
      };
      this.#active = active;
      const place = await this.#place(active, owner, make);
      this.#has(active, place);
      void this.#train(active, owner, place, end);
      return place.session.run;
    } catch (thrown) {
      end();
      throw thrown;
    }
  }

  #has(active: Active, { session }: Place): void {
    active.current = session;
    active.session = Promise.resolve(session);
    active.next?.resolve(session);
    active.next = undefined;
  }

  /** A session on a device: on another one, where it is lost before the session is made. */
  async #place(active: Active, owner: Owner, make: Make): Promise<Place> {
    for (let tries = 1; ; tries++) {
      const { opened, lease } = await this.world.device.take(owner, 0, () => this.#lose(active));
      try {
        return { session: await make(await this.#contextOf(active, opened, lease)), opened, lease };
      } catch (thrown) {
        const lost = await whyLost({ engine: opened.engine, lost: () => lease.lost }, thrown);
        lease.end();
        if (lost?.code !== 'device-lost' || tries === MOST_LOSSES) throw lost ?? thrown;
      }
    }
  }

  /** The loop ends at its next read, or now where it is paused; what was asked of it goes to the next one. */
  #lose(active: Active): void {
    const lost = active.control;
    active.control = lost.again();
    lost.stop();
    active.next ??= later<Session>(); // who asks the run from now on waits for the next device
    active.session = active.next.promise;
  }

  async #contextOf(active: Active, opened: Opened, lease: Lease): Promise<RunContext> {
    const { db, device, emit, context } = this.world;
    await device.occupancy.turn(() => device.freeModels(opened)); // the memory is planned without them
    const { variants, estimate } = context(opened);
    return {
      ...{ db, emit, variants, engine: opened.engine, gpuName: opened.gpuName, control: active.control },
      inTurn: device.occupancy.turn,
      lost: () => lease.lost,
      byItself: active.byItself,
      estimate: async (request: EstimateRequest) => {
        const plan = await estimate(request);
        lease.bytes = plan.gpuBytes;
        return plan;
      },
    };
  }

  /** Trains to the end, on as many devices as it takes. */
  async #train(active: Active, owner: Owner, first: Place, end: () => void): Promise<void> {
    for (let place = first; ;) {
      if (!(await place.session.train())) {
        end();
        return this.#leave(place);
      }
      const resumed = await this.#resumed(active, owner, place);
      if (!resumed) {
        end();
        return this.world.ended(place.session, place.opened);
      }
      place = resumed;
    }
  }

  async #leave({ session, opened, lease }: Place): Promise<void> {
    try {
      await this.world.ended(session, opened);
    } finally {
      await this.#free(session, lease);
    }
  }

  /** In a turn, since an answer of the weights that are being trained has one for as long as it reads them. */
  async #free(session: Session, lease: Lease): Promise<void> {
    await this.world.device.occupancy.turn(() => session.trainer.dispose()).finally(() => lease.end());
  }

  /** The same run on another device, from its newest checkpoint; undefined where it ends. */
  async #resumed(active: Active, owner: Owner, { session, lease }: Place): Promise<Place | undefined> {
    const times = (session.saved ? 0 : (active.byItself?.times ?? 0)) + 1;
    try {
      await this.#free(session, lease);
      if (times >= MOST_LOSSES) throw new AtelierError('gpu-lost-again', { times, step: session.run.step });
      active.byItself = { cause: 'gpu-reset', times };
      const place = await this.#place(active, owner, (context) => resumedSession(active.id, context));
      this.#has(active, place);
      return place;
    } catch (thrown) {
      await this.#giveUp(session, asAtelierError(thrown), times);
      return undefined;
    }
  }

  async #giveUp(session: Session, error: AtelierError, times: number): Promise<void> {
    await session.fail(error);
    this.#tellIfGone(session.run.id, error, times);
  }

  /** The page reloads, and resumes the run then. */
  #tellIfGone(runId: Id, { code }: AtelierError, times: number): void {
    if (code === 'gpu-gone') this.world.emit({ type: 'gone', runId, times });
  }
}

/** A promise that nobody settles: the run has no session yet, and is not under way. */
const never = (): Promise<never> => new Promise(() => undefined);

interface Later<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: AtelierError) => void;
}

function later<T>(): Later<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: AtelierError) => void;
  const promise = new Promise<T>((...settle) => ([resolve, reject] = settle));
  promise.catch(() => undefined); // perhaps nobody asked
  return { promise, resolve, reject };
}
