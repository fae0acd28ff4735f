import type { Tensor } from '@tensorflow/tfjs-core';
import { AtelierError } from '../base/errors/errors';
import { sizeOf } from '../base/dtype';
import { architectureOf, parameterSpecs, type ModelConfig, type ParameterSpec } from '../base/modelConfig';
import { stream } from '../base/rng';
import type { TensorData } from '../base/tensorData';
import { newTensor } from './buffers';
import { device } from './kernels/door';

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

/** A model's weights on the GPU, by name, in the order of `parameterSpecs`. Training changes them in place. */
export type Weights = ReadonlyMap<string, Tensor>;

/**
 * Puts weights on the GPU, one tensor at a time as they come (in any order).
 * @throws weights-missing, weights-size; nothing stays on the GPU then
 */
export async function uploadWeights(
  config: ModelConfig,
  source: Iterable<TensorData> | AsyncIterable<TensorData>,
): Promise<Weights> {
  const specs = parameterSpecs(config);
  const weights = new Map(specs.map((spec) => [spec.name, newTensor(spec.shape)]));
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

export const disposeWeights = (weights: Weights): void => weights.forEach((tensor) => tensor.dispose());
