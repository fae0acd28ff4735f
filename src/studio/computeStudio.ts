// The facade of all that computes: runs, answers, comparisons of exported files and measurements share one device
// here. The work itself is in train, chat and verify.
import type { Generated } from '../base/chat';
import { asAtelierError } from '../base/errors/errors';
import type { OnProgress, RunEvent } from '../base/wire/events';
import type { ClassifiedTexts, ClassifyRequest } from '../base/wire/classes';
import { canCompute, type MachineFacts, type PresetFit, type RunEstimate } from '../base/wire/machine';
import type { ScratchFamily } from '../base/settings/presets';
import type { CheckpointReason } from '../base/records/checkpoint';
import type { Id } from '../base/records/named';
import type { ComputeOn, RunRecord } from '../base/records/run';
import type { ModelKind, LlamaKind } from '../base/wire/exportKinds';
import type { FormKind } from '../base/wire/forms';
import type { Alternatives, AlternativesRequest, ByItself, Verification } from '../base/wire/requests';
import type { CourseChange, EstimateRequest, GenerateRequest, GoBack, RunRequest } from '../base/wire/requests';
import type { AnswersRequest, Scored, ScoreRequest } from '../base/wire/scoring';
import { probeGpu } from '../engine/gpuEngine';
import type { AtelierDb } from '../storage/db';
import {
  keepCompute,
  keepMeasured,
  keepRate,
  readAllMeasured,
  readCompute,
  readMeasured,
  readRate,
} from '../storage/settings';
import { efficiencyName, estimate, fittingSettings, flopsPerToken, presetFits, tokensPerStep } from './train/estimate';
import { EventQueue } from './train/eventQueue';
import { alternatives } from './chat/alternatives';
import type { LoadedModel } from './chat/loadedModels';
import { promptFor, writtenAnswer, type AnswerAsked } from './chat/answer';
import { classProbabilities } from './score/answerScores';
import { textClasses } from './score/labelAnswers';
import { measureLosses } from './score/lossColumn';
import { Evaluations } from './evaluate/evaluations';
import { measuredStep, newSession, type RunContext } from './train/startRun';
import { storedChoices, measureKernels, measuredVariants } from './train/kernelChoice';
import { CPU, deviceMemory, StudioDevice, UNAVAILABLE, type Opened } from './device';
import { atOnce, type DeviceShare, type InTurn, type Owner } from './occupancy';
import { answerBeside, withRunWeights, type RunAsked } from './runAnswers';
import { RunQueue } from './runQueue';
import { Runs } from './runs';
import { measureForms } from './verify/measureForms';
import { verifyExport } from './verify/verifyExport';
import { openWeights } from './models/weights';
import { verifyInLlama, type LlamaCpp } from './verify/verifyInLlama';

/**
 * Everything that happens on the GPU, or on the CPU in its place: one run at a time, and generation that takes its turn
 * between steps.
 */
export class ComputeStudio {
  readonly #events = new EventQueue();
  readonly #device: StudioDevice;
  readonly #runs: Runs;
  readonly #queue: RunQueue;
  readonly evaluations: Evaluations;

  /** @param wasmUrl where this origin serves the CPU's kernels; absent in Node */
  constructor(
    private readonly db: AtelierDb,
    wasmUrl?: string,
  ) {
    this.#device = new StudioDevice(db, wasmUrl);
    this.evaluations = new Evaluations(db, {
      inTurn: this.#inTurn,
      withModel: (model, signal, work) => this.#withModel({ ...model, classifies: 'either' }, signal, work),
    });
    this.#runs = new Runs({
      db,
      device: this.#device,
      emit: (event) => this.#events.push(event),
      context: (opened) => this.#contextOf(opened),
      ended: async (session, opened) => {
        this.#events.flush();
        // where it fails, the next estimate is a little worse
        await this.#keepEfficiency(session.run, session.stepsPerSecond(), opened).catch(() => undefined);
      },
    });
    this.#queue = new RunQueue({
      db,
      start: (id, request) => this.#begin(id, request),
      resume: (id) => this.#runs.resume(id),
      free: () => this.#device.occupancy.unclaimed(),
      tell: ({ code, facts }) => this.#events.push({ type: 'error', runId: '', code, facts }),
    });
  }

  async machine(): Promise<MachineFacts> {
    return this.#factsWith(await this.#webgpuFacts());
  }

  async #factsWith(webgpu: MachineFacts['webgpu']): Promise<MachineFacts> {
    const cpu = (await readCompute(this.db)) === 'cpu' ? { cpu: await this.#cpuFacts() } : {};
    return { webgpu, ...cpu, threads: navigator.hardwareConcurrency, ...deviceMemory() };
  }

  /**
   * Times the matmul's variants on the adapter and keeps rates and choices.
   * @throws `measure-busy` while a run is under way
   */
  async measure(): Promise<MachineFacts> {
    await this.#device.hold(MEASUREMENT, 0, (opened) =>
      this.#inTurn(() => {
        this.#device.occupancy.refuseIfClaimed('measure-busy');
        return measureNow(this.db, opened);
      }),
    );
    return this.machine();
  }

  /** The same, where it was never done on this adapter; a run that starts does it too. */
  async measureOnce(): Promise<void> {
    await this.#device.hold(MEASUREMENT, 0, (opened) =>
      this.#inTurn(async () => {
        if (this.#device.occupancy.claimedBy === undefined) await variantsOn(this.db, opened);
      }),
    );
  }

  /**
   * Chooses what computes, for this visit and later ones.
   * @throws `compute-busy` while a run is under way
   */
  async computeOn(on: ComputeOn): Promise<MachineFacts> {
    this.#device.occupancy.refuseIfClaimed('compute-busy');
    if (on !== (await readCompute(this.db))) {
      await this.#device.close();
      await keepCompute(this.db, on);
    }
    return this.machine();
  }

  /** Whether the CPU is open: its work holds the thread. */
  get computesOnCpu(): boolean {
    return this.#device.kind === 'cpu';
  }

  /** Frees the models that Chat keeps for its next answer. */
  forgetModels(): Promise<void> {
    return this.#device.forgetModels();
  }

  async fits(family?: ScratchFamily): Promise<PresetFit[]> {
    const facts = await this.machine();
    const gpuName = canCompute(facts) ? (await this.#device.open()).gpuName : undefined;
    const known = await readAllMeasured(this.db, 'efficiency');
    return presetFits(facts, family, (model, settings) =>
      gpuName === undefined ? undefined : known[efficiencyName(gpuName, model, settings)],
    );
  }

  async estimate(request: EstimateRequest): Promise<RunEstimate> {
    const facts = await this.machine();
    return this.#estimated(request, facts, canCompute(facts) ? (await this.#device.open()).gpuName : undefined);
  }

  async #estimated(
    { model, settings: chosen, prepared, mix, fromAdapter = false, tokens }: EstimateRequest,
    facts: MachineFacts,
    gpuName: string | undefined,
  ): Promise<RunEstimate> {
    const settings = { ...chosen, fromAdapter, tokens };
    const efficiency =
      gpuName === undefined
        ? undefined
        : await readMeasured(this.db, 'efficiency', efficiencyName(gpuName, model, settings));
    const found = estimate(model, settings, facts, prepared, efficiency, mix);
    const tooLarge = found.refusal && found.refusal.code !== 'webgpu-needed';
    return tooLarge ? { ...found, ...fittingSettings(model, settings, facts) } : found;
  }

  subscribe(listener: (events: RunEvent[]) => unknown): void {
    this.#events.subscribe(listener);
  }

  current(): RunRecord | undefined {
    return this.#runs.current();
  }

  async start(request: RunRequest): Promise<RunRecord> {
    return this.#queue.holding(this.#begin(crypto.randomUUID(), request));
  }

  #begin(id: Id, request: RunRequest): Promise<RunRecord> {
    return this.#runs.begin({ id, name: request.name }, (context) => newSession(id, request, context));
  }

  /** Starts what waits in the queue, where it is switched on and nothing else is under way. */
  goOnWithQueue(): void {
    this.#queue.wake();
  }

  /**
   * Times a step of such a run and keeps how near to the adapter's rate it came, on which estimates of time of such
   * models rest.
   * @throws `measure-busy` while a run is under way, and what `start` throws
   */
  async measureStep(request: RunRequest): Promise<void> {
    const owner: Owner = { kind: 'measurement', name: request.name };
    const unclaim = this.#device.occupancy.claim(owner, 'measure-busy');
    try {
      await this.#device.hold(owner, 0, async (opened) => {
        await this.#inTurn(() => this.#device.freeModels(opened));
        const making = { db: this.db, engine: opened.engine, inTurn: this.#inTurn, ...this.#contextOf(opened) };
        const milliseconds = await measuredStep(request, making);
        await this.#keepEfficiency(await this.#measuredAs(request), 1000 / milliseconds, opened);
      });
    } finally {
      unclaim();
    }
  }

  async #measuredAs({ start, settings }: RunRequest): Promise<Pick<EstimateRequest, 'model' | 'settings'>> {
    const model = start.kind === 'scratch' ? start.model : (await openWeights(this.db, start.weightsId)).model;
    return { model, settings };
  }

  resume(runId: Id, byItself?: ByItself): Promise<RunRecord> {
    return this.#queue.holding(this.#runs.resume(runId, byItself));
  }

  readonly resumeSlower = (runId: Id): Promise<RunRecord> =>
    this.#queue.holding(this.#runs.resume(runId, undefined, 'slower'));

  readonly goBack = (to: GoBack): Promise<RunRecord> => this.#queue.holding(this.#runs.goBack(to));

  /** @throws no-run, settings-invalid */
  readonly change = (asked: CourseChange): Promise<void> => this.#runs.control.change(asked);

  readonly pause = (): void => this.#runs.control.pause();

  /** One step of the run under way, which pauses then. */
  step(): void {
    this.#runs.control.step();
  }

  readonly continue = (): void => this.#runs.control.continue();

  readonly stop = (): void => this.#runs.control.stop();

  /** Saves the run under way and ends it, since the storage is about to close for a newer version in another tab. */
  leave(): Promise<void> {
    this.#queue.leave();
    return this.#runs.leave();
  }

  /** Asks for a checkpoint after the step under way; nothing to do where no run is. */
  save(reason: CheckpointReason): void {
    if (this.current()) this.#runs.control.requestSave(reason);
  }

  async generate(request: GenerateRequest, onText: (text: string) => void, signal: AbortSignal): Promise<Generated> {
    const asked: AnswerAsked = { request, onText, signal };
    const speaker = await this.#storedSpeaker(request);
    if (speaker) return this.#withModel(speaker, signal, (loaded) => writtenAnswer(loaded, asked, this.#inTurn));
    return withRunWeights(this.#beside, signal, (training) => answerBeside(training, asked));
  }

  /** Undefined where the weights that are being trained are asked. */
  async #storedSpeaker(
    asked: Pick<GenerateRequest, 'weightsId' | 'bare' | 'together'>,
  ): Promise<SpeakerChoice | undefined> {
    const { weightsId, bare, together } = asked;
    if (weightsId !== 'training') return { weightsId, bare, together };
    const { run } = await this.#runs.underWay();
    return bare && run.lora ? { weightsId: run.lora.baseId } : undefined;
  }

  get #beside(): RunAsked {
    return { db: this.db, runs: this.#runs, inTurn: this.#inTurn };
  }

  /**
   * The classes that weights see in texts, a model that writes among the labels that it is given; between the steps of
   * a run where one is under way.
   * @throws model-writes, template-*, no-run, cancelled, and what loading weights throws
   */
  async classify(request: ClassifyRequest, signal: AbortSignal): Promise<ClassifiedTexts> {
    const speaker = await this.#storedSpeaker(request);
    const inTurn = this.#inTurn;
    if (!speaker)
      return withRunWeights(this.#beside, signal, async (training) => ({
        texts: await textClasses({ ...training, inTurn: atOnce }, request, signal),
      }));
    const asked = { ...speaker, classifies: 'either' as const };
    const found = this.#withModel(asked, signal, (loaded) => textClasses({ ...loaded, inTurn }, request, signal));
    return { texts: await found };
  }

  /**
   * What stored weights might have written in place of one token of an answer.
   * @throws answer-context-changed, and what loading throws
   */
  alternatives(request: AlternativesRequest, signal: AbortSignal): Promise<Alternatives> {
    return this.#withModel(request, signal, (loaded) =>
      alternatives({ ...loaded, inTurn: this.#inTurn }, promptFor(loaded, request, request.trace), request),
    );
  }

  /**
   * The loss of each row of a dataset under stored weights; between the steps of a run where one is under way.
   * @throws those of `measureLosses`, and what loading throws
   */
  scoreRows(request: ScoreRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Scored> {
    return this.#withModel(request, signal, (loaded) =>
      measureLosses(this.db, loaded, request, { inTurn: this.#inTurn, onProgress, signal }),
    );
  }

  /**
   * How likely stored weights find each answer of a label task for rows; in turns with a run likewise.
   * @throws those of `classProbabilities`, and what loading throws
   */
  suggestAnswers(request: AnswersRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Scored> {
    return this.#withModel({ ...request, classifies: 'either' }, signal, (loaded) =>
      classProbabilities(this.db, loaded, request, { inTurn: this.#inTurn, onProgress, signal }),
    );
  }

  #withModel<T>(
    { weightsId, bare, together, classifies }: SpeakerChoice,
    signal: AbortSignal,
    work: (loaded: LoadedModel) => Promise<T>,
  ): Promise<T> {
    return this.#device.hold({ kind: 'answer', name: weightsId }, 0, async ({ models }) => {
      const loaded = await models.speaker(weightsId, { bare, together, ...(classifies && { classifies }), signal });
      try {
        return await work(loaded);
      } finally {
        loaded.done();
      }
    });
  }

  /**
   * Reads an exported file back and compares it with the weights that it was made of; takes turns with training, one
   * for each token.
   */
  verify(
    weightsId: Id,
    kind: ModelKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification> {
    return verifyExport(this.db, weightsId, kind, file, { share: this.#shareOf(file.name), onProgress, signal });
  }

  /** Measures what the forms of a checkpoint lose; takes turns with training, one for each batch. */
  measureForms(
    checkpointId: Id,
    kinds: readonly FormKind[],
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<void> {
    return measureForms(this.db, checkpointId, kinds, { share: this.#shareOf(checkpointId), onProgress, signal });
  }

  /** Runs a saved GGUF in llama.cpp, and the weights that it was made of here. */
  verifyInLlama(
    llama: LlamaCpp,
    weightsId: Id,
    kind: LlamaKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification> {
    const options = { share: this.#shareOf(file.name), onProgress, signal };
    return verifyInLlama(this.db, llama, weightsId, kind, file, options);
  }

  #shareOf(name: string): DeviceShare {
    return {
      inTurn: this.#inTurn,
      hold: (bytes, work) => this.#device.hold({ kind: 'check', name }, bytes, work),
    };
  }

  readonly #inTurn: InTurn = (work) => this.#device.occupancy.turn(work);

  /** On a device that is open: a run that is made never waits for another one. */
  #contextOf(opened: Opened): Pick<RunContext, 'variants' | 'estimate'> {
    return {
      variants: () => variantsOn(this.db, opened),
      estimate: async (request) =>
        this.#estimated(request, await this.#factsWith(await this.#webgpuFacts(opened)), opened.gpuName),
    };
  }

  /** How near to the adapter's matmul rate the run came: the next estimate of time of such a model rests on it. */
  async #keepEfficiency(
    { model, settings }: Pick<EstimateRequest, 'model' | 'settings'>,
    stepsPerSecond: number | undefined,
    { gpuName }: Opened,
  ): Promise<void> {
    const rate = await readMeasured(this.db, 'matmulFlops', gpuName);
    if (!rate || !stepsPerSecond) return;
    const flops =
      stepsPerSecond * tokensPerStep(settings) * flopsPerToken(model, settings.contextLength, settings.method);
    await keepMeasured(this.db, 'efficiency', efficiencyName(gpuName, model, settings), flops / rate);
  }

  async #cpuFacts(): Promise<MachineFacts['cpu'] & object> {
    return readRate(this.db, CPU);
  }

  /** @param opened absent: the device is opened for it, but where the CPU computes */
  async #webgpuFacts(opened?: Opened): Promise<MachineFacts['webgpu']> {
    try {
      if (!opened && (await readCompute(this.db)) === 'cpu') return await probeGpu();
      return await this.#factsOf(opened ?? (await this.#device.open()));
    } catch (thrown) {
      const error = asAtelierError(thrown);
      const detail = String(error.facts['message'] ?? ''); // the browser's own words; ours follow from the reason
      return { available: false, reason: UNAVAILABLE[error.code] ?? 'no-adapter', detail };
    }
  }

  async #factsOf({ engine, gpuName }: Opened): Promise<MachineFacts['webgpu']> {
    if (engine.kind === 'cpu') return probeGpu();
    const kernelChoices = await storedChoices(this.db, gpuName);
    return { ...engine.facts, ...(await readRate(this.db, gpuName)), ...(kernelChoices && { kernelChoices }) };
  }
}

/** Which stored weights answer, and how. */
type SpeakerChoice = Pick<AlternativesRequest, 'weightsId' | 'bare' | 'together'> & { classifies?: boolean | 'either' };

const MEASUREMENT: Owner = { kind: 'measurement', name: 'matmul' };

/** The measurement of what computes, done now. */
async function measureNow(db: AtelierDb, { engine, gpuName }: Opened): Promise<void> {
  if (engine.kind === 'gpu') await measureKernels(db, engine, gpuName);
  else await keepRate(db, CPU, await engine.measureMatmul());
}

/**
 * The variants of kernels that a new run takes, measured where they never were. The CPU has one of each; its rate is
 * measured once.
 */
async function variantsOn(db: AtelierDb, opened: Opened): Promise<Record<string, string>> {
  const { engine, gpuName } = opened;
  if (engine.kind === 'gpu') return measuredVariants(db, engine, gpuName);
  if ((await readMeasured(db, 'matmulFlops', CPU)) === undefined) await measureNow(db, opened);
  return {};
}
