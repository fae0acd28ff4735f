// A checkpoint as it is stored: all that a run needs to resume bit for bit.
import type { ModelShape } from '../modelShape';
import type { TensorSpec } from '../numbers/tensorData';
import type { TrainSettings } from '../settings/trainSettings';
import type { Adaptation } from './model';
import type { Id } from './named';

/**
 * What a tensor of a checkpoint is: a parameter, one of the optimizer's two moments of it, or what it was when DPO
 * began from an adapter.
 */
export type TensorRole = 'weight' | 'moment1' | 'moment2' | 'reference';

/** One tensor of a checkpoint; `offset` counts from the start of all chunks taken as one stream. */
export interface CheckpointTensor extends TensorSpec {
  role: TensorRole;
  offset: number;
}

export type CheckpointReason =
  'autosave' | 'manual' | 'pause' | 'hidden' | 'best' | 'stopped' | 'final' | 'imported' | 'joined';

/** Of weights that no step of their run made. */
export const UNTRAINED: readonly CheckpointReason[] = ['imported', 'joined'];

/** The factor of the loss in f16 training, a power of two, and the steps since it changed. */
export interface LossScaling {
  scale: number;
  clean: number;
}

/** The loss of weights as a saved file holds them, on the held-out rows of their run. */
export interface FormLoss {
  /** Nats per graded token. */
  loss: number;
  /** Graded tokens, by their weights. */
  labels: number;
}

/** The last check on held-out rows whose loss was lower by enough, from which early stopping counts. */
export interface LastGain {
  step: number;
  /** Held-out loss at that step, nats. */
  loss: number;
  /** Checks since, without a gain. */
  checks: number;
}

/** Everything that a run needs to go on as if it had never stopped. */
export interface CheckpointManifest {
  id: Id;
  runId: Id;
  schema: 1;
  createdAt: number;
  step: number;
  reason: CheckpointReason;
  /** The lowest validation loss of the run so far was measured on these weights. */
  best: boolean;
  model: ModelShape;
  /** Then the weights here are those of the adapter. */
  lora?: Adaptation;
  settings?: TrainSettings;
  tokenizerId: Id;
  preparedId?: Id;
  preparedSha256?: string;
  /** Windows of training text consumed; with the seed it fixes the order of all that follow. */
  cursor: number;
  totalSteps: number;
  tokens: number;
  bestValidationLoss?: number;
  /** The step of that loss; absent in records of versions that did not keep it. */
  bestStep?: number;
  /** Absent before the first check, and in records of versions that did not stop early. */
  gain?: LastGain;
  validationLoss?: number;
  trainLoss?: number;
  /** Median of up to 50 training losses before it; absent in records of versions that did not keep it. */
  medianLoss?: number;
  /** What these weights lose in the forms that they can be saved in, as far as it was measured, by the kind of
   * export. */
  formLosses?: Partial<Record<string, FormLoss>>;
  /** Of a run in f16. */
  lossScaling?: LossScaling;
  /** Variants of the kernels that the first step chose, by op and shape class. */
  kernelVariants: Record<string, string>;
  /** The graphics card or `CPU` that it was computed on. */
  gpuName: string;
  tensors: CheckpointTensor[];
  byteLength: number;
  chunks: { bytes: number; sha256: string }[];
  /** SHA-256 over the weights alone in the order of `tensors`: equal models have equal hashes. */
  weightsSha256: string;
}

/** A checkpoint as lists show it. */
export type CheckpointSummary = Pick<
  CheckpointManifest,
  | 'id'
  | 'runId'
  | 'createdAt'
  | 'step'
  | 'reason'
  | 'best'
  | 'byteLength'
  | 'validationLoss'
  | 'trainLoss'
  | 'medianLoss'
  | 'weightsSha256'
>;
