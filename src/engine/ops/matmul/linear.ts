/** The linear layer, as PyTorch has it: y = x Wᵀ + b, W [out, in]; with adapters if any. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { loraLinear, type Lora } from './lora';
import { matmul, type Addends } from './matmul';
import { isParted, type Matrix } from '../matrix/matrix';
import { partedLinear } from './partsMatmul';

export type { Lora } from './lora';

/** x wᵀ (+ bias) (+ residual) (+ adapters): x [N, in], w [out, in], bias [out], residual and result [N, out]. */
export function linear(x: Tensor, w: Matrix, { lora, ...added }: Addends & { lora?: Lora | undefined } = {}): Tensor {
  if (lora) return loraLinear(x, w, lora, added);
  return isParted(w) ? partedLinear(x, w, added) : matmul(x, w, 'NT', added);
}
