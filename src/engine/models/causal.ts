/**
 * What all model families share: the residual stream through the blocks, and the ways to attend. See llama.ts, gpt2.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { AdaptedLayers, type Adapter, type Adapting } from './adapter';
import { architectureOf, SCORE, type Architecture, type ModelShape } from '../../base/modelShape';
import { attention, decodeAttention, fillCache, type AttentionShape, type Place } from '../ops/attention/attention';
import { linear } from '../ops/matmul/linear';
import { isQuantized, isParted, partsOf, trainedOf, type Matrix } from '../ops/matrix/matrix';
import { row } from '../ops/rows/selectRow';
import { saveAsF16 } from '../autodiff/f16Activations';
import { recompute } from '../autodiff/tape';
import type { Weights } from './weights';
import type { Cache, Model } from './model';
import type { TokenInput } from './tokenInput';

/** A way through the blocks. */
export interface ForwardPass {
  /** Turns query, key and value of all tokens [N, (H+2K)·D] into what each token gathered [N, H·D]. */
  attend(qkv: Tensor, layer: number): Tensor;
  adapting: Adapting;
}

export interface ModelOptions {
  /** The first so many blocks keep only their input for the backward walk, which runs them again: see `planMemory`. */
  recomputedBlocks?: number | undefined;
  adapter?: Adapter | undefined;
}

/**
 * A causal decoder: embeddings, blocks that add to a residual stream, a norm, a head; and the three ways through it,
 * which differ in where attention finds keys and values. A family names its parts; this class tidies them.
 */
export abstract class CausalModel implements Model {
  protected readonly architecture: Architecture;
  readonly #recomputedBlocks: number;
  readonly #adapted: AdaptedLayers | undefined;
  /** Training in f16: matrices are read from copies in halves, and so is what is kept for the backward walk. */
  readonly #inHalves: boolean;

  constructor(
    readonly shape: ModelShape,
    readonly weights: Weights,
    { recomputedBlocks = 0, adapter }: ModelOptions = {},
  ) {
    this.architecture = architectureOf(shape);
    this.#recomputedBlocks = recomputedBlocks;
    this.#adapted = adapter && new AdaptedLayers(shape, adapter);
    const tensors = [...weights.values()].flatMap(partsOf);
    this.#inHalves = tensors.some(({ matrix }) => isQuantized(matrix) && matrix.master);
  }

  /**
   * The residual stream [N, hiddenSize] before the first block; the windows' first tokens stand at position `start`.
   */
  protected abstract embedded(input: TokenInput, start: number | Place, adapting: Adapting): Tensor;
  /** qkv [N, (H+2K)·D] with its positions applied, as by RoPE; the same tensor where the family adds them elsewhere. */
  protected abstract placed(qkv: Tensor, layer: number, input: TokenInput, start: number | Place): Tensor;
  /** One block: the residual stream [N, hiddenSize] after attention and feed-forward. */
  protected abstract block(x: Tensor, layer: number, pass: ForwardPass): Tensor;
  /** The norm before the head. */
  protected abstract normed(x: Tensor): Tensor;

  get head(): Matrix {
    return this.#head({});
  }

  get referenceHead(): Matrix {
    return this.#head({ asReference: true });
  }

  #head(adapting: Adapting): Matrix {
    if (this.architecture.classes) return this.#adapted?.adapter.weights.get(SCORE) ?? this.matrix(SCORE);
    return this.byToken(this.architecture.tiedEmbeddings ? 'embedding' : 'head', adapting);
  }

  states(input: TokenInput, adapting: Adapting = {}): Tensor {
    const attend: ForwardPass['attend'] = (qkv, layer) =>
      attention(this.placed(qkv, layer, input, 0), this.#attention(input, layer), input.starts);
    return tf.tidy(() => this.normed(this.#body(input, 0, { attend, adapting })));
  }

  logits(input: TokenInput): Tensor {
    return tf.tidy(() => linear(this.states(input), this.head));
  }

  prefill(input: TokenInput, last: number, cache: Cache): Tensor {
    const attend: ForwardPass['attend'] = (qkv, layer) => {
      const placed = this.placed(qkv, layer, input, 0);
      const { keys, values } = cache.layers[layer]!;
      fillCache(placed, keys, values, this.heads(input));
      return attention(placed, this.#attention(input, layer));
    };
    return tf.tidy(() => linear(this.normed(row(this.#body(input, 0, { attend, adapting: {} }), last)), this.head));
  }

  decode(input: TokenInput, place: Place, room: number, cache: Cache, last = input.length - 1): Tensor {
    const attend: ForwardPass['attend'] = (qkv, layer) => {
      const { keys, values } = cache.layers[layer]!;
      const placed = this.placed(qkv, layer, input, place);
      return decodeAttention(placed, keys, values, this.#attention(input, layer), place, room);
    };
    return tf.tidy(() => {
      const body = this.#body(input, place, { attend, adapting: {} });
      return linear(this.normed(input.length > 1 ? row(body, last) : body), this.head);
    });
  }

  /** The residual stream after all blocks. Each block frees what the backward walk does not need. */
  #body(input: TokenInput, start: number | Place, pass: ForwardPass): Tensor {
    let x = tf.tidy(() => this.embedded(input, start, pass.adapting));
    for (let layer = 0; layer < this.shape.layers; layer++) {
      const before = x;
      const block = (from: Tensor): Tensor => this.block(from, layer, pass);
      x = tf.tidy(() =>
        layer < this.#recomputedBlocks ? recompute(block, before, this.#weightsOf(layer)) : block(before),
      );
      before.dispose();
      if (this.#inHalves) saveAsF16();
    }
    return x;
  }

  /** What a block can be differentiated by. */
  #weightsOf(layer: number): Tensor[] {
    const all = [...this.weights, ...(this.#adapted?.adapter.weights ?? [])];
    return all.flatMap(([name, weight]) => (name.startsWith(`layers.${layer}.`) ? trainedOf(weight) : []));
  }

  protected matrix(name: string): Matrix {
    return this.weights.get(name)!;
  }

  /** A matrix with a row for each token, new ones among them. */
  protected byToken(name: string, adapting: Adapting): Matrix {
    return this.#adapted?.withRows(name, this.matrix(name), adapting) ?? this.matrix(name);
  }

  /** A parameter that is never quantized, nor in parts. */
  protected weight(name: string): Tensor {
    const weight = this.matrix(name);
    if (isQuantized(weight) || isParted(weight)) throw new TypeError(`${name} is no tensor`);
    return weight;
  }

  /** x Wᵀ by the matrix of this name, with its bias where it has one and its adapter, plus the residual. */
  protected dense(x: Tensor, name: string, { adapting }: ForwardPass, residual?: Tensor): Tensor {
    const bias = this.weights.has(`${name}.bias`) ? this.weight(`${name}.bias`) : undefined;
    return linear(x, this.matrix(name), { bias, residual, lora: this.#adapted?.at(name, x, adapting) });
  }

  protected heads({ batch, length }: TokenInput) {
    const { heads, kvHeads, headDim } = this.shape;
    return { batch, length, heads, kvHeads, headDim };
  }

  #attention(input: TokenInput, layer: number): AttentionShape {
    const { slidingLayers, slidingWindow, attentionScale: scale } = this.architecture;
    return { ...this.heads(input), scale, window: slidingLayers[layer] ? slidingWindow : undefined };
  }
}
