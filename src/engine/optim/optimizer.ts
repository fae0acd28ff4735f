import type { Tensor } from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../base/config';
import type { ParameterSpec } from '../../base/modelConfig';
import type { StepNumbers } from '../kernels/stepNumbers';
import { AdamW } from './adamw';
import { Sgd } from './sgd';

export type OptimizerConfig = Pick<
  TrainConfig,
  'optimizer' | 'beta1' | 'beta2' | 'epsilon' | 'momentum' | 'weightDecay' | 'decayAll'
>;

/** A weight with what its optimizer remembers of it, all of one shape. */
export interface Parameter {
  spec: ParameterSpec;
  weight: Tensor;
  /** Mean of the gradients (Adam), or the last update (SGD). */
  moment1: Tensor;
  /** Mean of the squared gradients; SGD has none. */
  moment2?: Tensor;
}

export interface Optimizer {
  /** Moments that it keeps per weight. */
  readonly moments: 1 | 2;
  /**
   * Queues the update of one parameter, in place.
   * @param state what `globalNorm` left: its factor scales the gradient
   * @param step the trainer's own object, which is read when params are written
   */
  update(parameter: Parameter, gradient: Tensor, state: Tensor, step: StepNumbers): void;
}

export function optimizerFor(config: OptimizerConfig): Optimizer {
  return config.optimizer === 'sgd' ? new Sgd(config) : new AdamW(config);
}

/** The decay of a parameter: matrices only, unless the person asked for all. */
export const decayOf = (spec: ParameterSpec, config: OptimizerConfig): number =>
  config.decayAll || spec.kind === 'matrix' ? config.weightDecay : 0;
