// Pause, stop and save as requests that the training loop reads between two steps; nothing is interrupted here.
import type { CheckpointReason } from '../../base/records/checkpoint';

/** `step`: one step, then a pause; `leave`: save and end, but not for good, as the storage is about to close. */
type Wanted = 'go' | 'step' | 'pause' | 'stop' | 'leave';

/** What the person has asked of the run under way; the loop looks at it between steps. */
export class RunControl {
  #wants: Wanted = 'go';
  /** What was wanted when the run had to wait for room in the storage. */
  #held: Wanted | undefined;
  #save: CheckpointReason | undefined;
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

  /** Settles when the run is no longer paused. */
  async continued(): Promise<void> {
    while (this.#wants === 'pause') await this.#asked();
  }

  /** Settles when the run is no longer paused, or is to save. */
  async continuedOrSave(): Promise<void> {
    while (this.#wants === 'pause' && !this.#save) await this.#asked();
  }

  #asked(): Promise<void> {
    return new Promise((wake) => this.#wake.push(wake));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
