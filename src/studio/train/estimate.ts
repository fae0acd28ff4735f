// Memory, time and number of steps of a run before it starts. The parts of the memory are planned in
// engine/training/memory.ts.
import type { TrainSettings } from '../../base/settings/trainSettings';
import { matmulRate, type MachineFacts, type PresetFit, type RunEstimate } from '../../base/wire/machine';
import { modelOf, PRESETS, type ScratchFamily } from '../../base/settings/presets';
import { defaultSettings } from '../../base/settings/trainSettings';
import { loraSpecs, type NewTokens } from '../../base/lora';
import { parameterCount, parameterSpecs, type ModelShape } from '../../base/modelShape';
import { sizeOf } from '../../base/numbers/dtype';
import type { EstimateRequest } from '../../base/wire/requests';
import { isJudged, isPaired, isReferenced, loraShapeOf, packsRows } from '../../base/settings/tuneSettings';
import { mostBytesOf } from '../../engine/device/countingDevice';
import { windowsOfEpoch } from '../../data/batches/mixture';
import { planMemory } from '../../engine/training/memory';
import { fitToMemory } from './fitToMemory';

/** Gibibytes assumed where the browser does not tell; it reports at most 8. */
const ASSUMED_MEMORY = 4;
/** The share of the memory that a tab may use before the rest of the computer suffers. */
const SHARE_OF_MEMORY = 0.5;
/**
 * The share of the matmul rate that a step reaches, where none of such a model was timed on this adapter; an
 * assumption, shown as an estimate.
 */
const ASSUMED_EFFICIENCY = 0.3;

type Prepared = NonNullable<EstimateRequest['prepared']>;
type Mix = NonNullable<EstimateRequest['mix']>;

/** Windows that an epoch reads of each text of a mix, as run and estimate count them. */
function mixedWindows(settings: TrainSettings, mix: Mix): { windows: number; passes: number }[] {
  const amounts = mix.map((text) => {
    const windows = windowsInRows(settings, text);
    return { windows, tokens: tokensInWindows(settings, text, windows), share: text.share };
  });
  return windowsOfEpoch(amounts).map((windows, i) => ({ windows, passes: windows / amounts[i]!.windows }));
}

/**
 * Tokens that one pass reads: of text what fills windows, of rows all but the last token of each, which is only
 * predicted. What a window cuts off of a row is not known here.
 */
function tokensInWindows(
  { task, contextLength }: TrainSettings,
  { trainTokens, trainRows = 0 }: Prepared,
  windows: number,
): number {
  if (task === 'text') return windows * contextLength;
  return Math.max(1, trainTokens - (isPaired(task) ? 2 : 1) * trainRows);
}

/**
 * Windows of one pass: of text exactly; of conversations as they were packed, or about, since packing leaves some room;
 * of judged answers one each.
 */
export function windowsInRows({ task, packing, contextLength }: TrainSettings, prepared: Prepared): number {
  const { trainTokens, trainRows, packed } = prepared;
  const apart = isJudged(task) || (packsRows(task) && !packing);
  if (apart && trainRows !== undefined) return trainRows;
  if (packsRows(task) && packed !== undefined) return Math.max(1, packed);
  const filled = (trainTokens - 1) / contextLength;
  return Math.max(1, task === 'text' ? Math.floor(filled) : Math.ceil(filled));
}

/** Optimizer steps of a run. An epoch is every window once. */
export function totalSteps(settings: TrainSettings, windows: number): number {
  if (settings.durationUnit === 'steps') return settings.steps;
  return Math.max(1, Math.ceil((settings.epochs * windows) / (settings.batchSize * settings.accumulate)));
}

/** Tokens that an optimizer step computes: padding too. */
export const tokensPerStep = ({ task, batchSize, accumulate, contextLength }: TrainSettings): number =>
  (isJudged(task) ? 2 : 1) * batchSize * accumulate * contextLength;

/**
 * Floating-point operations of one token in training: six per weight of a matmul, and attention (Kaplan et al., 2020).
 * Frozen weights get no gradient of their own: four.
 */
export function flopsPerToken(model: ModelShape, length: number, method: TrainSettings['method'] = 'full'): number {
  const weights = parameterSpecs(model)
    .filter((p) => p.kind !== 'norm')
    .reduce((n, p) => n + sizeOf(p.shape), 0);
  // causal: half of length × length scores, for scores and values, forward and twice backward
  const attention = 6 * model.layers * model.heads * model.headDim * length;
  return (method === 'lora' ? 4 : 6) * weights + attention;
}

/** Bytes a tab may use on this machine: a budget, not a measurement, since WebGPU does not tell. */
export const memoryBudget = (facts: Pick<MachineFacts, 'deviceMemory'>): number =>
  (facts.deviceMemory ?? ASSUMED_MEMORY) * SHARE_OF_MEMORY * 2 ** 30;

/**
 * Under what name the share of the matmul's rate that a run reached is kept: models of about one width, tuned in one
 * way, have products of about one size, and reach about one share of it. Others are not estimated by it.
 */
export const efficiencyName = (gpuName: string, model: ModelShape, { method }: Pick<TrainSettings, 'method'>): string =>
  `${gpuName}, ${method}, ${2 ** Math.round(Math.log2(model.hiddenSize))} wide`;

/** The settings, and what the memory depends on beside them. */
type Planned = TrainSettings & { fromAdapter?: boolean; tokens?: NewTokens | undefined };

export function estimate(
  model: ModelShape,
  settings: Planned,
  facts: MachineFacts,
  prepared: Prepared | undefined,
  efficiency: number | undefined,
  mix?: Mix,
): RunEstimate {
  const precision = facts.cpu ? 'f32' : settings.precision; // the CPU has no f16
  const plan = planMemory(model, { ...settings, precision }, memoryBudget(facts), mostBytes(facts));
  const { parts, total: gpuBytes, largestBuffer } = plan.prediction;
  const trained = settings.method === 'lora' ? adapterParameters(model, settings) : parameterCount(model);
  const keepsCopy = settings.fromAdapter === true || settings.tokens !== undefined;
  const known = settings.durationUnit === 'steps' || prepared !== undefined;
  const epoch = mix && mixedWindows(settings, mix);
  const one = prepared ? windowsInRows(settings, prepared) : 0;
  const steps = known ? totalSteps(settings, epoch?.reduce((sum, { windows }) => sum + windows, 0) ?? one) : 0;
  const rate = matmulRate(facts);
  const flops = steps * tokensPerStep(settings) * flopsPerToken(model, settings.contextLength, settings.method);
  return {
    parameters: parameterCount(model),
    trained,
    recomputedBlocks: plan.recomputedBlocks,
    gpuBytes,
    gpuBytesParts: parts,
    checkpointBytes: 4 * trained * (isReferenced(settings.task) && keepsCopy ? 2 : 1) + parts.optimizer,
    totalSteps: steps,
    tokensPerStep: tokensPerStep(settings),
    ...(epoch && {
      epoch: epoch.map(({ passes }, i) => ({ tokens: Math.round(passes * mix[i]!.trainTokens), passes })),
    }),
    largestBuffer,
    ...(rate && known && { seconds: flops / (rate * (efficiency ?? ASSUMED_EFFICIENCY)) }),
    ...(rate && known && efficiency !== undefined && { measured: true as const }),
    ...refusalOf(facts, gpuBytes, largestBuffer),
  };
}

/** Bytes of the largest tensor there; the CPU has no limit of its own. */
const mostBytes = ({ cpu, webgpu }: MachineFacts): number =>
  webgpu.available && !cpu ? mostBytesOf(webgpu.limits) : Infinity;

const adapterParameters = (model: ModelShape, settings: Planned): number =>
  loraSpecs(model, loraShapeOf(settings, model, settings.tokens)).reduce((n, { shape }) => n + sizeOf(shape), 0);

/** The first change of the settings with which a refused run fits on this machine. */
export function fittingSettings(
  model: ModelShape,
  settings: Planned,
  facts: MachineFacts,
): Pick<RunEstimate, 'fitting'> {
  for (const fitting of fitToMemory(settings, model))
    if (!estimate(model, { ...settings, ...fitting }, facts, undefined, undefined).refusal) return { fitting };
  return {};
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

function refusalOf(facts: MachineFacts, gpuBytes: number, largestBuffer: number): Pick<RunEstimate, 'refusal'> {
  if (facts.cpu) return memoryRefusal(facts, gpuBytes, 'memory-too-small-cpu');
  if (!facts.webgpu.available) return { refusal: { code: 'webgpu-needed', facts: {} } };
  const most = mostBytes(facts);
  if (largestBuffer > most) {
    return {
      refusal: { code: 'buffer-too-large', facts: { needed: mebibytes(largestBuffer), allowed: mebibytes(most) } },
    };
  }
  return memoryRefusal(facts, gpuBytes, 'memory-too-small');
}

function memoryRefusal(
  facts: MachineFacts,
  bytes: number,
  code: 'memory-too-small' | 'memory-too-small-cpu',
): Pick<RunEstimate, 'refusal'> {
  const budget = memoryBudget(facts);
  if (bytes <= budget) return {};
  return { refusal: { code, facts: { needed: mebibytes(bytes), budget: mebibytes(budget) } } };
}

/** Which presets fit on this machine, and how long they take, each with its own vocabulary, lengths and steps. */
export function presetFits(
  facts: MachineFacts,
  family?: ScratchFamily,
  efficiencyOf: (model: ModelShape, settings: TrainSettings) => number | undefined = () => undefined,
): PresetFit[] {
  return PRESETS.map((preset) => {
    const settings = { ...defaultSettings(), ...preset.settings };
    const model = modelOf(preset, preset.vocabSize, settings.contextLength, family);
    const found = estimate(model, settings, facts, undefined, efficiencyOf(model, settings));
    const { gpuBytes, refusal, seconds, measured } = found;
    const time = { ...(seconds !== undefined && { seconds }), ...(measured && { measured }) };
    return { preset: preset.name, gpuBytes, fits: !refusal, ...time };
  });
}
