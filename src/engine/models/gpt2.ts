import type { Tensor } from '@tensorflow/tfjs-core';
import { activate } from '../kernels/activation';
import type { Place } from '../kernels/attention';
import { embedding } from '../kernels/embedding';
import { layerNorm } from '../kernels/layerNorm';
import { addPositions } from '../kernels/positions';
import { CausalModel, type Attend } from './causal';
import type { TokenInput } from './model';

/** GPT-2 (Radford et al., 2019), as transformers computes it: learned positions, LayerNorm, GELU, a bias to every matrix. */
export class Gpt2 extends CausalModel {
  protected embedded({ index, length }: TokenInput, start: number | Place): Tensor {
    return addPositions(embedding(this.weight('embedding'), index), this.weight('positions'), { length, start });
  }

  /** Positions are in the residual stream already. */
  protected placed(qkv: Tensor): Tensor {
    return qkv;
  }

  protected block(x: Tensor, layer: number, attend: Attend): Tensor {
    const at = `layers.${layer}.`;
    const gathered = attend(this.dense(this.#norm(x, `${at}norm1`), `${at}qkv`), layer);
    const middle = this.dense(gathered, `${at}o`, x);
    const inner = activate(this.dense(this.#norm(middle, `${at}norm2`), `${at}up`), this.architecture.activation);
    return this.dense(inner, `${at}down`, middle);
  }

  #norm(x: Tensor, name: string): Tensor {
    return layerNorm(x, this.weight(name), this.weight(`${name}.bias`), this.config.rmsNormEps);
  }

  protected normed(x: Tensor): Tensor {
    return this.#norm(x, 'norm');
  }
}
