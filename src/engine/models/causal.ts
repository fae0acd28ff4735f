import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { architectureOf, type Architecture, type ModelConfig } from '../../base/modelConfig';
import { attention, decodeAttention, fillCache, type AttentionShape, type Place } from '../kernels/attention';
import { linear } from '../kernels/linear';
import { row } from '../kernels/row';
import { checkpoint } from '../tape';
import type { Weights } from '../weights';
import type { Cache, Model, TokenInput } from './model';

/** Turns query, key and value of all tokens [N, (H+2K)·D] into what each token gathered [N, H·D]. */
export type Attend = (qkv: Tensor, layer: number) => Tensor;

/**
 * A causal decoder: embeddings, blocks that add to a residual stream, a norm, a head; and the three ways through it, which differ in where
 * attention finds keys and values. A family says what its parts are; all are tidied here.
 */
export abstract class CausalModel implements Model {
  protected readonly architecture: Architecture;

  constructor(
    readonly config: ModelConfig,
    readonly weights: Weights,
    /** The first so many blocks keep only their input for the backward walk, which runs them again: see `planMemory`. */
    readonly checkpointed = 0,
  ) {
    this.architecture = architectureOf(config);
  }

  /** The residual stream [N, hiddenSize] before the first block; the windows' first tokens stand at position `start`. */
  protected abstract embedded(input: TokenInput, start: number | Place): Tensor;
  /** qkv with what positions do to it. */
  protected abstract placed(qkv: Tensor, layer: number, input: TokenInput, start: number | Place): Tensor;
  protected abstract block(x: Tensor, layer: number, attend: Attend): Tensor;
  /** The norm before the head. */
  protected abstract normed(x: Tensor): Tensor;

  get head(): Tensor {
    return this.weight(this.architecture.tiedEmbeddings ? 'embedding' : 'head');
  }

  states(input: TokenInput): Tensor {
    const attend: Attend = (qkv, layer) => attention(this.placed(qkv, layer, input, 0), this.#attention(input, layer));
    return tf.tidy(() => this.normed(this.#body(input, 0, attend)));
  }

  logits(input: TokenInput): Tensor {
    return tf.tidy(() => linear(this.states(input), this.head));
  }

  prefill(input: TokenInput, last: number, cache: Cache): Tensor {
    const attend: Attend = (qkv, layer) => {
      const placed = this.placed(qkv, layer, input, 0);
      const { keys, values } = cache.layers[layer]!;
      fillCache(placed, keys, values, this.heads(input));
      return attention(placed, this.#attention(input, layer));
    };
    return tf.tidy(() => linear(this.normed(row(this.#body(input, 0, attend), last)), this.head));
  }

  decode(input: TokenInput, place: Place, room: number, cache: Cache): Tensor {
    const attend: Attend = (qkv, layer) => {
      const { keys, values } = cache.layers[layer]!;
      const placed = this.placed(qkv, layer, input, place);
      return decodeAttention(placed, keys, values, this.#attention(input, layer), place, room);
    };
    return tf.tidy(() => linear(this.normed(this.#body(input, place, attend)), this.head));
  }

  /** The residual stream after all blocks. Each block frees what the backward walk does not need. */
  #body(input: TokenInput, start: number | Place, attend: Attend): Tensor {
    let x = tf.tidy(() => this.embedded(input, start));
    for (let layer = 0; layer < this.config.layers; layer++) {
      const before = x;
      const block = (from: Tensor): Tensor => this.block(from, layer, attend);
      x = tf.tidy(() =>
        layer < this.checkpointed ? checkpoint(block, before, this.#weightsOf(layer)) : block(before),
      );
      before.dispose();
    }
    return x;
  }

  #weightsOf(layer: number): Tensor[] {
    return [...this.weights].filter(([name]) => name.startsWith(`layers.${layer}.`)).map(([, weight]) => weight);
  }

  protected weight(name: string): Tensor {
    return this.weights.get(name)!;
  }

  /** x Wᵀ by the matrix of this name, with its bias where it has one, plus the residual. */
  protected dense(x: Tensor, name: string, residual?: Tensor): Tensor {
    return linear(x, this.weight(name), { bias: this.weights.get(`${name}.bias`), residual });
  }

  protected heads({ batch, length }: TokenInput) {
    const { heads, kvHeads, headDim } = this.config;
    return { batch, length, heads, kvHeads, headDim };
  }

  #attention(input: TokenInput, layer: number): AttentionShape {
    const { slidingLayers, slidingWindow, attentionScale: scale } = this.architecture;
    return { ...this.heads(input), scale, window: slidingLayers[layer] ? slidingWindow : undefined };
  }
}
