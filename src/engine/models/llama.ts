import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../../base/modelConfig';
import { gated } from '../kernels/activation';
import { attention, decodeAttention, fillCache } from '../kernels/attention';
import { embedding } from '../kernels/embedding';
import { linear } from '../kernels/linear';
import { rmsNorm } from '../kernels/rmsNorm';
import { rope } from '../kernels/rope';
import { row } from '../kernels/row';
import { checkpoint } from '../tape';
import type { Weights } from '../weights';
import type { Cache, Model, TokenInput } from './model';

/** Turns query, key and value of all tokens [N, (H+2K)·D] into what each token gathered [N, H·D]. */
type Attend = (qkv: Tensor, layer: number) => Tensor;

/** A Llama-shaped decoder (Touvron et al., 2023), as transformers computes it; logits come from the tied embedding. */
export class Llama implements Model {
  constructor(
    readonly config: ModelConfig,
    readonly weights: Weights,
    /** The first so many blocks keep only their input for the backward walk, which runs them again: see `planMemory`. */
    readonly checkpointed = 0,
  ) {}

  get head(): Tensor {
    return this.#weight('embedding');
  }

  states(input: TokenInput): Tensor {
    return tf.tidy(() =>
      this.#normed(this.#body(input, (qkv) => attention(this.#turned(qkv, input, 0), this.#heads(input)))),
    );
  }

  logits(input: TokenInput): Tensor {
    return tf.tidy(() => linear(this.states(input), this.head));
  }

  prefill(input: TokenInput, last: number, cache: Cache): Tensor {
    const attend: Attend = (qkv, layer) => {
      const turned = this.#turned(qkv, input, 0);
      const { keys, values } = cache.layers[layer]!;
      fillCache(turned, keys, values, this.#heads(input));
      return attention(turned, this.#heads(input));
    };
    return tf.tidy(() => this.#logits(row(this.#body(input, attend), last)));
  }

  decode(input: TokenInput, position: number, cache: Cache): Tensor {
    const attend: Attend = (qkv, layer) => {
      const { keys, values } = cache.layers[layer]!;
      return decodeAttention(this.#turned(qkv, input, position), keys, values, { ...this.#heads(input), position });
    };
    return tf.tidy(() => this.#logits(this.#body(input, attend)));
  }

  #weight(name: string): Tensor {
    return this.weights.get(name)!;
  }

  #heads({ batch, length }: TokenInput) {
    const { heads, kvHeads, headDim } = this.config;
    return { batch, length, heads, kvHeads, headDim };
  }

  #turned(qkv: Tensor, input: TokenInput, start: number): Tensor {
    return rope(qkv, { ...this.#heads(input), theta: this.config.ropeTheta, start });
  }

  /** The residual stream [N, hiddenSize] after all blocks. Each block frees what the backward walk does not need. */
  #body(input: TokenInput, attend: Attend): Tensor {
    let x = embedding(this.#weight('embedding'), input.index);
    for (let layer = 0; layer < this.config.layers; layer++) {
      const before = x;
      const block = (from: Tensor): Tensor => this.#block(from, layer, attend);
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

  #block(x: Tensor, layer: number, attend: Attend): Tensor {
    const weight = (part: string): Tensor => this.#weight(`layers.${layer}.${part}`);
    const eps = this.config.rmsNormEps;
    const gathered = attend(linear(rmsNorm(x, weight('norm1'), eps), weight('qkv')), layer);
    const middle = linear(gathered, weight('o'), { residual: x });
    const inner = gated(linear(rmsNorm(middle, weight('norm2'), eps), weight('gateUp')), 'silu');
    return linear(inner, weight('down'), { residual: middle });
  }

  #normed(x: Tensor): Tensor {
    return rmsNorm(x, this.#weight('norm'), this.config.rmsNormEps);
  }

  #logits(x: Tensor): Tensor {
    return linear(this.#normed(x), this.head);
  }
}
