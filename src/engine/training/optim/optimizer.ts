/** What an optimizer is: it updates groups of parameters in place, and remembers one or two moments of each. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TrainSettings } from '../../../base/settings/trainSettings';
import type { ParameterSpec } from '../../../base/modelShape';
import type { StepNumbers } from '../../device/stepNumbers';

/** A weight or, of a matrix in parts, one of them; and where its optimizer remembers something of it. */
export interface Parameter {
  spec: ParameterSpec;
  weight: Tensor;
  /** Its first element in the moments of its group. */
  start: number;
}

/**
 * Parameters that are updated in one dispatch. Their moments are one buffer each, or an update would bind twice as
 * many.
 */
export interface ParameterGroup {
  parameters: readonly Parameter[];
  /** Numbers that an invocation takes at once, as all sizes of the group allow it. */
  lanes: 1 | 4;
  /** Mean of the gradients (Adam), or the last update (SGD). */
  moment1: Tensor;
  /** Mean of the squared gradients; SGD has none. */
  moment2?: Tensor;
}

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

/**
 * The decay of a parameter: matrices only, unless the person asked for all. A head that is not tied is one of them; an
 * embedding is none, whereas transformers' Trainer decays it too.
 */
export const decayOf = (spec: ParameterSpec, settings: OptimizerSettings): number =>
  settings.decayAll || spec.kind === 'matrix' ? settings.weightDecay : 0;
