import type { Tensor } from '@tensorflow/tfjs-core';
import { SGD_SHARED, sgdInPlace } from '../../ops/update/sgd';
import type { StepNumbers } from '../../device/stepNumbers';
import type { ParameterGroup } from './groups';
import { decayOf, type Optimizer, type OptimizerConfig } from './optimizer';

/** Stochastic gradient descent with momentum; the decay is an L2 term of the gradient. */
export class Sgd implements Optimizer {
  readonly moments = 1;
  readonly sharedBuffers = SGD_SHARED;

  constructor(readonly config: OptimizerConfig) {}

  update(
    { parameters, lanes, moment1 }: ParameterGroup,
    gradients: readonly Tensor[],
    state: Tensor,
    step: StepNumbers,
  ): void {
    const updated = parameters.map(({ spec, weight, start }, i) => {
      return { weight, start, gradient: gradients[i]!, decay: decayOf(spec, this.config) };
    });
    sgdInPlace({ updated, moment1, state }, lanes, { momentum: this.config.momentum }, step);
  }
}
