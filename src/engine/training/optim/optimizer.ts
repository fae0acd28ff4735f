import type { Tensor } from '@tensorflow/tfjs-core';
import type { TrainSettings } from '../../../base/settings/trainSettings';
import type { ParameterSpec } from '../../../base/modelShape';
import type { StepNumbers } from '../../device/stepNumbers';
import { AdamW } from './adamw';
import type { ParameterGroup } from './groups';
import { Sgd } from './sgd';

export type OptimizerSettings = Pick<
  TrainSettings,
  'optimizer' | 'beta1' | 'beta2' | 'epsilon' | 'momentum' | 'weightDecay' | 'decayAll'
>;

export interface Optimizer {
  /** Moments that it keeps per weight. */
  readonly moments: 1 | 2;
  /** Storage buffers that an update binds beside a weight and a gradient for each parameter. */
  readonly sharedBuffers: number;
  /**
   * Queues the update of a group, in place.
   * @param gradients in the order of the group's parameters
   * @param state what `globalNorm` left: its factor scales the gradients
   * @param step the trainer's own object, which is read when params are written
   */
  update(group: ParameterGroup, gradients: readonly Tensor[], state: Tensor, step: StepNumbers): void;
}

export function optimizerFor(settings: OptimizerSettings): Optimizer {
  return settings.optimizer === 'sgd' ? new Sgd(settings) : new AdamW(settings);
}

/** The decay of a parameter: matrices only, unless the person asked for all. */
export const decayOf = (spec: ParameterSpec, settings: OptimizerSettings): number =>
  settings.decayAll || spec.kind === 'matrix' ? settings.weightDecay : 0;
