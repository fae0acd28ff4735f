// The facade of all that computes: runs, answers, comparisons of exported files and measurements share one device
// here. The work itself is in train, chat and verify.
import type { Generated } from '../base/chat';
import { asAtelierError, AtelierError, type ErrorCode } from '../base/errors/errors';
import type { OnProgress, RunEvent } from '../base/wire/events';
import { canCompute, type MachineFacts, type PresetFit, type RunEstimate } from '../base/wire/machine';
import type { ScratchFamily } from '../base/settings/presets';
import type { CheckpointReason } from '../base/records/checkpoint';
import type { Id } from '../base/records/named';
import type { ComputeOn, RunRecord } from '../base/records/run';
import type { ModelKind, LlamaKind } from '../base/wire/exportKinds';
import type { Verification, EstimateRequest, GenerateRequest, RunRequest } from '../base/wire/requests';
import { choicesOf } from '../engine/tuneKernels/autotune';
import { openEngine, probeGpu, type AnyEngine } from '../engine/gpuEngine';
import { createGenerator } from '../engine/generation/decoder';
import { useVariants } from '../engine/device/variants';
import type { AtelierDb } from '../storage/db';
import { holdRun } from '../storage/locks';
import { getRun } from '../storage/runs';
import { keepCompute, keepMeasured, readCompute, readMeasured } from '../storage/settings';
import { efficiencyName, estimate, fittingSettings, flopsPerToken, presetFits, tokensPerStep } from './train/estimate';
import { EventQueue } from './train/eventQueue';
import { generate } from './chat/generate';
import type { InTurn } from './verify/greedyRuns';
import { chatPrompt, textPrompt } from './chat/prompts';
import { pretrainedOrigin } from './models/pretrained';
import type { Session } from './train/session';
import { measuredStep, newSession, resumedSession, type RunContext } from './train/startRun';
import { LoadedModels, type LoadedModel } from './chat/loadedModels';
import { storedChoices, measureKernels, measuredVariants } from './train/kernelChoice';
import { GpuQueue } from './gpuQueue';
import { verifyExport } from './verify/verifyExport';
import { openWeights } from './models/weights';
import { verifyInLlama, type LlamaCpp } from './verify/verifyInLlama';

/** What measurements and checkpoints of the CPU go by. */
const CPU = 'CPU';

function gpuNameOf(engine: AnyEngine): string {
  if (engine.kind === 'cpu') return CPU;
  const { vendor, architecture, description } = engine.facts;
  return [vendor, architecture, description].join(' ').trim();
}

/**
 * Everything that happens on the GPU, or on the CPU in its place: one run at a time, and generation that takes its turn
 * between steps.
 */
export class ComputeStudio {
  readonly #events = new EventQueue();
  readonly #turns = new GpuQueue();
  readonly #speakers: LoadedModels;
  #engine: Promise<AnyEngine> | undefined;
  #session: Session | undefined;
  /** Settles when the last run has ended and freed what it held. */
  #ending: Promise<void> = Promise.resolve();
  /** Answers being written; a run that ends waits with freeing its weights until they are done. */
  readonly #talks = new Set<Promise<unknown>>();
  /** The name of the run from its request to its end, so that two quick clicks start one run. */
  #busyWith: string | undefined;

  /** @param wasmUrl where this origin serves the CPU's kernels; absent in Node */
  constructor(
    private readonly db: AtelierDb,
    private readonly wasmUrl?: string,
  ) {
    this.#speakers = new LoadedModels(db);
  }

  async machine(): Promise<MachineFacts> {
    const cpu = (await readCompute(this.db)) === 'cpu' ? { cpu: await this.#cpuFacts() } : {};
    return { webgpu: await this.#webgpuFacts(), ...cpu, threads: navigator.hardwareConcurrency, ...deviceMemory() };
  }

  /**
   * Times the matmul's variants on the adapter and keeps rates and choices.
   * @throws `measure-busy` while a run is under way
   */
  async measure(): Promise<MachineFacts> {
    const engine = await this.#open();
    await this.#turns.run(() => {
      if (this.#busyWith) throw new AtelierError('measure-busy', { name: this.#busyWith });
      return measureNow(this.db, engine);
    });
    return this.machine();
  }

  /** The same, where it was never done on this adapter; a run that starts does it too. */
  async measureOnce(): Promise<void> {
    const engine = await this.#open();
    await this.#turns.run(async () => {
      if (!this.#busyWith) await variantsOn(this.db, engine);
    });
  }

  /**
   * Chooses what computes, for this visit and later ones.
   * @throws `compute-busy` while a run is under way
   */
  async computeOn(on: ComputeOn): Promise<MachineFacts> {
    if (this.#busyWith) throw new AtelierError('compute-busy', { name: this.#busyWith });
    if (on !== (await readCompute(this.db))) {
      await Promise.allSettled([this.#ending, ...this.#talks]);
      await this.#turns.run(() => this.#close());
      await keepCompute(this.db, on);
    }
    return this.machine();
  }

  async #close(): Promise<void> {
    const open = this.#engine;
    this.#engine = undefined;
    const engine = await open?.catch(() => undefined);
    if (!engine) return;
    this.#speakers.release();
    engine.dispose();
  }

  async fits(family?: ScratchFamily): Promise<PresetFit[]> {
    return presetFits(await this.machine(), family);
  }

  async estimate({ model, settings: chosen, prepared, fromAdapter = false }: EstimateRequest): Promise<RunEstimate> {
    const settings = { ...chosen, fromAdapter };
    const facts = await this.machine();
    const efficiency = canCompute(facts)
      ? await readMeasured(this.db, 'efficiency', efficiencyName(gpuNameOf(await this.#open()), model, settings))
      : undefined;
    const found = estimate(model, settings, facts, prepared, efficiency);
    const tooLarge = found.refusal && found.refusal.code !== 'webgpu-needed';
    return tooLarge ? { ...found, ...fittingSettings(model, settings, facts) } : found;
  }

  subscribe(listener: (events: RunEvent[]) => unknown): void {
    this.#events.subscribe(listener);
  }

  current(): RunRecord | undefined {
    return this.#session?.run;
  }

  async start(request: RunRequest): Promise<RunRecord> {
    const run = { id: crypto.randomUUID(), name: request.name };
    return this.#begin(run, (context) => newSession(run.id, request, context));
  }

  /**
   * Times a step of such a run and keeps how near to the adapter's rate it came, on which estimates of time of such
   * models rest.
   * @throws `measure-busy` while a run is under way, and what `start` throws
   */
  async measureStep(request: RunRequest): Promise<void> {
    if (this.#busyWith) throw new AtelierError('measure-busy', { name: this.#busyWith });
    this.#busyWith = request.name;
    try {
      const engine = await this.#open();
      const context = this.#context(engine);
      const milliseconds = await measuredStep(request, context);
      const model =
        request.start.kind === 'scratch'
          ? request.start.model
          : (await openWeights(this.db, request.start.weightsId)).model;
      await this.#keepEfficiency({ model, settings: request.settings }, 1000 / milliseconds, engine);
    } finally {
      this.#busyWith = undefined;
    }
  }

  async resume(runId: Id): Promise<RunRecord> {
    return this.#begin(await getRun(this.db, runId), (context) => resumedSession(runId, context));
  }

  pause(): void {
    this.#underWay().control.pause();
  }

  continue(): void {
    this.#underWay().control.continue();
  }

  stop(): void {
    this.#underWay().control.stop();
  }

  /** Asks for a checkpoint after the step under way; nothing to do where no run is. */
  save(reason: CheckpointReason): void {
    this.#session?.control.requestSave(reason);
  }

  async generate(request: GenerateRequest, onText: (text: string) => void, signal: AbortSignal): Promise<Generated> {
    const talk = this.#talk(request, onText, signal);
    this.#talks.add(talk);
    return talk.finally(() => this.#talks.delete(talk));
  }

  async #talk(
    { weightsId, bare, prompt, messages, stop, sampling }: GenerateRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Generated> {
    await this.#open();
    const { generator, tokenizer, pretrained, done } = await this.#speaker(weightsId, bare);
    try {
      const inTurn = <T>(work: () => Promise<T>) => this.#turns.run(work);
      const room = { capacity: generator.capacity, maxTokens: sampling.maxTokens };
      const asked = messages
        ? chatPrompt(messages, tokenizer, pretrained, room)
        : textPrompt(prompt, tokenizer, pretrained);
      return await generate({ generator, tokenizer, inTurn }, asked, stop, sampling, onText, signal);
    } finally {
      done();
    }
  }

  /**
   * Reads an exported file back and compares it with the weights that it was made of; takes turns with training as an
   * answer does.
   */
  async verify(
    weightsId: Id,
    kind: ModelKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification> {
    await this.#open();
    return this.#untilDone(verifyExport(this.db, weightsId, kind, file, { inTurn: this.#inTurn, onProgress, signal }));
  }

  /** Runs a saved GGUF in llama.cpp, and the weights that it was made of here. */
  async verifyInLlama(
    llama: LlamaCpp,
    weightsId: Id,
    kind: LlamaKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification> {
    await this.#open();
    const options = { inTurn: this.#inTurn, onProgress, signal };
    return this.#untilDone(verifyInLlama(this.db, llama, weightsId, kind, file, options));
  }

  readonly #inTurn: InTurn = (work) => this.#turns.run(work);

  /** Work that a run which ends waits for. */
  #untilDone<T>(work: Promise<T>): Promise<T> {
    this.#talks.add(work);
    return work.finally(() => this.#talks.delete(work));
  }

  async #speaker(weightsId: Id | 'training', bare?: true): Promise<LoadedModel> {
    if (weightsId !== 'training') return this.#turns.run(() => this.#speakers.speaker(weightsId, bare));
    const { trainer, tokenizer, run } = this.#underWay();
    if (bare && run.lora) return this.#speaker(run.lora.baseId);
    const pretrained = await pretrainedOrigin(this.db, run);
    const generator = createGenerator(trainer.model); // of weights that change: it keeps nothing for the next turn
    return { tokenizer, pretrained, generator, done: () => generator.dispose() };
  }

  async #begin(
    run: Pick<RunRecord, 'id' | 'name'>,
    make: (context: RunContext) => Promise<Session>,
  ): Promise<RunRecord> {
    if (this.#busyWith) throw new AtelierError('run-busy', { name: this.#busyWith });
    this.#busyWith = run.name;
    let free = (): void => undefined;
    try {
      const engine = await this.#open();
      free = await holdRun(run); // before anything of the run is read or changed: another tab may be training it
      await this.#turns.run(() => this.#speakers.forgetTalks()); // the memory is planned without them
      const session = await make(this.#context(engine));
      this.#session = session;
      this.#ending = session.train().then(() => this.#ended(session, engine, free));
      return session.run;
    } catch (thrown) {
      this.#busyWith = undefined;
      free();
      throw thrown;
    }
  }

  #context(engine: AnyEngine): RunContext {
    return {
      db: this.db,
      engine,
      gpuName: gpuNameOf(engine),
      queue: this.#turns,
      emit: (event) => this.#events.push(event),
      variants: () => variantsOn(this.db, engine),
      estimate: (request) => this.estimate(request),
    };
  }

  async #ended(session: Session, engine: AnyEngine, free: () => void): Promise<void> {
    this.#session = undefined;
    this.#busyWith = undefined;
    free();
    this.#events.flush();
    // where it fails, the next estimate is a little worse
    await this.#keepEfficiency(session.run, session.stepsPerSecond(), engine).catch(() => undefined);
    await Promise.allSettled(this.#talks);
    session.trainer.dispose();
  }

  /** How near to the adapter's matmul rate the run came: the next estimate of time of such a model rests on it. */
  async #keepEfficiency(
    { model, settings }: Pick<EstimateRequest, 'model' | 'settings'>,
    stepsPerSecond: number | undefined,
    engine: AnyEngine,
  ): Promise<void> {
    const rate = await readMeasured(this.db, 'matmulFlops', gpuNameOf(engine));
    if (!rate || !stepsPerSecond) return;
    const flops =
      stepsPerSecond * tokensPerStep(settings) * flopsPerToken(model, settings.contextLength, settings.method);
    await keepMeasured(this.db, 'efficiency', efficiencyName(gpuNameOf(engine), model, settings), flops / rate);
  }

  #underWay(): Session {
    if (!this.#session) throw new AtelierError('no-run');
    return this.#session;
  }

  #open(): Promise<AnyEngine> {
    this.#engine ??= this.#ending
      .then(() => this.#openChosen())
      .then(async (engine) => {
        void engine.lost.then(({ reason, message }) => this.#lost(engine, message || reason));
        const kernelChoices = engine.kind === 'gpu' ? await storedChoices(this.db, gpuNameOf(engine)) : undefined;
        if (kernelChoices) useVariants(choicesOf(kernelChoices)); // for talking to a model; a run fixes its own
        return engine;
      });
    this.#engine.catch(() => (this.#engine = undefined)); // the next click may find an adapter
    return this.#engine;
  }

  async #openChosen(): Promise<AnyEngine> {
    if ((await readCompute(this.db)) === 'gpu') return openEngine();
    const { openCpuEngine } = await import('../engine/cpuEngine'); // nobody else needs to load it
    return openCpuEngine(this.wasmUrl);
  }

  /** Frees what the lost device held, after the run on it has ended; only then another is opened. */
  async #lost(engine: AnyEngine, detail: string): Promise<void> {
    if ((await this.#engine?.catch(() => undefined)) !== engine) return; // closed by us, which a device calls a loss too
    this.#engine = undefined;
    this.#speakers.forget();
    const fault = engine.kind === 'gpu' ? engine.fault() : undefined;
    // closed by its own error, which tells more, or by the system
    this.#session?.lose(fault && fault.code !== 'gpu-lost' ? fault : new AtelierError('device-lost', { detail }));
    await this.#ending;
    engine.dispose();
  }

  async #cpuFacts(): Promise<MachineFacts['cpu'] & object> {
    const matmulFlops = await readMeasured(this.db, 'matmulFlops', CPU);
    return matmulFlops ? { matmulFlops } : {};
  }

  async #webgpuFacts(): Promise<MachineFacts['webgpu']> {
    try {
      if ((await readCompute(this.db)) === 'cpu') return await probeGpu();
      const engine = await this.#open();
      if (engine.kind === 'cpu') return await probeGpu();
      const matmulFlops = await readMeasured(this.db, 'matmulFlops', gpuNameOf(engine));
      const kernelChoices = await storedChoices(this.db, gpuNameOf(engine));
      return { ...engine.facts, ...(matmulFlops && { matmulFlops }), ...(kernelChoices && { kernelChoices }) };
    } catch (thrown) {
      const error = asAtelierError(thrown);
      const detail = String(error.facts['message'] ?? ''); // the browser's own words; ours follow from the reason
      return { available: false, reason: REASONS[error.code] ?? 'no-adapter', detail };
    }
  }
}

/** The measurement of what computes, done now. */
async function measureNow(db: AtelierDb, engine: AnyEngine): Promise<void> {
  if (engine.kind === 'gpu') await measureKernels(db, engine, gpuNameOf(engine));
  else await keepMeasured(db, 'matmulFlops', CPU, await engine.measureMatmul());
}

/**
 * The variants of kernels that a new run takes, measured where they never were. The CPU has one of each; its rate is
 * measured once.
 */
async function variantsOn(db: AtelierDb, engine: AnyEngine): Promise<Record<string, string>> {
  if (engine.kind === 'gpu') return measuredVariants(db, engine, gpuNameOf(engine));
  if ((await readMeasured(db, 'matmulFlops', CPU)) === undefined) await measureNow(db, engine);
  return {};
}

type Unavailable = Extract<MachineFacts['webgpu'], { available: false }>;
const REASONS: Partial<Record<ErrorCode, Unavailable['reason']>> = {
  'webgpu-missing': 'no-api',
  'webgpu-device': 'device-refused',
};

/** Chromium tells the memory of the machine, rounded; others don't. */
function deviceMemory(): Pick<MachineFacts, 'deviceMemory'> {
  const told = (navigator as Navigator & { deviceMemory?: number }).deviceMemory;
  return told === undefined ? {} : { deviceMemory: told };
}
