// Pause, stop and save as requests that the training loop reads between two steps; nothing is interrupted here.
import { AtelierError } from '../../base/errors/errors';
import type { CourseChange } from '../../base/wire/requests';
import type { CheckpointReason } from '../../base/records/checkpoint';

/** `step`: one step, then a pause; `leave`: save and end, but not for good, as the storage is about to close. */
type Wanted = 'go' | 'step' | 'pause' | 'stop' | 'leave';

/** A change that waits for the loop, and who waits for it. */
export interface AskedChange {
  asked: CourseChange;
  made: () => void;
  refused: (why: unknown) => void;
}

/** What the person has asked of the run under way; the loop looks at it between steps. */
export class RunControl {
  #wants: Wanted = 'go';
  /** What was wanted when the run had to wait for room in the storage. */
  #held: Wanted | undefined;
  #save: CheckpointReason | undefined;
  #changes: AskedChange[] = [];
  #wake: (() => void)[] = [];

  get wants(): Wanted {
    return this.#wants;
  }

  /** Whether the run was asked to end; nothing that is asked later takes that back. */
  get ends(): boolean {
    return this.#wants === 'stop' || this.#wants === 'leave';
  }

  /** A method: the answer changes while a caller awaits. */
  isPaused(): boolean {
    return this.#wants === 'pause';
  }

  pause(): void {
    if (this.ends) return;
    this.#wants = 'pause';
    if (this.#held && this.#held !== 'stop') this.#held = 'pause';
  }

  continue(): void {
    if (this.#wants === 'pause') this.#wants = 'go';
    this.#wakeAll();
  }

  /** Exactly one step, then a pause; of a run that goes on, the next one is its last before the pause. */
  step(): void {
    if (!this.ends) this.#wants = 'step';
    this.#wakeAll();
  }

  /** A step was queued. */
  stepped(): void {
    if (this.#wants === 'step') this.#wants = 'pause';
  }

  stop(): void {
    this.#wants = 'stop';
    this.#wakeAll();
  }

  leave(): void {
    this.#wants = 'leave';
    this.#wakeAll();
  }

  /** The run has to wait, whatever was asked of it; a stop from now on ends it. */
  hold(): void {
    const asked = this.#held === undefined || this.#wants !== 'pause';
    if (asked && this.#held !== 'stop') this.#held = this.#wants;
    this.#wants = 'pause';
  }

  /** It need not wait any more: what was asked of it last counts again; a stop, whatever was asked after it. */
  release(): void {
    if (this.#held && (this.#wants === 'pause' || (this.#held === 'stop' && !this.ends))) this.#wants = this.#held;
    this.#held = undefined;
  }

  /** What was asked so far, for the same run on another device. */
  again(): RunControl {
    const control = new RunControl();
    [control.#wants, control.#held, control.#save] = [this.#wants, this.#held, this.#save];
    control.#changes = this.takeChanges();
    control.release();
    return control;
  }

  requestSave(reason: CheckpointReason): void {
    if (this.#save !== 'manual') this.#save = reason;
    this.#wakeAll();
  }

  takeSave(): CheckpointReason | undefined {
    const reason = this.#save;
    this.#save = undefined;
    return reason;
  }

  /**
   * Another rate or length; settles when the loop has made the change, between two steps.
   * @throws no-run where the run ends first, and what making it throws
   */
  change(asked: CourseChange): Promise<void> {
    return new Promise((made, refused) => {
      this.#changes.push({ asked, made, refused });
      this.#wakeAll();
    });
  }

  takeChanges(): AskedChange[] {
    return this.#changes.splice(0);
  }

  /** The run has ended. */
  refuseChanges(): void {
    for (const { refused } of this.takeChanges()) refused(new AtelierError('no-run'));
  }

  /** Settles when the run is no longer paused. */
  async continued(): Promise<void> {
    while (this.#wants === 'pause') await this.#asked();
  }

  /**
   * Settles when the run is no longer paused, or is to change.
   * @param saves also when it is to save
   */
  async continuedOrAsked(saves: boolean): Promise<void> {
    const asks = (): boolean => this.#changes.length > 0 || (saves && this.#save !== undefined);
    while (this.#wants === 'pause' && !asks()) await this.#asked();
  }

  #asked(): Promise<void> {
    return new Promise((wake) => this.#wake.push(wake));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
