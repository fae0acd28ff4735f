// One run under way: it gives the loop (train.ts) its parts, and is the one place that edits the run's record and
// history. How a run is made or restored is startRun.ts.
import { DEFAULT_SAMPLING } from '../../base/chat';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { HistoryPart, Preparing, RunEvent } from '../../base/wire/events';
import type { CheckpointReason, CheckpointSummary } from '../../base/records/checkpoint';
import type { EarlyStop, RunRecord, RunStatus } from '../../base/records/run';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { createGenerator } from '../../engine/generation/decoder';
import type { Evaluation } from '../../engine/training/evaluation';
import type { Trainer } from '../../engine/training/step';
import type { CourseChange } from '../../base/wire/requests';
import { changed, courseAt, courseRate } from './course';
import type { RunControl } from './runControl';
import { DrawnChances } from '../chat/drawnChances';
import { generate } from '../chat/generate';
import { evaluatedTexts, heldTexts } from '../data/mixedEvaluation';
import type { SampleStart } from './samplePrompt';
import { train, type MeasuredStep, type RunState, type TrainParts } from './train';
import type { TrainingData } from '../data/trainingData';
import type { InTurn } from '../occupancy';

/** All that a run under way is made of. */
export interface SessionParts {
  run: RunRecord & { settings: TrainSettings };
  data: TrainingData;
  /** Absent where there is nothing to ask. */
  sample: SampleStart | undefined;
  tokenizer: Tokenizer;
  trainer: Trainer;
  state: RunState;
  resumed: boolean;
  control: RunControl;
  inTurn: InTurn;
  /** Why the device is gone, if it is what made the work fail; the answer may take a moment. */
  whyLost(thrown?: unknown): Promise<AtelierError | undefined>;
  gpu: { bytes(): number; tensors(): number };
  /** As in the loop; see baseFault.ts. */
  baseFault(what: string): Promise<AtelierError>;
  emit(event: RunEvent): void;
  /** Stores the run's record. */
  keep(run: RunRecord): Promise<void>;
  /** Stores a checkpoint, the history since the last one and the run's record in one transaction. */
  keepCheckpoint(
    run: SessionParts['run'],
    state: RunState,
    reason: CheckpointReason,
    best: boolean,
    history: HistoryPart,
  ): Promise<{ checkpoint: CheckpointSummary; notice: RunRecord['notice'] }>;
  /** Keeps what was measured since the last checkpoint with the record of a run that failed, at once. */
  keepEnded(run: RunRecord, history: HistoryPart): Promise<void>;
}

/** The notice of a run that waits for room in the storage. */
const WAITS = 'run-waits-for-room';

/** Tokens of a sample during training: enough to see whether words and sentences come. */
const SAMPLE_TOKENS = 48;

/**
 * One run from its start (or its checkpoint) to its end: the loop with its parts, its record, its history and its
 * events.
 */
export class Session {
  run: SessionParts['run'];
  /** A checkpoint was stored. */
  saved = false;
  #history: HistoryPart;
  readonly #pace = new Pace();

  constructor(private readonly parts: SessionParts) {
    this.run = parts.run;
    this.#history = this.#emptyHistory();
  }

  get trainer(): Trainer {
    return this.parts.trainer;
  }

  get tokenizer(): Tokenizer {
    return this.parts.tokenizer;
  }

  /**
   * Runs to the end, a stop or a failure; the record says which. Where the system took the device away, it gives that
   * error, and the record says that the run is under way: it resumes on another device, or `fail` ends it. Never
   * throws.
   */
  async train(): Promise<AtelierError | undefined> {
    const { run, state, resumed } = this.parts;
    const report = {
      onStep: (measured: MeasuredStep) => {
        const point = { ...measured, gpuBytes: this.parts.gpu.bytes() };
        this.#history.steps.push(point);
        this.#pace.add(point);
        this.#update({ step: point.step, tokens: state.tokens, lastLoss: point.loss });
        this.#emit({ type: 'step', runId: run.id, point, tensors: this.parts.gpu.tensors() });
        this.#emitRecord();
      },
      onValidation: (point: HistoryPart['validations'][number]) => {
        this.#history.validations.push(point);
        this.#update({ bestValidationLoss: state.bestValidationLoss });
        this.#emit({ type: 'validation', runId: run.id, point });
        this.#emitRecord();
      },
      onSample: (point: HistoryPart['samples'][number]) => {
        this.#history.samples.push(point);
        this.#emit({ type: 'sample', runId: run.id, point });
      },
      onPause: (paused: boolean, full?: AtelierError) => (full ? this.#wait(full) : this.#tellPause(paused)),
    };
    try {
      await this.setStatus('running');
      if (state.step < run.totalSteps) await this.#compile();
      const { control } = this.parts;
      const how = await train(run.settings, state, this.#loopParts(), control, report, resumed);
      const lost = await this.parts.whyLost();
      if (lost) throw lost;
      if (how === 'early') this.#update({ stoppedEarly: earlyStop(state) });
      await this.setStatus(how === 'early' ? 'finished' : how);
    } catch (thrown) {
      const lost = await this.parts.whyLost(thrown); // a lost device makes reads fail in many ways
      if (lost?.code === 'device-lost') {
        await this.#keepEnded();
        return lost;
      }
      await this.fail(lost ?? thrown);
    }
    return undefined;
  }

  /** Without the first steps, in which pipelines compile; undefined after too few steps. */
  stepsPerSecond(): number | undefined {
    return this.#pace.stepsPerSecond();
  }

  async setStatus(status: RunStatus): Promise<void> {
    this.#update({ status });
    await this.parts.keep(this.run);
    this.#emitRecord(); // not before it is stored: the page may reload at once and read it there
  }

  /** Where the storage is full the record is stored with the next save: the weights are worth more than a word. */
  async #tellPause(paused: boolean): Promise<void> {
    await this.setStatus(paused ? 'paused' : 'running').catch((thrown: unknown) => {
      if (asAtelierError(thrown).code !== 'storage-full') throw thrown;
      this.#emitRecord();
    });
  }

  /** Its notice is told and not stored: after a reload it would be of the past. */
  async #wait({ facts }: AtelierError): Promise<void> {
    if (this.run.status !== 'paused') await this.setStatus('paused').catch(() => undefined); // the storage is full
    this.#update({ notice: { code: WAITS, facts } });
    this.#emitRecord();
  }

  async fail(thrown: unknown): Promise<void> {
    const error = asAtelierError(thrown);
    // after a lost device the run can resume from its checkpoint; a diverged one needs other settings
    const status = NOT_FINITE.has(error.code) ? 'failed' : 'interrupted';
    this.#update({ status, error: { code: error.code, facts: error.facts } });
    this.#emit({ type: 'error', runId: this.run.id, code: error.code, facts: error.facts });
    await this.#keepEnded();
    this.#emitRecord();
  }

  /** The steps since the last checkpoint show how it failed; a resume cuts what it repeats. */
  async #keepEnded(): Promise<void> {
    if (this.run.notice?.code === WAITS) this.#update({ notice: this.parts.run.notice });
    const history = { ...this.#history, toStep: this.run.step };
    this.#history = this.#emptyHistory();
    await this.parts
      .keepEnded(this.run, history)
      .catch(() => this.parts.keep(this.run))
      .catch(() => undefined);
  }

  #loopParts(): TrainParts {
    const { data, trainer, inTurn, baseFault, state } = this.parts;
    const from = state.step;
    return {
      baseFault,
      step: (micro, rate) => {
        if (state.step === from) this.#preparing('step');
        return trainer.step(micro, rate);
      },
      batchesAt: (cursor) => data.windows.trainBatches(cursor),
      rateAt: (step) => courseRate(this.run, step),
      totalAt: (step) => courseAt(this.run, step).totalSteps,
      change: (asked, step) => this.#change(asked, step),
      validate: () => this.#validate(),
      sample: (step) => this.#sample(step),
      save: (state, reason, best) => this.#save(state, reason, best),
      inTurn,
      now: () => performance.now(),
      rest: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
    };
  }

  /** Stored before any step follows from it: a run that is cut at once resumes with it. */
  async #change(asked: CourseChange, step: number): Promise<void> {
    const next = changed(this.run, { step, at: Date.now(), how: 'running' }, asked);
    await this.parts.keep(next);
    const { settings, totalSteps, changes } = next;
    this.#update({ settings, totalSteps, ...(changes && { changes }) });
    this.#emitRecord();
  }

  /** The kernels of a step are compiled before anything waits for them, and counted; an answer may come meanwhile. */
  async #compile(): Promise<void> {
    const { data, trainer, inTurn, state } = this.parts;
    const micro = data.windows.trainBatches(state.cursor);
    const told = (done: number, total: number): void => this.#preparing('kernels', done, total);
    const { compiled } = await inTurn(() => ({ compiled: trainer.compile(micro, told) }));
    await compiled;
  }

  /** The weights as they begin are measured before anything is drawn: the batches are counted. */
  async #validate(): Promise<Evaluation> {
    const { data, trainer, inTurn, state } = this.parts;
    const texts = heldTexts(data.windows).map(({ share, validationBatches }) => ({
      share,
      batches: state.step > 0 ? validationBatches() : [...validationBatches()],
    }));
    const total = texts.reduce((sum, { batches }) => sum + (Array.isArray(batches) ? batches.length : 0), 0);
    let done = 0;
    const counted: InTurn = (work) => {
      if (total > 0) this.#preparing('measuring', ++done, total);
      return inTurn(work);
    };
    return evaluatedTexts(texts, ({ batches }) => trainer.evaluate(batches, counted));
  }

  #preparing(what: Preparing['what'], done = 0, total = 0): void {
    this.#emit({ type: 'preparing', runId: this.run.id, at: { what, done, total } });
  }

  async #sample(step: number) {
    const { sample, tokenizer, trainer, inTurn } = this.parts;
    if (!sample) return undefined;
    if (step === 0) this.#preparing('writing');
    const generator = createGenerator(trainer.model);
    try {
      const chances = new DrawnChances(tokenizer);
      const parts = { generator, tokenizer, inTurn, drawn: chances.add };
      // drawn as Chat draws an answer by default, so that a sample shows what the person will meet there; with one seed
      // over the run, so that the same sentence is seen to improve
      const { seed } = this.run.settings;
      const sampling = { ...DEFAULT_SAMPLING, ...sample.sampling, seed, maxTokens: SAMPLE_TOKENS };
      const { text, pieces } = await generate(parts, sample, [], sampling, () => undefined);
      return { step, prompt: sample.shown, text, chances: chances.of(pieces) };
    } finally {
      generator.dispose();
    }
  }

  async #save(state: RunState, reason: CheckpointReason, best: boolean): Promise<void> {
    this.#emit({ type: 'saving', runId: this.run.id, step: state.step });
    const history = { ...this.#history, toStep: state.step };
    const { checkpoint, notice } = await this.parts.keepCheckpoint(this.run, state, reason, best, history);
    this.saved = true;
    this.#history = this.#emptyHistory();
    this.#emit({ type: 'saved', runId: this.run.id, checkpoint });
    this.#notify(notice);
  }

  /** What a save could not tidy up; where it could, what the run had to say before. */
  #notify(notice: RunRecord['notice'] = this.parts.run.notice): void {
    if (notice?.code === this.run.notice?.code) return;
    this.#update({ notice });
    this.#emit({ type: 'run', run: this.run });
  }

  /** The one place where the record of a run under way changes; storage and the page get it whole. */
  #update(patch: Partial<RunRecord>): void {
    this.run = { ...this.run, ...patch, updatedAt: Date.now() };
  }

  #emitRecord(): void {
    this.#emit({ type: 'run', run: this.run });
  }

  #emit(event: RunEvent): void {
    this.parts.emit(event);
  }

  #emptyHistory(): HistoryPart {
    const step = this.parts.state.step;
    return { runId: this.parts.run.id, fromStep: step, toStep: step, steps: [], validations: [], samples: [] };
  }
}

const earlyStop = ({ step, gain, bestStep = 0 }: RunState): EarlyStop => ({
  ...{ step, checks: gain?.checks ?? 0, best: bestStep },
});

/** What other settings or other weights mend, and resuming does not. */
const NOT_FINITE: ReadonlySet<string> = new Set([
  'loss-not-finite',
  'base-not-finite',
  'base-beyond-halves',
  'base-overflows-halves',
  'base-overflows',
]);

/** Steps at the start in which pipelines compile and pools fill. */
const WARM_UP_STEPS = 3;

class Pace {
  #steps = 0;
  #milliseconds = 0;

  add({ milliseconds }: { milliseconds: number }): void {
    if (++this.#steps > WARM_UP_STEPS) this.#milliseconds += milliseconds;
  }

  stepsPerSecond(): number | undefined {
    return this.#milliseconds > 0 ? (1000 * (this.#steps - WARM_UP_STEPS)) / this.#milliseconds : undefined;
  }
}
