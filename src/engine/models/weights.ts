/**
 * A model's weights on the device: how fresh ones are drawn, and how given ones are uploaded, read back and freed.
 * Files of weights are not read here.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { AtelierError } from '../../base/errors/errors';
import { sizeOf } from '../../base/numbers/dtype';
import {
  architectureOf,
  frozenSpecs,
  parameterSpecs,
  type ModelShape,
  type ParameterSpec,
} from '../../base/modelShape';
import { stream } from '../../base/numbers/rng';
import type { FrozenPrecision } from '../../base/records/model';
import type { ReadParameterRows, TensorData } from '../../base/numbers/tensorData';
import { newTensor } from '../device/buffers';
import { device } from '../device/currentDevice';
import {
  disposeMatrix,
  isParted,
  isQuantized,
  newMatrix,
  partsOf,
  trainedOf,
  writeRows,
  type Matrix,
} from '../ops/matrix/matrix';

/** Spread of fresh matrices and embeddings, as in GPT-2 and Llama's `initializer_range`. */
const SPREAD = 0.02;

/**
 * Fresh weights, one tensor at a time in the order of `parameterSpecs`. Each has a random stream of its own name, so
 * that a model with one more layer begins with the same layers. Matrices that write into the residual stream start
 * smaller by √(2·layers), which keeps its size independent of depth (Radford et al., 2019, 2.3).
 */
export function* initialWeights(shape: ModelShape, seed: number): Generator<TensorData> {
  for (const spec of parameterSpecs(shape)) yield freshTensor(spec, seed, shape);
}

/** One of them. */
export function freshTensor(spec: ParameterSpec, seed: number, shape: ModelShape): TensorData {
  const values = freshValues(spec, seed, shape);
  return { name: spec.name, dtype: 'F32', shape: spec.shape, bytes: new Uint8Array(values.buffer) };
}

function freshValues(spec: ParameterSpec, seed: number, shape: ModelShape): Float32Array<ArrayBuffer> {
  const values = new Float32Array(sizeOf(spec.shape));
  if (spec.kind === 'bias') return values;
  if (spec.kind === 'norm') return values.fill(1 - architectureOf(shape).normOffset);
  const random = stream(seed, 'init', spec.name);
  const writesResidual = spec.name.endsWith('.o') || spec.name.endsWith('.down');
  const spread = writesResidual ? SPREAD / Math.sqrt(2 * shape.layers) : SPREAD;
  for (let i = 0; i < values.length; i++) values[i] = spread * random.normal();
  return values;
}

/**
 * A model's weights on the GPU, by name, in the order of `parameterSpecs`. Quantized ones are frozen, or copies of what
 * is trained.
 */
export type Weights = ReadonlyMap<string, Matrix>;

/** An adapter's weights, in f32, which training changes in place. They are small: none is in parts. */
export type TrainedWeights = ReadonlyMap<string, Tensor>;

type Source = Iterable<TensorData> | AsyncIterable<TensorData>;

/**
 * Puts all weights of a model on the GPU in f32, one tensor at a time as they come (in any order).
 * @throws weights-missing, weights-size; nothing stays on the GPU then
 */
export async function uploadWeights(shape: ModelShape, source: Source): Promise<Weights> {
  const weights = newWeights(shape);
  await fill(weights, source);
  return weights;
}

/**
 * Puts the tensors of these specs on the GPU; other tensors of the source are skipped.
 * @throws weights-missing, weights-size; nothing stays on the GPU then
 */
export async function uploadTensors(specs: readonly ParameterSpec[], source: Source): Promise<TrainedWeights> {
  const weights = newTensors(specs);
  await fill(weights, source);
  return weights;
}

/** Room for the tensors of an adapter. */
export const newTensors = (specs: readonly ParameterSpec[]): TrainedWeights =>
  new Map(specs.map((spec) => [spec.name, newTensor(spec.shape)]));

/** Room for the weights of a model; in fewer bits where they are not trained. */
export const newWeights = (
  shape: ModelShape,
  precision: FrozenPrecision = 'f32',
  specs: readonly ParameterSpec[] = parameterSpecs(shape),
): Weights => new Map(specs.map((spec) => [spec.name, newWeight(spec, precision)]));

const newWeight = (spec: ParameterSpec, precision: FrozenPrecision): Matrix =>
  quantizable(spec) ? newMatrix(precision, [spec.shape[0]!, spec.shape[1]!]) : newTensor(spec.shape);

async function fill(weights: Weights, source: Source): Promise<void> {
  const awaited = new Set(weights.keys());
  try {
    for await (const { name, bytes } of source) {
      const matrix = weights.get(name);
      if (matrix) writeStretches(name, trainedOf(matrix).map(wholeOf), bytes);
      awaited.delete(name);
    }
    for (const name of awaited) throw new AtelierError('weights-missing', { name });
  } catch (thrown) {
    disposeWeights(weights);
    throw thrown;
  }
}

/** `size` numbers of an f32 tensor, from `start` on. */
export interface TensorStretch {
  tensor: Tensor;
  start: number;
  size: number;
}

export const wholeOf = (tensor: Tensor): TensorStretch => ({ tensor, start: 0, size: tensor.size });

/**
 * Puts little-endian bytes into stretches, one after the other.
 * @throws weights-size
 */
export function writeStretches(name: string, stretches: readonly TensorStretch[], bytes: Uint8Array): void {
  const expected = 4 * stretches.reduce((sum, { size }) => sum + size, 0);
  if (bytes.byteLength !== expected)
    throw new AtelierError('weights-size', { name, found: bytes.byteLength, expected });
  let at = 0;
  for (const { tensor, start, size } of stretches)
    device().write(tensor, inOwnBuffer(bytes.subarray(at, (at += 4 * size))), 4 * start);
}

/** The bytes of stretches, one after the other, as all work queued so far leaves them. Sync point. */
export async function readStretches(stretches: readonly TensorStretch[]): Promise<Uint8Array<ArrayBuffer>> {
  const reading = stretches.map(({ tensor, start, size }) => device().read(tensor, 4 * start, 4 * size));
  const parts = await Promise.all(reading);
  const [first] = parts;
  if (first && parts.length === 1) return new Uint8Array(first);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) bytes.set(new Uint8Array(part), (at += part.byteLength) - part.byteLength);
  return bytes;
}

/** WebGPU takes no views of shared memory. */
const inOwnBuffer = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

/** Numbers of a frozen matrix that JavaScript holds at a time. */
const PART = 2 ** 20;

/**
 * Matrices that products read; norms, biases and learned positions stay in f32 and in one tensor: they are small, and
 * nothing quantizes them.
 */
export const quantizable = ({ name, kind }: ParameterSpec): boolean =>
  kind === 'matrix' || (kind === 'embedding' && name !== 'positions');

/**
 * Puts the frozen weights of a model on the GPU, part by part.
 * @param shape that of the base, whose vocabulary may lack tokens that an adapter adds
 * @param adapted an adapter stands beside them, which has a classifier's head
 * @throws what `read` throws; nothing stays on the GPU then
 */
export async function uploadFrozen(
  shape: ModelShape,
  precision: FrozenPrecision,
  read: ReadParameterRows,
  adapted = false,
): Promise<Weights> {
  const weights = new Map<string, Matrix>();
  try {
    for (const spec of adapted ? frozenSpecs(shape) : parameterSpecs(shape)) {
      weights.set(spec.name, newWeight(spec, precision));
      await readInto(weights.get(spec.name)!, spec, read);
    }
    return weights;
  } catch (thrown) {
    disposeWeights(weights);
    throw thrown;
  }
}

async function readInto(matrix: Matrix, { name, shape }: ParameterSpec, read: ReadParameterRows): Promise<void> {
  const all = shape[0]!;
  const rows = Math.max(1, Math.floor((PART * all) / sizeOf(shape)));
  for (let row = 0; row < all; row += rows) {
    const count = Math.min(rows, all - row);
    const values = await read(name, row, count);
    if (values.length * all !== count * sizeOf(shape))
      throw new RangeError(`${values.length} numbers of ${count} rows`);
    writeRows(matrix, row, values);
  }
}

export const disposeWeights = (weights: Weights): void => weights.forEach(disposeMatrix);

/** Bytes that weights take on the device: four for each number, and for each word of quantized ones. */
export const weightBytes = (weights: Weights): number =>
  [...weights.values()]
    .flatMap(partsOf)
    .reduce((sum, { matrix }) => sum + 4 * (isQuantized(matrix) ? matrix.words : matrix).size, 0);

/** Whether the device asked for a matrix in parts. */
export const areParted = (weights: Weights): boolean => [...weights.values()].some(isParted);
