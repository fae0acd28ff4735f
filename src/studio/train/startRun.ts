// How a run is made from a request or restored from a checkpoint, up to the session that trains it. It trains nothing
// itself.
import { settingFaults, defaultSettings, type TrainSettings } from '../../base/settings/trainSettings';
import { AtelierError, asAtelierError } from '../../base/errors/errors';
import type { RunEvent } from '../../base/wire/events';
import { isLeftBehind, type RunRecord } from '../../base/records/run';
import type { RunEstimate } from '../../base/wire/machine';
import { grownShape, type NewTokens } from '../../base/lora';
import type { ModelShape } from '../../base/modelShape';
import { newTokenTexts } from '../../base/settings/newTokens';
import type { Adaptation } from '../../base/records/model';
import type { CheckpointManifest } from '../../base/records/checkpoint';
import type { Id } from '../../base/records/named';
import type { PreparedRecord } from '../../base/records/prepared';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import type { ByItself, EstimateRequest, GoBack, RunRequest } from '../../base/wire/requests';
import { taskFault } from '../../base/settings/conditions';
import { loraSettingsOf } from '../../base/settings/tuneSettings';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import type { AnyEngine } from '../../engine/gpuEngine';
import { fixVariants } from '../../engine/tuneKernels/fixVariants';
import { kernelVariants, PART_BYTES, type Replaced } from '../../engine/device/variants';
import { createTrainer, type Trainer, type TrainerOptions } from '../../engine/training/step';
import { initialWeights, areParted, uploadWeights } from '../../engine/models/weights';
import type { AtelierDb } from '../../storage/db';
import type { OpenCheckpoint } from '../../storage/checkpointReading';
import {
  leaveBehind,
  newestReadable,
  prune,
  saveCheckpoint,
  summaryOf,
  type CheckpointDraft,
} from '../../storage/checkpoints';
import { withRoom } from '../../storage/makeRoom';
import { whileReading } from '../../storage/locks';
import { getPrepared } from '../../storage/prepared';
import { getTokenizer } from '../../storage/tokenizers';
import { storageError } from '../../storage/write';
import { addRun, endRun, getRun, patchRun, truncateHistory } from '../../storage/runs';
import { adaptationOf, loraTrainer, trainedTensors } from '../models/loraTrainer';
import { baseFault, checkPrecision } from './baseFault';
import { describeRun } from './describeRun';
import { byItselfNotice, movedNotice, replacedNotice } from './notices';
import { changesFromStart } from './course';
import { goodCheckpoint, slowed, wentBack } from './slower';
import { samplePrompt } from './samplePrompt';
import type { RunControl } from './runControl';
import { Session, type SessionParts } from './session';
import { tokensAdded } from '../models/newTokens';
import { loadTokenizer } from '../models/tokenizers';
import type { RunState } from './train';
import { prepareAgain } from '../data/prepare';
import { openTrainingData, type TrainingData } from '../data/trainingData';
import type { InTurn } from '../occupancy';
import { openWeights, withHead, type OpenWeights } from '../models/weights';

/** All that a run needs from outside: the open device and storage, the queue of GPU work, where events go. */
export interface RunContext {
  db: AtelierDb;
  engine: AnyEngine;
  /** Stored with each checkpoint: another GPU gives other bits. */
  gpuName: string;
  inTurn: InTurn;
  control: RunControl;
  /** Why the device is gone, once it is. */
  lost(): AtelierError | undefined;
  /** Why a run resumes without a person's click; its notice says so. */
  byItself?: ByItself | undefined;
  emit(event: RunEvent): void;
  /**
   * The kernel variants that are fastest on this GPU, measured now if they never were. Called from the queue, since
   * measuring is GPU work.
   */
  variants(): Promise<Record<string, string>>;
  /** What the run will need, before its weights are made. */
  estimate(request: EstimateRequest): Promise<RunEstimate>;
}

/** What a trainer is made with. */
type Making = Pick<RunContext, 'db' | 'engine' | 'inTurn' | 'variants' | 'estimate'>;

/**
 * Makes a new run: from initial weights, or from those of a checkpoint or a pretrained model with a fresh optimizer. An
 * adapter starts at zero effect (B = 0), or as that of a checkpoint. The run's record is stored before the first step.
 *
 * @throws settings-invalid, lora-needs-model, dpo-needs-adapter, kto-needs-adapter, kto-batch-small, model-classifies,
 *   context-too-long, vocabulary-mismatch, new-tokens-tokenizer, and what `openTrainingData` and storage throw
 */
export function newSession(id: Id, request: RunRequest, context: RunContext): Promise<Session> {
  const { start } = request;
  const made = () => startedSession(id, request, context);
  const fromStored = () => (start.kind === 'weights' ? whileReading(start.weightsId, made) : made());
  return whileReading(request.preparedId, fromStored); // until its record names both
}

async function startedSession(id: Id, request: RunRequest, context: RunContext): Promise<Session> {
  const ready = await readied(id, request, context);
  return orFreed(ready.trainer, async () => {
    const state: RunState = { step: 0, cursor: 0, tokens: 0 };
    // the record last: a start that fails leaves no run that seems to run
    const made = await session({ ...ready, state, resumed: false }, context);
    await addRun(context.db, ready.run);
    return made;
  });
}

/** The result of `f`; if it fails, the trainer's GPU memory is freed first. */
async function orFreed<T>(trainer: Trainer, f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (thrown) {
    trainer.dispose();
    throw thrown;
  }
}

/** Steps that are timed; one more runs before them, in which pipelines compile. */
const TIMED_STEPS = 2;

/**
 * Milliseconds of one step of such a run. It steps over the first batch with a learning rate of zero, and drops the
 * weights again.
 *
 * @throws what `newSession` throws
 */
export async function measuredStep(request: RunRequest, context: Making): Promise<number> {
  const { trainer, data } = await readied('', request, context);
  try {
    const step = () => context.inTurn(() => trainer.step(data.windows.trainBatches(0), 0));
    await step();
    const begun = performance.now();
    for (let i = 0; i < TIMED_STEPS; i++) await step();
    return (performance.now() - begun) / TIMED_STEPS;
  } finally {
    trainer.dispose();
  }
}

/**
 * The blocks that must be computed again for a run to fit, new or resumed.
 * @throws memory-too-small, buffer-too-large
 */
async function planned(context: Pick<RunContext, 'estimate'>, request: EstimateRequest): Promise<number> {
  const { refusal, recomputedBlocks } = await context.estimate(request);
  if (refusal) throw new AtelierError(refusal.code, refusal.facts);
  return recomputedBlocks;
}

/** All that a new run is made of; nothing is stored yet. */
async function readied(id: Id, request: RunRequest, context: Making) {
  const { db } = context;
  const source = request.start.kind === 'weights' ? await openWeights(db, request.start.weightsId) : undefined;
  const asked = checkedConfig(request.settings);
  const added = source && addedTokens(asked, source, await getTokenizer(db, request.tokenizerId));
  const lora = asked.method === 'lora' ? adaptationOf(asked, source, added) : undefined;
  const start = request.start.kind === 'scratch' ? request.start.model : source!.model;
  const begun = added ? grownShape(start, added) : start;
  const fault = taskFault(asked);
  if (fault) throw new AtelierError(fault);
  const settings = lora ? { ...asked, ...loraSettingsOf(lora, begun) } : asked;
  const asPrepared = await getPrepared(db, request.preparedId);
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  checkFits(begun, settings, tokenizer);
  const weightsId = request.start.kind === 'weights' ? request.start.weightsId : undefined;
  const { prepared, data } = await intactData(db, asPrepared, settings, weightsId, request);
  if (begun.classes && settings.task !== 'classify') throw new AtelierError('model-classifies');
  const model = prepared.classes ? { ...begun, classes: prepared.classes } : begun;
  const fromAdapter = source?.adapter !== undefined;
  const recomputedBlocks = await planned(context, { model, settings, prepared, fromAdapter, ...tokensOf(lora) });
  checkPrecision(lora, source?.base);

  const run = await describeRun(id, request, { ...context, settings, model, lora, prepared, source, data });
  await context.inTurn(async () => fixedVariants(context, await context.variants(), model));
  const options = optionsOf(data, recomputedBlocks);
  const weights = source ? withHead(source, model, settings.seed) : initialWeights(model, settings.seed);
  const trainer =
    lora && source
      ? await loraTrainer({ ...source, model }, settings, lora, options, true)
      : createTrainer(model, settings, await uploadWeights(model, weights), options);
  return { run, prepared, tokenizer, trainer, data, source };
}

const tokensOf = (lora: Adaptation | undefined) => (lora?.tokens ? { tokens: lora.tokens } : {});

/** The tokens that a fresh adapter adds to its base; one that is tuned further has its own. */
function addedTokens(
  { method, newTokens }: TrainSettings,
  source: OpenWeights,
  tokenizer: TokenizerRecord,
): NewTokens | undefined {
  return method === 'lora' && !source.adapter ? tokensAdded(newTokenTexts(newTokens), source, tokenizer) : undefined;
}

/** What a trainer is made with beside settings and weights. */
const optionsOf = ({ windows: { texts }, positives }: TrainingData, recomputedBlocks: number) => ({
  recomputedBlocks,
  origins: texts?.length,
  positives,
});

/** What a run was started with, as its record says. */
function requestOf(run: RunRecord): RunRequest {
  const { name, origin, model, tokenizerId, preparedId, settings, defaults, mix } = run;
  if (!settings || !preparedId || origin.kind === 'imported' || origin.kind === 'joined')
    throw new AtelierError('run-without-checkpoint', { name });
  const start: RunRequest['start'] =
    origin.kind === 'scratch'
      ? { kind: 'scratch', model }
      : { kind: 'weights', weightsId: origin.kind === 'model' ? origin.modelId : origin.checkpointId };
  const kept = { settings: { ...defaultSettings(), ...settings }, ...(defaults && { defaults }), ...(mix && { mix }) };
  return { name, start, preparedId, tokenizerId, ...kept };
}

/** A run that ended before its first checkpoint follows from its record: the same steps, from the first one on. */
function startedAgain(kept: RunRecord, context: RunContext): Promise<Session> {
  const request = requestOf(kept);
  const made = async (): Promise<Session> => {
    const ready = await readied(kept.id, request, context);
    return orFreed(ready.trainer, async () => {
      await truncateHistory(context.db, kept.id, BEFORE_ALL);
      const { changes, notice } = kept;
      const told = { ...(changes && { changes: changesFromStart(kept) }), ...(notice && { notice }) };
      const run = { ...ready.run, ...told, ...byItselfNotice(context, kept.step, 0) };
      const state: RunState = { step: 0, cursor: 0, tokens: 0 };
      return session({ ...ready, run, state, resumed: false }, context);
    });
  };
  const { start } = request;
  return start.kind === 'weights' ? whileReading(start.weightsId, made) : made();
}

/** No step: what was measured before the first one is forgotten too. */
const BEFORE_ALL = -1;

/**
 * Resumes from the newest checkpoint that reads back whole; from the start where there is none.
 *
 * @param way `slower`: from the last good one, at a quarter of the rate; or from the checkpoint that is named
 *
 * @throws run-without-checkpoint, checkpoint-missing, data-changed, memory-too-small, and what opening the data and the
 *   weights throws
 */
export async function resumedSession(runId: Id, context: RunContext, way?: 'slower' | GoBack): Promise<Session> {
  const { db } = context;
  const { stored, source, kept } = await resumedFrom(db, runId, way);
  // A setting added since the run began takes its default, which keeps the behaviour from before that setting.
  const settings = kept.settings && { ...defaultSettings(), ...kept.settings };
  if (!settings || !kept.preparedId) throw new AtelierError('run-without-checkpoint', { name: kept.name });
  if (!source) return startedAgain(kept, context);
  const { manifest } = source;
  const before = await getPrepared(db, kept.preparedId).catch(() => undefined);
  if (before?.sha256 !== manifest.preparedSha256) throw new AtelierError('data-changed', { name: kept.name });

  const tokenizer = await loadTokenizer(db, kept.tokenizerId);
  const { prepared, data } = await intactData(db, before!, settings, manifest.id, kept);
  const fromAdapter = manifest.tensors.some(({ role }) => role === 'reference');
  const recomputedBlocks = await planned(context, {
    ...{ model: kept.model, settings, prepared, fromAdapter },
    ...tokensOf(kept.lora),
  });
  const replaced = await context.inTurn(() => fixedVariants(context, manifest.kernelVariants, kept.model));
  const options = optionsOf(data, recomputedBlocks);
  const trainer = await restoredTrainer(db, source, settings, options);
  return orFreed(trainer, async () => {
    await truncateHistory(db, runId, manifest.step);
    for (const { error } of source.damaged)
      context.emit({ type: 'error', runId, code: error.code, facts: error.facts });
    if (kept !== stored) await leaveBehind(db, kept);
    const { error: _past, stoppedEarly: _early, ...clean } = kept;
    const compute = context.engine.kind;
    const notice = {
      ...byItselfNotice(context, kept.step, manifest.step),
      ...replacedNotice([...replaced, ...newParts(trainer, manifest)], manifest.step),
      ...movedNotice(kept.compute ?? 'gpu', compute, manifest.step),
    };
    const run = {
      ...clean,
      preparedId: prepared.id,
      settings,
      step: manifest.step,
      tokens: manifest.tokens,
      bestValidationLoss: manifest.bestValidationLoss,
      compute,
      ...notice,
    };
    const { step, cursor, tokens, bestValidationLoss, bestStep, gain, trainLoss, validationLoss } = manifest;
    const best = { bestValidationLoss, bestStep, gain };
    const state: RunState = { step, cursor, tokens, ...best, trainLoss, validationLoss };
    return session({ run, prepared, tokenizer, trainer, state, data, resumed: true }, context);
  });
}

/** The checkpoint that a run resumes from, if any, and its record as it goes on. */
async function resumedFrom(db: AtelierDb, runId: Id, way: 'slower' | GoBack | undefined) {
  const stored = await getRun(db, runId);
  const most = way === 'slower' ? ((await goodCheckpoint(db, stored))?.step ?? 0) : Infinity;
  const counts = (found: CheckpointManifest): boolean =>
    typeof way === 'object' ? found.id === way.checkpointId : found.step <= most;
  const source = await newestReadable(db, runId, (found) => counts(found) && !isLeftBehind(stored, found));
  if (way === undefined) return { stored, source, kept: stored };
  if (way === 'slower') return { stored, source, kept: slowed(stored, source?.manifest.step ?? 0, Date.now()) };
  if (!source) throw new AtelierError('checkpoint-missing');
  return { stored, source, kept: wentBack(stored, source.manifest.step, Date.now(), way) };
}

/**
 * What a run reads. Tokens that were lost or changed on the disk are made again from their text.
 * @param weightsId whose template wrote them
 * @throws data-changed where that gives others, and what `openTrainingData` and `prepareAgain` throw
 */
async function intactData(
  db: AtelierDb,
  prepared: PreparedRecord,
  settings: TrainSettings,
  weightsId: Id | undefined,
  { name, mix }: Pick<RunRequest, 'name' | 'mix'>,
): Promise<{ prepared: PreparedRecord; data: TrainingData }> {
  try {
    return { prepared, data: await openTrainingData(db, prepared, settings, mix) };
  } catch (thrown) {
    if (!(thrown instanceof AtelierError) || thrown.code !== 'prepared-missing') throw thrown;
    const again = await prepareAgain(db, prepared, weightsId, name).catch((failed: unknown) => {
      const gone = failed instanceof AtelierError && failed.code === 'dataset-missing';
      throw gone ? new AtelierError('data-changed', { name }) : failed;
    });
    return { prepared: again, data: await openTrainingData(db, again, settings, mix) };
  }
}

/** The kernels of the GPU have variants; the CPU's have none. */
const fixedVariants = async (
  { engine }: Pick<RunContext, 'engine'>,
  record: Record<string, string>,
  { headDim }: ModelShape,
): Promise<Replaced[]> => (engine.kind === 'gpu' ? fixVariants(record, headDim) : []);

/** Matrices that are in parts now but were whole in the checkpoint: this device allows smaller buffers. */
const newParts = ({ weights }: Trainer, { kernelVariants }: CheckpointManifest): Replaced[] =>
  areParted(weights) && kernelVariants[PART_BYTES] === undefined ? [{ op: PART_BYTES, variant: 'whole' }] : [];

async function restoredTrainer(
  db: AtelierDb,
  source: OpenCheckpoint,
  settings: TrainSettings,
  options: Pick<TrainerOptions, 'recomputedBlocks' | 'origins' | 'positives'>,
): Promise<Trainer> {
  const { manifest } = source;
  const { model, lora } = manifest;
  const trainer = lora
    ? await loraTrainer(await openWeights(db, manifest.id), settings, lora, options, false)
    : createTrainer(model, settings, await uploadWeights(model, trainedTensors(source)), options);
  return orFreed(trainer, async () => {
    const moments = source.tensors(['moment1', 'moment2']);
    for await (const { spec, bytes } of moments) trainer.load(spec.role, spec.name, bytes);
    trainer.updates = manifest.step;
    if (manifest.lossScaling) trainer.resumeScaling(manifest.lossScaling);
    return trainer;
  });
}

function checkedConfig(settings: TrainSettings): TrainSettings {
  const [fault] = settingFaults(settings);
  if (fault) throw new AtelierError('settings-invalid', { ...fault });
  return settings;
}

function checkFits(model: ModelShape, settings: TrainSettings, tokenizer: Tokenizer): void {
  if (settings.contextLength > model.contextLength) {
    throw new AtelierError('context-too-long', { asked: settings.contextLength, most: model.contextLength });
  }
  if (tokenizer.vocabSize > model.vocabSize) {
    throw new AtelierError('vocabulary-mismatch', { tokens: tokenizer.vocabSize, rows: model.vocabSize });
  }
}

/** Why older checkpoints stay for now: the next save tries again, and the run goes on. */
async function pruneNotice(thrown: unknown): Promise<RunRecord['notice']> {
  const { code, facts } = await storageError(thrown);
  return code === 'checkpoint-damaged'
    ? { code, facts }
    : { code: 'prune-failed', facts: { detail: facts['detail'] ?? code } };
}

/** Errors of reads that fail because the device is gone, which it says a moment later. */
const OF_A_LOST_DEVICE = new Set(['gpu-lost', 'gpu-fault', 'gpu-memory', 'engine-closed']);

/** Why the device is gone, if it is: what failed on it failed for that. */
export async function whyLost(
  { engine, lost }: Pick<RunContext, 'engine' | 'lost'>,
  thrown: unknown,
): Promise<AtelierError | undefined> {
  if (thrown !== undefined && OF_A_LOST_DEVICE.has(asAtelierError(thrown).code)) await engine.lost;
  return lost();
}

type Ready = Pick<SessionParts, 'run' | 'tokenizer' | 'trainer' | 'state' | 'data' | 'resumed'> & {
  prepared: PreparedRecord;
  /** What a new run begins with; absent where it is resumed, and undefined where its weights are drawn. */
  source?: OpenWeights | undefined;
};

async function session(ready: Ready, context: RunContext): Promise<Session> {
  const { db, engine, inTurn, control, emit } = context;
  const { run, prepared, trainer } = ready;
  return new Session({
    ...ready,
    sample: await samplePrompt(db, run, ready.tokenizer, ready.data.question),
    control,
    inTurn,
    whyLost: (thrown) => whyLost(context, thrown),
    emit,
    baseFault: (what) => baseFault(ready.source, run, what),
    gpu: { bytes: () => engine.gpuBytes(), tensors: () => engine.tensors() },
    keep: (record) => patchRun(db, run.id, record),
    keepEnded: (record, history) => endRun(db, run.id, record, history),
    keepCheckpoint: async (record, state, reason, best, history) => {
      const draft: CheckpointDraft = {
        runId: run.id,
        ...state,
        reason,
        best,
        model: run.model,
        ...(run.lora && { lora: run.lora }),
        settings: record.settings,
        tokenizerId: run.tokenizerId,
        preparedId: prepared.id,
        preparedSha256: prepared.sha256,
        totalSteps: record.totalSteps,
        ...(trainer.lossScaling && { lossScaling: trainer.lossScaling }),
        kernelVariants: kernelVariants(),
        gpuName: context.gpuName,
      };
      const save = () => saveCheckpoint(db, draft, trainer.tensors(), { run: record, history });
      const manifest = await withRoom(db, save);
      return { checkpoint: summaryOf(manifest), notice: await prune(db, run.id).then(() => undefined, pruneNotice) };
    },
  });
}
