/** The linear layer, as PyTorch has it: y = x Wᵀ + b, W [out, in]. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { matmul, type Addends } from './matmul';
import type { Matrix } from './packed';

/** x wᵀ (+ bias) (+ residual): x [N, in], w [out, in], bias [out], residual and result [N, out]. */
export function linear(x: Tensor, w: Matrix, added: Addends = {}): Tensor {
  return matmul(x, w, 'NT', added);
}
