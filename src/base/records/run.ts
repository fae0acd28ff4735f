// A run as it is stored: where it began, how far it came. Its weights: `checkpoint.ts`.
import type { ModelShape } from '../modelShape';
import type { TrainSettings } from '../settings/trainSettings';
import type { MixedText } from './mix';
import type { Adaptation } from './model';
import type { Id, NamedRecord } from './named';

export type RunOrigin =
  | { kind: 'scratch' }
  | { kind: 'model'; modelId: Id; name: string }
  | { kind: 'checkpoint'; checkpointId: Id; runName: string; step: number }
  /** `ranks`: the smallest and the largest of its layers in the file, where they differ. */
  | { kind: 'imported'; source: string; ranks?: [number, number] }
  /** The sum of adapters. */
  | { kind: 'joined'; parts: JoinedPart[] };

/** One of the adapters that were added up. */
export interface JoinedPart {
  name: string;
  weight: number;
  checkpointId: Id;
  /** Absent of one that was not trained here. */
  step?: number;
}

/** `imported`: it has not been trained here, but was opened, or joined from others. */
export type RunStatus = 'running' | 'paused' | 'interrupted' | 'finished' | 'stopped' | 'failed' | 'imported';

/** What computes: the graphics processor through WebGPU, or the processor through WebAssembly. */
export type ComputeOn = 'gpu' | 'cpu';

/** A run went on at another rate or length than before. */
export interface RunChange {
  /** The first step that it counts for, from 0; what went back to it has left later checkpoints of before behind. */
  step: number;
  /** When, ms since 1970. */
  at: number;
  /** The full rate of the schedule; both the same where only the length changed. */
  before: number;
  learningRate: number;
  /** Steps of the whole run, where they changed. */
  length?: { before: number; after: number };
  /** `running`: while it trained. `back`: a person went back to this step. Absent: it had diverged and went back. */
  how?: 'running' | 'back';
  /** The step that it had come to when a person went back; what came behind `step` was given up. */
  given?: number;
}

/** Whether a checkpoint is of what the run did before it went back to an earlier step, and was left behind then. */
export const isLeftBehind = (
  { changes = [] }: { changes?: readonly RunChange[] },
  { step, createdAt }: { step: number; createdAt: number },
): boolean => changes.some(({ how, at, step: to }) => how !== 'running' && step > to && createdAt < at);

export interface EarlyStop {
  step: number;
  /** Checks since the last gain. */
  checks: number;
  /** The step of the lowest held-out loss; 0: before any training. */
  best: number;
}

export interface RunRecord extends NamedRecord {
  status: RunStatus;
  origin: RunOrigin;
  model: ModelShape;
  /** Absent: all weights are trained, and the checkpoints hold them. */
  lora?: Adaptation;
  tokenizerId: Id;
  /**
   * The kept model that its weights come from, through however many runs, of which some may be gone; absent where there
   * is none.
   */
  pretrainedId?: Id;
  /** A run that it goes on from was trained on conversations. */
  conversational?: true;
  /** Absent for an imported model, which has not been trained here. */
  preparedId?: Id;
  /** Of all its texts, those that are mixed in at the end. */
  datasetNames: string[];
  /** Texts with a share of the tokens; absent: an epoch reads every text once. */
  mix?: MixedText[];
  settings?: TrainSettings;
  step: number;
  totalSteps: number;
  tokens: number;
  lastLoss?: number;
  bestValidationLoss?: number;
  /** Of a finished run that ended before its last step, as its held-out loss no longer fell. */
  stoppedEarly?: EarlyStop;
  updatedAt: number;
  /** What it was computed on last; absent in records of versions that knew the GPU only. */
  compute?: ComputeOn;
  /**
   * The defaults of those settings that a person had changed when it started; absent in records of versions that did
   * not store them.
   */
  defaults?: Partial<TrainSettings>;
  /** Of a classifier: from which probability on a class counts, as a person chose it. */
  thresholds?: number[];
  /** What a person wrote about it. */
  note?: string;
  /** By which a person finds it again; none is empty, none stands twice. */
  tags?: string[];
  /** Each time it went on at another rate or length than before, oldest first; `settings` has the last ones. */
  changes?: RunChange[];
  /** Why it failed, as code and facts of an AtelierError. */
  error?: { code: string; facts: Record<string, string | number> };
  /** What is to be known of it although it did not fail, in the same form. */
  notice?: { code: string; facts: Record<string, string | number> };
}

/** In UTF-16 units, as `String.length` counts. */
export const LONGEST_NOTE = 2000;
export const LONGEST_TAG = 40;
export const MOST_TAGS = 12;

/** A run that needs a text to go on. */
export interface ReadingRun {
  id: Id;
  name: string;
  /** It is training, in any tab. */
  underWay: boolean;
}
