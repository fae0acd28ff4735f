/**
 * A LoRA adapter of a model's frozen weights (its maths: ops/matmul/lora.ts): how it is initialised, how it comes to
 * the GPU, what a linear layer gets of it.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../base/numbers/dtype';
import {
  loraAName,
  loraBName,
  loraPlaces,
  loraScale,
  loraSpecs,
  tokenRowsName,
  type LoraShape,
  type LoraPlace,
} from '../../base/lora';
import { SCORE, type ModelShape } from '../../base/modelShape';
import { stream } from '../../base/numbers/rng';
import type { TensorData } from '../../base/numbers/tensorData';
import { overlaid, type Matrix } from '../ops/matrix/matrix';
import { dropout, type Dropout } from '../ops/pointwise/dropout';
import type { Lora } from '../ops/matmul/linear';
import { disposeWeights, freshTensor, uploadTensors, type TrainedWeights } from './weights';

export interface Adapter {
  readonly lora: LoraShape;
  /** By the names of `loraSpecs`, in their order. */
  readonly weights: TrainedWeights;
  /** What the weights were when DPO began from them: frozen, the reference. Absent: the base alone is. */
  readonly reference?: TrainedWeights | undefined;
}

/**
 * A fresh adapter, in the order of `loraSpecs`: B is zero, so that the product is zero; A is uniform in ±1/√in,
 * which peft's kaiming_uniform(a = √5) amounts to. Each A has a random stream of its own name. A classifier's head is
 * drawn as a fresh matrix is. Rows of new tokens are zeros here: what they begin with, the base says.
 */
export function* initialAdapter(model: ModelShape, lora: LoraShape, seed: number): Generator<TensorData> {
  for (const spec of loraSpecs(model, lora)) {
    const { name, shape } = spec;
    if (name === SCORE) {
      yield freshTensor(spec, seed, model);
      continue;
    }
    const values = new Float32Array(sizeOf(shape));
    if (name.endsWith('.loraA')) {
      const random = stream(seed, 'init', name);
      const bound = 1 / Math.sqrt(shape[1]!);
      for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.next() - 1);
    }
    yield { name, dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
  }
}

/**
 * Puts an adapter on the GPU, fresh or from a checkpoint.
 * @param reference the frozen copy that DPO compares it with
 * @throws weights-missing, weights-size; nothing stays on the GPU then
 */
export async function uploadAdapter(
  model: ModelShape,
  lora: LoraShape,
  source: Iterable<TensorData> | AsyncIterable<TensorData>,
  reference?: AsyncIterable<TensorData>,
): Promise<Adapter> {
  const specs = loraSpecs(model, lora);
  const weights = await uploadTensors(specs, source);
  try {
    return { lora, weights, reference: reference && (await uploadTensors(specs, reference)) };
  } catch (thrown) {
    disposeWeights(weights);
    throw thrown;
  }
}

export function disposeAdapter({ weights, reference }: Adapter): void {
  disposeWeights(weights);
  if (reference) disposeWeights(reference);
}

/** What the dropouts of a training step share. */
export type StepDropout = Pick<Dropout, 'seed' | 'numbers' | 'firstRow'>;

/** How an adapter takes part in a forward pass; empty: without dropout, as in generation. */
export interface Adapting {
  /** In training: the random numbers of its dropout, whose rate is that of its shape. */
  dropout?: StepDropout | undefined;
  /** As the reference model of DPO: by the frozen copy that the adapter began from, or without it. */
  asReference?: boolean;
}

/** An adapter's layers, by the names of the matrices that they add to. */
export class AdaptedLayers {
  /** With the number of the place, which tells its dropout from the others. */
  readonly #places: ReadonlyMap<string, LoraPlace & { site: number }>;
  readonly #scale: number;

  constructor(
    model: ModelShape,
    readonly adapter: Adapter,
  ) {
    const places = loraPlaces(model, adapter.lora.targets);
    this.#places = new Map(places.map((place, site) => [place.matrix, { ...place, site }]));
    this.#scale = loraScale(adapter.lora);
  }

  /** A matrix of the base with the rows of new tokens, where it has some. */
  withRows(name: string, matrix: Matrix, { asReference }: Adapting): Matrix {
    const { lora, weights, reference } = this.adapter;
    const rows = (asReference ? reference : weights)?.get(tokenRowsName(name));
    return lora.tokens && rows ? overlaid(matrix, rows, lora.tokens.first) : matrix;
  }

  /** What is added to the product of x and this matrix; undefined where it is not adapted. */
  at(matrix: string, x: Tensor, { dropout: step, asReference }: Adapting): Lora | undefined {
    const place = this.#places.get(matrix);
    const { lora, weights: trained, reference } = this.adapter;
    const weights = asReference ? reference : trained;
    if (!place || !weights) return undefined;
    const rate = step ? lora.dropout : 0;
    return {
      a: weights.get(loraAName(matrix))!,
      b: weights.get(loraBName(matrix))!,
      segments: place.segments,
      scale: this.#scale,
      x: step && rate ? dropout(x, { ...step, rate, site: place.site }) : undefined,
    };
  }
}
