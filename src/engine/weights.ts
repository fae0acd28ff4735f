import { AtelierError } from '../base/errors/errors';
import { sizeOf } from '../base/dtype';
import { parameterSpecs, type ModelConfig, type ParameterSpec } from '../base/modelConfig';
import { stream } from '../base/rng';
import type { TensorData } from '../base/tensorData';

/** Spread of fresh matrices and embeddings, as in GPT-2 and Llama's `initializer_range`. */
const SPREAD = 0.02;

/**
 * Fresh weights, one tensor at a time in the order of `parameterSpecs`. Each has a random stream of its own name, so that a
 * model with one more layer begins with the same layers. Matrices that write into the residual stream start smaller by
 * √(2·layers), which keeps its size independent of depth (Radford et al., 2019, 2.3).
 */
export function* initialWeights(config: ModelConfig, seed: number): Generator<TensorData> {
  for (const spec of parameterSpecs(config)) {
    const values = freshValues(spec, seed, config.layers);
    yield { name: spec.name, dtype: 'F32', shape: spec.shape, bytes: new Uint8Array(values.buffer) };
  }
}

function freshValues(spec: ParameterSpec, seed: number, layers: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(sizeOf(spec.shape));
  if (spec.kind === 'norm') return values.fill(1);
  const random = stream(seed, 'init', spec.name);
  const writesResidual = spec.name.endsWith('.o') || spec.name.endsWith('.down');
  const spread = writesResidual ? SPREAD / Math.sqrt(2 * layers) : SPREAD;
  for (let i = 0; i < values.length; i++) values[i] = spread * random.normal();
  return values;
}
