// The training loop and the order of what happens around a step. It knows neither GPU, storage nor page: all of them
// are parts that it is given.
import { tokensRead, windowsIn, type Batch } from '../../base/batch';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { AtelierError } from '../../base/errors/errors';
import type { SamplePoint, StepPoint, ValidationPoint } from '../../base/wire/events';
import type { CheckpointReason, LastGain } from '../../base/records/checkpoint';
import type { Evaluation } from '../../engine/training/evaluation';
import type { StepResult } from '../../engine/training/step';
import type { CourseChange } from '../../base/wire/requests';
import { countedGain, stopsEarly } from './earlyStop';
import type { RunControl } from './runControl';

/** Where a run stands: with the weights, all that the next step depends on. */
export interface RunState {
  /** Optimizer steps done. */
  step: number;
  /** Windows of training text consumed. */
  cursor: number;
  /** Tokens read, graded or not; padding is none. */
  tokens: number;
  bestValidationLoss?: number;
  bestStep?: number;
  /** Absent before the first check. */
  gain?: LastGain;
  /** The last measured losses, for the checkpoint's label. */
  trainLoss?: number;
  /** Median of the last training losses, up to 50; with `trainLoss` it tells a run that diverges. */
  medianLoss?: number;
  /** Measured at just this step. */
  validationLoss?: number;
}

export interface TrainParts {
  /** Queues one optimizer step; the numbers arrive when the GPU has done it. */
  step(micro: Batch[], rate: number): Promise<StepResult>;
  /** The micro-batches of the step whose first window is `cursor`. */
  batchesAt(cursor: number): Batch[];
  rateAt(step: number): number;
  /** Steps of the whole run, as it stands at a step. */
  totalAt(step: number): number;
  /** Another rate or length, from the step on that comes next. */
  change(asked: CourseChange, step: number): Promise<void>;
  /** Takes its turns itself: one for each batch. */
  validate(): Promise<Evaluation>;
  /** Undefined where there is nothing to ask. */
  sample(step: number): Promise<SamplePoint | undefined>;
  save(state: Readonly<RunState>, reason: CheckpointReason, best: boolean): Promise<void>;
  /** Runs GPU work in its turn, so that generation can come between steps. */
  inTurn<T>(work: () => Promise<T> | T): Promise<T>;
  now(): number;
  /** What is wrong with the weights that the run began with, where `what` is not finite before any update. */
  baseFault(what: string): Promise<AtelierError>;
  /** Waits; used by the throttle. */
  rest(milliseconds: number): Promise<void>;
}

/** What the loop itself can tell of a step; it knows no GPU. */
export type MeasuredStep = Omit<StepPoint, 'gpuBytes'>;

export interface TrainListener {
  onStep(point: MeasuredStep): void;
  onValidation(point: ValidationPoint): void;
  onSample(point: SamplePoint): void;
  /** @param full why it waits, where that is no wish of the person */
  onPause(paused: boolean, full?: AtelierError): Promise<void>;
}

/**
 * Steps whose numbers may still be on their way. Two keep the GPU fed while the CPU prepares the next batch; more only
 * lengthen the wait for a pause (and deep run-ahead was reported to be slower elsewhere).
 */
const IN_FLIGHT = 2;

const due = (step: number, every: number): boolean => every > 0 && step > 0 && step % every === 0;

/** Before the first multiple of `every`: most is learned early, so samples come at 0, 10, 30, 100, 300 … */
const dueEarly = (step: number, every: number): boolean => step < every && EARLY.includes(step);
const EARLY = [0, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000];

const sampleDue = (step: number, every: number, last: boolean): boolean =>
  due(step, every) || dueEarly(step, every) || (last && every > 0);

/** A run has its first checkpoint so soon, since what came before it would be lost with the tab. */
const FIRST_SAVE_MILLISECONDS = 10_000;

/**
 * The training loop, in time order: measure, sample, save, then one optimizer step. The loop makes one last turn after
 * the last step, in which it only measures and saves. `resumed` says that the first turn's measuring was done before
 * the checkpoint. `early`: the held-out loss no longer falls (earlyStop.ts).
 *
 * @throws loss-not-finite before anything is saved over, base-* where the weights that it began with are at fault,
 *   storage-closed where it was asked to leave, storage-full where it was stopped while it waited for room
 */
export async function train(
  settings: TrainSettings,
  state: RunState,
  parts: TrainParts,
  control: RunControl,
  listener: TrainListener,
  resumed: boolean,
): Promise<'finished' | 'early' | 'stopped'> {
  const readings = new Readings(state, parts, listener);
  let measuredStep = resumed ? state.step : -1;
  let savedStep = measuredStep;
  let savedByHand = false;
  let savedAt = parts.now();
  let rested = 0; // the throttle's rest belongs to the step behind it
  const save = async (reason: CheckpointReason, best = false) => {
    const byHand = reason === 'manual'; // one that is automatic may be pruned
    if (savedStep === state.step && (savedByHand || !byHand)) return;
    await readings.drain(0);
    await saved(() => parts.inTurn(() => parts.save(state, reason, best)), parts, control, listener);
    [savedStep, savedByHand, savedAt] = [state.step, byHand, parts.now()];
  };

  for (;;) {
    await made(control, parts, state.step);
    const totalSteps = parts.totalAt(state.step);
    const check = state.step === 0 || due(state.step, settings.validationEvery);
    const early = (): boolean => check && stopsEarly(state, settings, totalSteps);
    let last = state.step >= totalSteps;
    const measured = measuredStep === state.step; // before the checkpoint, or before a pause
    measuredStep = state.step;

    let best = false;
    if (!measured && (last || check)) {
      await readings.drain(0); // a sync point: held-out loss belongs to exactly this step
      best = await measure(state, parts, listener);
      if (check) countedGain(state, settings); // of checks in their turn only: a stop by hand changes no course
    }
    last ||= early(); // not before the check of this step, which may be a gain
    if (!measured && sampleDue(state.step, settings.sampleEvery, last)) {
      await readings.drain(0); // or the sample's time would count as a step's
      const sample = await drawn(state, parts);
      if (sample) listener.onSample(sample);
    }

    const every = settings.saveEveryMinutes * 60_000;
    const patience = savedStep < 0 ? Math.min(every, FIRST_SAVE_MILLISECONDS) : every;
    const overdue = every > 0 && parts.now() - savedAt > patience;
    const asked = state.step > 0 ? control.takeSave() : undefined; // before the first step nothing was learned: after it
    if (last) await save('final', best);
    else if (best && state.step > 0) await save(asked ?? 'best', true);
    else if (state.step > 0 && (asked || overdue || due(state.step, settings.saveEverySteps)))
      await save(asked ?? 'autosave');

    if (last) return early() && state.step < totalSteps ? 'early' : 'finished';
    if (control.wants === 'leave') {
      if (state.step > 0) await save('autosave');
      throw new AtelierError('storage-closed');
    }
    if (control.wants === 'stop') {
      if (savedStep !== state.step && state.validationLoss === undefined) {
        await readings.drain(0);
        best = await measure(state, parts, listener);
      }
      await save('stopped', best);
      return 'stopped';
    }
    if (control.isPaused()) {
      await save('pause');
      if (!control.isPaused()) continue; // asked to go on while it waited for room
      await listener.onPause(true);
      await control.continuedOrAsked(state.step > 0);
      if (!control.isPaused()) await listener.onPause(false);
      continue;
    }

    const preparing = parts.now();
    const rate = parts.rateAt(state.step);
    const micro = parts.batchesAt(state.cursor);
    const ahead = parts.now() - preparing + rested;
    await readings.drain(IN_FLIGHT - 1);
    const result = await parts.inTurn(() => ({ begun: parts.now(), numbers: parts.step(micro, rate) }));
    control.stepped();
    state.step++;
    delete state.validationLoss; // that of other weights
    state.cursor += micro.reduce((n, b) => n + windowsIn(b), 0);
    const tokens = micro.reduce((n, b) => n + tokensRead(b), 0);
    readings.add({ step: state.step, rate, tokens }, result.numbers, result.begun - ahead);
    if (settings.throttle === 'gentle') {
      await readings.drain(0);
      const done = parts.now();
      await parts.rest(done - result.begun);
      rested = parts.now() - done;
    }
  }
}

/** Changes that were asked for are made between two steps, and what follows is computed with them. */
async function made(control: RunControl, { change }: Pick<TrainParts, 'change'>, step: number): Promise<void> {
  for (const { asked, made, refused } of control.takeChanges()) await change(asked, step).then(made, refused);
}

/** So often does a run that waits for room try again by itself, ms. */
const ROOM_PAUSE = 60_000;

/**
 * Saves. Where the storage is full the run waits, with its weights on the device: until it is asked to go on, or there
 * is room.
 * @throws storage-full where it is stopped while it waits, and what `save` throws
 */
async function saved(
  save: () => Promise<void>,
  { rest }: Pick<TrainParts, 'rest'>,
  control: RunControl,
  listener: Pick<TrainListener, 'onPause'>,
): Promise<void> {
  for (let waited = false; ; waited = true) {
    try {
      await save();
      control.release();
      if (waited) await listener.onPause(false);
      return;
    } catch (thrown) {
      if (!(thrown instanceof AtelierError) || thrown.code !== 'storage-full') throw thrown;
      if (control.wants === 'leave' || (waited && control.ends)) throw thrown;
      control.hold();
      await listener.onPause(true, thrown);
      await Promise.race([control.continued(), rest(ROOM_PAUSE)]);
      if (control.ends) throw thrown;
    }
  }
}

/** A sample of weights whose logits are no numbers ends the run as a loss does that is none. */
async function drawn({ step }: RunState, parts: TrainParts): Promise<SamplePoint | undefined> {
  try {
    return await parts.sample(step);
  } catch (thrown) {
    if (!(thrown instanceof AtelierError) || thrown.code !== 'logits-not-finite') throw thrown;
    throw await notFinite(parts, step, 'logits');
  }
}

/** Whether the weights are the best so far. Where nothing is held out, nothing is measured. */
async function measure(state: RunState, parts: TrainParts, listener: TrainListener): Promise<boolean> {
  const { loss, accuracy, labels, rewards, origins } = await parts.validate();
  if (labels === 0) return false;
  if (!Number.isFinite(loss)) throw await notFinite(parts, state.step, 'validation loss');
  const best = loss < (state.bestValidationLoss ?? Infinity);
  if (best) [state.bestValidationLoss, state.bestStep] = [loss, state.step];
  state.validationLoss = loss;
  const more = { ...(rewards && { rewards }), ...(origins && { origins }) };
  listener.onValidation({ step: state.step, loss, accuracy, tokens: labels, best, ...more });
  return best;
}

/** The run has diverged, unless the rate had no part in it yet. */
const notFinite = async ({ baseFault }: TrainParts, updates: number, what: string): Promise<AtelierError> =>
  updates === 0 ? baseFault(what) : new AtelierError('loss-not-finite', { step: updates, what });

const MEDIAN_OF = 50;

/** The median of the last losses, the newest among them, which is added to `losses`. */
function medianOf(losses: number[], newest: number): number {
  losses.push(newest);
  if (losses.length > MEDIAN_OF) losses.shift();
  return losses.toSorted((a, b) => a - b)[losses.length >> 1]!;
}

/** What is known of a step when it is queued. */
type QueuedStep = Pick<MeasuredStep, 'step' | 'rate' | 'tokens'>;

/** A step that was queued: its time is its own, not that of what came between it and the step before. */
interface Reading {
  queued: QueuedStep;
  /** When the work of the step began, had nothing come between. */
  from: number;
  answer: Promise<{ numbers: StepResult; at: number }>;
}

/** The numbers of queued steps, read in order and never more than a few behind. */
class Readings {
  readonly #losses: number[] = [];
  readonly #waiting: Reading[] = [];
  #lastAt = -Infinity;

  constructor(
    private readonly state: RunState,
    private readonly parts: TrainParts,
    private readonly listener: TrainListener,
  ) {}

  add(queued: QueuedStep, numbers: Promise<StepResult>, from: number): void {
    const answer = numbers.then((numbers) => ({ numbers, at: this.parts.now() }));
    answer.catch(() => undefined); // reported by drain; without this a failure would also count as unhandled
    this.#waiting.push({ queued, from, answer });
  }

  /** Waits until at most `left` steps are unread. */
  async drain(left: number): Promise<void> {
    while (this.#waiting.length > left) {
      const { queued, from, answer } = this.#waiting.shift()!;
      const { step } = queued;
      const { numbers, at } = await answer;
      const { loss, accuracy, overflowed, rewards, origins, ...measured } = numbers;
      const gradNorm = overflowed ? NaN : measured.gradNorm;
      const before = step === 1 ? 0 : step; // the numbers of the first step are those of the weights before it
      if (!Number.isFinite(loss)) throw await notFinite(this.parts, before, 'loss');
      if (!overflowed && !Number.isFinite(gradNorm)) throw await notFinite(this.parts, before, 'gradient norm');
      this.state.tokens += queued.tokens;
      this.state.trainLoss = loss;
      this.state.medianLoss = medianOf(this.#losses, loss);
      const milliseconds = at - Math.max(this.#lastAt, from); // the device takes one step at a time
      const more = { ...(rewards && { rewards }), ...(origins && { origins }) };
      this.listener.onStep({ ...queued, loss, accuracy, gradNorm, milliseconds, ...more });
      this.#lastAt = at;
    }
  }
}
