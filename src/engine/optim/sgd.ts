import type { Tensor } from '@tensorflow/tfjs-core';
import { sgdInPlace } from '../kernels/sgd';
import type { StepNumbers } from '../kernels/stepNumbers';
import { decayOf, type Optimizer, type OptimizerConfig, type Parameter } from './optimizer';

/** Stochastic gradient descent with momentum; the decay is an L2 term of the gradient. */
export class Sgd implements Optimizer {
  readonly moments = 1;

  constructor(readonly config: OptimizerConfig) {}

  update({ spec, weight, moment1 }: Parameter, gradient: Tensor, state: Tensor, step: StepNumbers): void {
    const { momentum } = this.config;
    sgdInPlace({ weight, moment1, gradient, state }, { momentum, decay: decayOf(spec, this.config) }, step);
  }
}
