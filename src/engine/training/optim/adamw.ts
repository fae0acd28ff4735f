/** Adam and AdamW on groups of parameters; the kernel is in ops/update/adamw.ts. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { ADAM_SHARED, adamInPlace } from '../../ops/update/adamw';
import type { StepNumbers } from '../../device/stepNumbers';
import { decayOf, type Optimizer, type OptimizerSettings, type ParameterGroup } from './optimizer';

/**
 * AdamW (Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101), which decays the weight itself; and Adam,
 * whose decay is an L2 term of the gradient (`coupled`).
 */
export class AdamW implements Optimizer {
  readonly moments = 2;
  readonly sharedBuffers = ADAM_SHARED;

  constructor(readonly settings: OptimizerSettings) {}

  update(group: ParameterGroup, gradients: readonly Tensor[], state: Tensor, step: StepNumbers): void {
    const { beta1, beta2, epsilon, optimizer } = this.settings;
    const updated = group.parameters.map(({ spec, weight, start }, i) => {
      return { weight, start, gradient: gradients[i]!, decay: decayOf(spec, this.settings) };
    });
    const tensors = { updated, moment1: group.moment1, moment2: group.moment2!, state };
    adamInPlace(tensors, group.lanes, { beta1, beta2, epsilon, coupled: optimizer === 'adam' }, step);
  }
}
