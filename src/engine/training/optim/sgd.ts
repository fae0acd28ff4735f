/** SGD with momentum on groups of parameters; the kernel is in ops/update/sgd.ts. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { SGD_SHARED, sgdInPlace } from '../../ops/update/sgd';
import type { StepNumbers } from '../../device/stepNumbers';
import { decayOf, type Optimizer, type OptimizerSettings, type ParameterGroup } from './optimizer';

/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD without dampening: m = momentum·m + g, w −= rate·m. The
 * decay is an L2 term of the gradient g.
 */
export class Sgd implements Optimizer {
  readonly moments = 1;
  readonly sharedBuffers = SGD_SHARED;

  constructor(readonly settings: OptimizerSettings) {}

  update(
    { parameters, lanes, moment1 }: ParameterGroup,
    gradients: readonly Tensor[],
    state: Tensor,
    step: StepNumbers,
  ): void {
    const updated = parameters.map(({ spec, weight, start }, i) => {
      return { weight, start, gradient: gradients[i]!, decay: decayOf(spec, this.settings) };
    });
    sgdInPlace({ updated, moment1, state }, lanes, { momentum: this.settings.momentum }, step);
  }
}
