/** The family GPT-2: its blocks, made of the ops. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { activate } from '../ops/pointwise/activation';
import { add } from '../ops/pointwise/add';
import type { Place } from '../ops/attention/attention';
import { embedding } from '../ops/gather/embedding';
import { layerNorm } from '../ops/norm/layerNorm';
import { addPositions } from '../ops/gather/positions';
import type { Adapting } from './adapter';
import { CausalModel, type ForwardPass } from './causal';
import type { TokenInput } from './tokenInput';

/**
 * GPT-2 (Radford et al., 2019), as transformers computes it: learned positions, LayerNorm, GELU, a bias to every
 * matrix.
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/gpt2/modeling_gpt2.py
 */
export class Gpt2 extends CausalModel {
  protected embedded({ index, length, positions }: TokenInput, start: number | Place, adapting: Adapting): Tensor {
    const [x, table] = [embedding(this.byToken('embedding', adapting), index), this.weight('positions')];
    return positions ? add(x, embedding(table, positions)) : addPositions(x, table, { length, start });
  }

  /** Positions are in the residual stream already. */
  protected placed(qkv: Tensor): Tensor {
    return qkv;
  }

  protected block(x: Tensor, layer: number, pass: ForwardPass): Tensor {
    const at = `layers.${layer}.`;
    const gathered = pass.attend(this.dense(this.#norm(x, `${at}norm1`), `${at}qkv`, pass), layer);
    const middle = this.dense(gathered, `${at}o`, pass, x);
    const inner = activate(this.dense(this.#norm(middle, `${at}norm2`), `${at}up`, pass), this.architecture.activation);
    return this.dense(inner, `${at}down`, pass, middle);
  }

  #norm(x: Tensor, name: string): Tensor {
    return layerNorm(x, this.weight(name), this.weight(`${name}.bias`), this.shape.normEps);
  }

  protected normed(x: Tensor): Tensor {
    return this.#norm(x, 'norm');
  }
}
