import type { Tensor } from '@tensorflow/tfjs-core';
import { adamInPlace } from '../kernels/adamw';
import type { StepNumbers } from '../kernels/stepNumbers';
import { decayOf, type Optimizer, type OptimizerConfig, type Parameter } from './optimizer';

/** AdamW, and Adam, which differs in where the decay goes. */
export class AdamW implements Optimizer {
  readonly moments = 2;

  constructor(readonly config: OptimizerConfig) {}

  update({ spec, weight, moment1, moment2 }: Parameter, gradient: Tensor, state: Tensor, step: StepNumbers): void {
    const { beta1, beta2, epsilon, optimizer } = this.config;
    const decay = decayOf(spec, this.config);
    const coupled = optimizer === 'adam';
    adamInPlace(
      { weight, moment1, moment2: moment2!, gradient, state },
      { beta1, beta2, epsilon, decay, coupled },
      step,
    );
  }
}
