import type { Tensor } from '@tensorflow/tfjs-core';
import { AtelierError } from '../base/errors/errors';
import { sizeOf } from '../base/dtype';
import { architectureOf, parameterSpecs, type ModelConfig, type ParameterSpec } from '../base/modelConfig';
import { stream } from '../base/rng';
import type { FrozenPrecision } from '../base/records';
import type { TensorData } from '../base/tensorData';
import { newTensor } from './buffers';
import { device } from './kernels/door';
import { isPacked, newPacked, uploadPacked, type Matrix } from './kernels/packed';

/** Spread of fresh matrices and embeddings, as in GPT-2 and Llama's `initializer_range`. */
const SPREAD = 0.02;

/**
 * Fresh weights, one tensor at a time in the order of `parameterSpecs`. Each has a random stream of its own name, so that a
 * model with one more layer begins with the same layers. Matrices that write into the residual stream start smaller by
 * √(2·layers), which keeps its size independent of depth (Radford et al., 2019, 2.3).
 */
export function* initialWeights(config: ModelConfig, seed: number): Generator<TensorData> {
  for (const spec of parameterSpecs(config)) {
    const values = freshValues(spec, seed, config);
    yield { name: spec.name, dtype: 'F32', shape: spec.shape, bytes: new Uint8Array(values.buffer) };
  }
}

function freshValues(spec: ParameterSpec, seed: number, config: ModelConfig): Float32Array<ArrayBuffer> {
  const values = new Float32Array(sizeOf(spec.shape));
  if (spec.kind === 'bias') return values;
  if (spec.kind === 'norm') return values.fill(1 - architectureOf(config).normOffset);
  const random = stream(seed, 'init', spec.name);
  const writesResidual = spec.name.endsWith('.o') || spec.name.endsWith('.down');
  const spread = writesResidual ? SPREAD / Math.sqrt(2 * config.layers) : SPREAD;
  for (let i = 0; i < values.length; i++) values[i] = spread * random.normal();
  return values;
}

/** A model's weights on the GPU, by name, in the order of `parameterSpecs`. Packed ones are frozen, or copies of what is trained. */
export type Weights = ReadonlyMap<string, Matrix>;

/** Weights in f32, which training changes in place. */
export type TrainedWeights = ReadonlyMap<string, Tensor>;

type Source = Iterable<TensorData> | AsyncIterable<TensorData>;

/**
 * Puts all weights of a model on the GPU in f32, one tensor at a time as they come (in any order).
 * @throws weights-missing, weights-size; nothing stays on the GPU then
 */
export const uploadWeights = (config: ModelConfig, source: Source): Promise<TrainedWeights> =>
  uploadTensors(parameterSpecs(config), source);

/** Room for weights that are trained. */
export const newWeights = (specs: readonly ParameterSpec[]): Map<string, Tensor> =>
  new Map(specs.map((spec) => [spec.name, newTensor(spec.shape)]));

/** Puts the tensors of these specs on the GPU; the others of the source are passed over. @throws as `uploadWeights` */
export async function uploadTensors(specs: readonly ParameterSpec[], source: Source): Promise<TrainedWeights> {
  const weights = newWeights(specs);
  const awaited = new Set(weights.keys());
  try {
    for await (const { name, bytes } of source) {
      const tensor = weights.get(name);
      if (tensor) writeTensor(name, tensor, bytes);
      awaited.delete(name);
    }
    for (const name of awaited) throw new AtelierError('weights-missing', { name });
    return weights;
  } catch (thrown) {
    disposeWeights(weights);
    throw thrown;
  }
}

/** Replaces the values of an f32 tensor, or `size` of them from `start` on, by little-endian bytes. @throws weights-size */
export function writeTensor(name: string, tensor: Tensor, bytes: Uint8Array, size = tensor.size, start = 0): void {
  const expected = 4 * size;
  if (bytes.byteLength !== expected) {
    throw new AtelierError('weights-size', { name, found: bytes.byteLength, expected });
  }
  device().write(tensor, inOwnBuffer(bytes), 4 * start);
}

/** WebGPU takes no views of shared memory. */
const inOwnBuffer = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

/** Rows of a parameter in f32, row-major; vectors count elements as rows. */
export type ReadRows = (parameter: string, row: number, rows: number) => Promise<Float32Array<ArrayBuffer>>;

/** Numbers of a part of a frozen matrix: what stands in JavaScript at a time. */
const PART = 2 ** 20;

/** Matrices that products read; norms, biases and learned positions stay in f32: they are small, and nothing packs them. */
export const packable = ({ name, kind }: ParameterSpec): boolean =>
  kind === 'matrix' || (kind === 'embedding' && name !== 'positions');

/** Room for the weights of a model that are not trained. */
export const newFrozen = (config: ModelConfig, precision: FrozenPrecision): Weights =>
  new Map(
    parameterSpecs(config).map((spec) => [
      spec.name,
      precision !== 'f32' && packable(spec) ? newPacked(precision, pairOf(spec)) : newTensor(spec.shape),
    ]),
  );

/** Puts the weights of a model on the GPU that are not to be trained, part by part. Throws what `read` throws; nothing stays on the GPU then. */
export async function uploadFrozen(config: ModelConfig, precision: FrozenPrecision, read: ReadRows): Promise<Weights> {
  const weights = new Map<string, Matrix>();
  try {
    for (const spec of parameterSpecs(config)) weights.set(spec.name, await uploadParts(spec, precision, read));
    return weights;
  } catch (thrown) {
    disposeWeights(weights);
    throw thrown;
  }
}

async function uploadParts(spec: ParameterSpec, precision: FrozenPrecision, read: ReadRows): Promise<Matrix> {
  const parts = partsOf(spec, read);
  if (precision !== 'f32' && packable(spec)) return uploadPacked(precision, pairOf(spec), parts);
  const tensor = newTensor(spec.shape);
  let at = 0;
  try {
    for await (const part of parts) {
      device().write(tensor, part, at);
      at += part.byteLength;
    }
    return tensor;
  } catch (thrown) {
    tensor.dispose();
    throw thrown;
  }
}

async function* partsOf({ name, shape }: ParameterSpec, read: ReadRows) {
  const all = shape[0]!;
  const rows = Math.max(1, Math.floor((PART * all) / sizeOf(shape)));
  for (let row = 0; row < all; row += rows) yield await read(name, row, Math.min(rows, all - row));
}

const pairOf = ({ shape }: ParameterSpec): [rows: number, columns: number] => [shape[0]!, shape[1]!];

export const disposeWeights = (weights: Weights): void =>
  weights.forEach((matrix) => (isPacked(matrix) ? matrix.words : matrix).dispose());
