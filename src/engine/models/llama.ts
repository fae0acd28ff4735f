/** The family of Llama, Qwen and Gemma: its blocks, made of the ops. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { activate, gated } from '../ops/pointwise/activation';
import type { Place } from '../ops/attention/attention';
import { embedding } from '../ops/gather/embedding';
import { rmsNorm } from '../ops/norm/rmsNorm';
import { rope, type HeadNorms } from '../ops/rope/rope';
import type { Adapting } from './adapter';
import { CausalModel, type ForwardPass } from './causal';
import type { TokenInput } from './tokenInput';

/**
 * A Llama-shaped decoder (Touvron et al., 2023) and those that differ from it by fields of `Architecture`: Qwen 2 and
 * 3, Gemma 3. Computed as transformers does, whose files are the reference of the parity tests:
 * https://github.com/huggingface/transformers/tree/main/src/transformers/models (llama, qwen2, qwen3, gemma3)
 */
export class Llama extends CausalModel {
  protected embedded({ index }: TokenInput, _start: number | Place, adapting: Adapting): Tensor {
    return embedding(this.byToken('embedding', adapting), index, this.architecture.embeddingScale);
  }

  protected placed(qkv: Tensor, layer: number, input: TokenInput, start: number | Place): Tensor {
    const { slidingLayers, ropeTheta, ropeScaling: scaling, slidingRopeTheta } = this.architecture;
    // sliding layers with a base of their own have no scaling: their window is short
    const ofOwn = slidingLayers[layer] && this.shape.slidingRopeTheta !== undefined;
    const angles = ofOwn ? { theta: slidingRopeTheta } : { theta: ropeTheta, scaling };
    const inputs = { norms: this.#headNorms(layer), positions: input.positions?.ids };
    return rope(qkv, { ...this.heads(input), ...angles, start }, inputs);
  }

  /** RMSNorm of each head of query and key before RoPE (Qwen 3, Gemma 3). */
  #headNorms(layer: number): HeadNorms | undefined {
    const { qkNorm, normOffset: offset, normEps: eps } = this.architecture;
    if (!qkNorm) return undefined;
    return { qNorm: this.weight(`layers.${layer}.qNorm`), kNorm: this.weight(`layers.${layer}.kNorm`), eps, offset };
  }

  protected block(x: Tensor, layer: number, pass: ForwardPass): Tensor {
    const at = `layers.${layer}.`;
    const gathered = pass.attend(this.dense(this.#norm(x, `${at}norm1`), `${at}qkv`, pass), layer);
    const middle = this.#joined(x, gathered, [`${at}o`, `${at}norm1Out`], pass);
    const inner = this.#inner(this.#norm(middle, `${at}norm2`), at, pass);
    return this.#joined(middle, inner, [`${at}down`, `${at}norm2Out`], pass);
  }

  /** x + y Wᵀ [N, hiddenSize]; Gemma norms the product before the sum. */
  #joined(x: Tensor, y: Tensor, [matrix, outputNorm]: [string, string], pass: ForwardPass): Tensor {
    return this.architecture.outputNorms
      ? this.#norm(this.dense(y, matrix, pass), outputNorm, x)
      : this.dense(y, matrix, pass, x);
  }

  /** The hidden layer of the feed-forward [N, intermediateSize]: SwiGLU or GeGLU where it is gated. */
  #inner(x: Tensor, at: string, pass: ForwardPass): Tensor {
    const { gated: isGated, activation } = this.architecture;
    return isGated
      ? gated(this.dense(x, `${at}gateUp`, pass), activation)
      : activate(this.dense(x, `${at}up`, pass), activation);
  }

  #norm(x: Tensor, name: string, residual?: Tensor): Tensor {
    const { normEps, normOffset: offset } = this.architecture;
    return rmsNorm(x, this.weight(name), normEps, { offset, residual });
  }

  protected normed(x: Tensor): Tensor {
    return this.#norm(x, 'norm');
  }
}
