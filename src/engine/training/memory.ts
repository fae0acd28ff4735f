/**
 * How much GPU memory a training step takes, and how many blocks must be recomputed for it to fit. Nothing is
 * estimated: the trainer is made and its step captured on a device that only counts (device/countingDevice.ts), so
 * every tensor that an op allocates is in the figure.
 */
import type { Batch, TokenBatch } from '../../base/batch';
import { defaultSettings, type TrainSettings } from '../../base/settings/trainSettings';
import type { RunEstimate } from '../../base/wire/machine';
import { baseShapeOf, loraSpecs, type NewTokens } from '../../base/lora';
import { frozenSpecs, type ModelShape } from '../../base/modelShape';
import { isJudged, isReferenced, loraShapeOf, packsRows } from '../../base/settings/tuneSettings';
import { copyBytes } from '../models/f16Weights';
import type { CountingDevice } from '../device/countingDevice';
import { withCounter } from '../device/kernel';
import { chunksOf } from '../ops/loss/linearCrossEntropy';
import { kernelVariants, useVariants } from '../device/variants';
import { createTrainer } from './step';
import { newTensors, newWeights } from '../models/weights';

/** The settings that memory depends on; absent ones have their defaults. */
export type MemorySettings = Pick<TrainSettings, 'batchSize' | 'contextLength' | 'accumulate' | 'optimizer'> &
  Partial<TrainSettings> & {
    /** DPO or KTO begins from an adapter, and keeps a frozen copy of it. */
    fromAdapter?: boolean | undefined;
    tokens?: NewTokens | undefined;
  };

export interface MemoryPrediction {
  /**
   * Bytes of a run of such steps. Gradients, activations and logits share buffers: what gradients or logits leave is
   * counted as activations.
   */
  parts: RunEstimate['gpuBytesParts'];
  /** Their sum. */
  total: number;
  /** Of the weights: their copies in halves, which no checkpoint holds. */
  copies: number;
  /**
   * The largest single tensor, which the adapter's limits must allow: matrices are parted to fit them, other tensors
   * are not.
   */
  largestBuffer: number;
}

const F32 = 4;
/**
 * From here on, each further micro-batch takes what the one before took: its tokens and the params of its dispatches.
 */
const TRACED = 3;

/**
 * GPU memory of steps with these settings, all tokens graded.
 * @param recomputedBlocks blocks, the first ones
 * @param mostBytes of a tensor, where it is not what the open GPU allows
 */
export function predictMemory(
  model: ModelShape,
  settings: MemorySettings,
  recomputedBlocks = 0,
  mostBytes?: number,
): MemoryPrediction {
  const { accumulate } = settings;
  const of = (n: number): MemoryPrediction =>
    traced(model, { ...settings, accumulate: n }, recomputedBlocks, mostBytes);
  if (accumulate <= TRACED) return of(accumulate);
  const [less, more] = [TRACED - 1, TRACED].map(of);
  const further = (accumulate - TRACED) * (more!.total - less!.total);
  const parts = { ...more!.parts, activations: more!.parts.activations + further };
  return { ...more!, parts, total: more!.total + further };
}

function traced(
  model: ModelShape,
  settings: MemorySettings,
  recomputedBlocks: number,
  mostBytes?: number,
): MemoryPrediction {
  const variants = kernelVariants();
  try {
    return withCounter((counter) => counted(counter, model, settings, recomputedBlocks), mostBytes);
  } finally {
    useVariants(variants); // a run keeps the choices of its own shapes only
  }
}

function counted(
  counter: CountingDevice,
  model: ModelShape,
  chosen: MemorySettings,
  recomputedBlocks: number,
): MemoryPrediction {
  const settings: TrainSettings = { ...defaultSettings(), ...chosen };
  const { tokens, fromAdapter } = chosen;
  const lora = settings.method === 'lora' ? loraShapeOf(settings, model, tokens) : undefined;
  const frozenShape = frozenSpecs(baseShapeOf(model, lora));
  const weights = lora ? newWeights(model, settings.frozenPrecision, frozenShape) : newWeights(model);
  const frozen = counter.outside;
  const adapted = lora && newTensors(loraSpecs(model, lora));
  const trained = counter.outside - (lora ? frozen : 0);
  const keepsCopy = lora && isReferenced(settings.task) && (fromAdapter || tokens);
  const reference = keepsCopy ? newTensors(loraSpecs(model, lora)) : undefined;
  const adapter = lora && adapted && { lora, weights: adapted, reference };
  const weightBytes = counter.outside;
  const trainer = createTrainer(model, settings, weights, { recomputedBlocks, ...(adapter && { adapter }) });
  const copies = settings.precision === 'f16' && !adapter ? copyBytes(model) : 0;
  const optimizer = counter.outside - weightBytes - copies;
  trainer.prepare(Array.from({ length: settings.accumulate }, () => stepBatch(settings)));
  const { allocated } = counter.bytes();
  trainer.dispose();
  const rest = allocated - weightBytes - copies - optimizer;
  const gradients = Math.min(rest, trained);
  const logits = Math.min(rest - gradients, logitBytes(model, settings));
  const parts = { weights: weightBytes + copies, optimizer, gradients, logits, activations: rest - gradients - logits };
  return { parts, total: allocated, copies, largestBuffer: counter.largest };
}

/** A batch of the shape that the task's data have. */
function stepBatch(settings: TrainSettings): Batch {
  return isJudged(settings.task)
    ? { chosen: blankBatch(settings), rejected: blankBatch(settings) } // KTO's are of the same size
    : blankBatch(settings);
}

/** A batch of zeros: the values make no difference to memory. */
function blankBatch({ batchSize, contextLength, task }: TrainSettings): TokenBatch {
  const labels = batchSize * contextLength;
  const blank = (): Int32Array => new Int32Array(labels);
  const packed = packsRows(task) ? { starts: blank(), positions: blank() } : {};
  return { batch: batchSize, length: contextLength, inputs: blank(), targets: blank(), labels, ...packed };
}

function logitBytes(model: ModelShape, { batchSize, contextLength, task }: TrainSettings): number {
  const rows = batchSize * contextLength * (isJudged(task) ? 2 : 1);
  const width = model.classes?.names.length ?? model.vocabSize;
  return F32 * width * chunksOf(rows, width)[0]!.count;
}

export interface MemoryPlan {
  /** Blocks that are computed again in the backward pass: the first ones, whose activations are kept longest. */
  recomputedBlocks: number;
  prediction: MemoryPrediction;
  /** Bytes without recomputed blocks, where there are some: the reason for them. */
  without?: number;
  /** Whether the prediction is within the budget. */
  fits: boolean;
}

/**
 * As few recomputed blocks as keep a step within `budget` bytes; all blocks where that is not enough.
 * @param mostBytes as for `predictMemory`
 */
export function planMemory(
  model: ModelShape,
  settings: MemorySettings,
  budget: number,
  mostBytes?: number,
): MemoryPlan {
  const predict = (recomputedBlocks: number) => predictMemory(model, settings, recomputedBlocks, mostBytes);
  const plain = predict(0);
  if (plain.total <= budget) return { recomputedBlocks: 0, prediction: plain, fits: true };
  let [low, high] = [0, model.layers];
  let prediction = predict(high);
  const fits = prediction.total <= budget;
  while (fits && high - low > 1) {
    const middle = (low + high) >> 1;
    const tried = predict(middle);
    if (tried.total > budget) low = middle;
    else [high, prediction] = [middle, tried];
  }
  return { recomputedBlocks: high, prediction, without: plain.total, fits };
}
