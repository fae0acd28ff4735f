// Who uses the one device, and what each holds there: the claim of a run, leases, and the turns in which work runs.
// What is open, and when it is opened again, is device.ts.
import { AtelierError, type ErrorCode } from '../base/errors/errors';

export interface Owner {
  kind: 'run' | 'measurement' | 'answer' | 'check';
  name: string;
}

/**
 * A place on the device, which stays open until the lease has ended. Who holds one never waits for another device: that
 * one is opened only then.
 */
export interface Lease {
  readonly owner: Owner;
  /** Bytes that are planned for it. */
  bytes: number;
  /** Why the device is gone; what still runs on it fails at its next read. */
  readonly lost: AtelierError | undefined;
  end(): void;
}

interface HeldLease extends Lease {
  lost: AtelierError | undefined;
  onLost: (error: AtelierError) => void;
}

/** Work of the device, in turn. Alone on it: between two steps of a run, say. */
export type InTurn = <T>(work: () => Promise<T> | T) => Promise<T>;

/** Work that has its turn already. */
export const atOnce: InTurn = async (work) => work();

/** What work is given that holds something on the device for a while: its turns, and a lease around it. */
export interface DeviceShare {
  inTurn: InTurn;
  hold<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

/**
 * One object for all that use the device. A turn is as long as one step, one token, one batch of an evaluation, one
 * checkpoint, or one answer of the weights that are being trained: whoever does more yields between these. Uploads take
 * no turn, since what they write is queued by the device.
 */
export class Occupancy {
  #tail: Promise<unknown> = Promise.resolve();
  #claim: Owner | undefined;
  readonly #leases = new Set<HeldLease>();
  #waiting: (() => void)[] = [];

  /** First come, first served. */
  readonly turn: InTurn = (work) => {
    const mine = this.#tail.then(work);
    this.#tail = mine.catch(() => undefined);
    return mine;
  };

  /** The name of the run, or of the measurement, that has the device from its request to its end. */
  get claimedBy(): string | undefined {
    return this.#claim?.name;
  }

  /**
   * Refuses while a run or a measurement has the device.
   * @throws the code, with the name of the owner
   */
  refuseIfClaimed(code: ErrorCode): void {
    if (this.#claim) throw new AtelierError(code, { name: this.#claim.name });
  }

  /**
   * Claims the device for a run or a measurement, at once, so that two quick clicks start one run. Gives what ends it.
   * @throws the code, with the name of the owner
   */
  claim(owner: Owner, code: ErrorCode): () => void {
    this.refuseIfClaimed(code);
    this.#claim = owner;
    return () => {
      if (this.#claim !== owner) return;
      this.#claim = undefined;
      this.#wakeAll();
    };
  }

  take(owner: Owner, bytes = 0, onLost: (error: AtelierError) => void = () => undefined): Lease {
    const lease: HeldLease = {
      owner,
      bytes,
      lost: undefined,
      onLost,
      end: () => {
        this.#leases.delete(lease);
        this.#wakeAll();
      },
    };
    this.#leases.add(lease);
    return lease;
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Settles when no run and no measurement has the device. */
  async unclaimed(): Promise<void> {
    while (this.#claim) await new Promise<void>((wake) => this.#waiting.push(wake));
  }

  /** Bytes that are planned for all. */
  get planned(): number {
    return [...this.#leases].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Settles when nobody holds anything: nobody of this kind, where one is named. */
  async left(kind?: Owner['kind']): Promise<void> {
    while ([...this.#leases].some(({ owner }) => !kind || owner.kind === kind))
      await new Promise<void>((wake) => this.#waiting.push(wake));
  }

  /** The device is gone: tells all that hold something there. */
  lose(error: AtelierError): void {
    for (const lease of this.#leases) {
      lease.lost = error;
      lease.onLost(error);
    }
  }
}
