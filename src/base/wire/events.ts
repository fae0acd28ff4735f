// What a run tells the page while it trains.
import type { ErrorFacts } from '../errors/errors';
import type { CheckpointSummary } from '../records/checkpoint';
import type { Id } from '../records/named';
import type { RunRecord } from '../records/run';
import type { TokenView } from './requests';

/** Progress of slow work; `total` is 0 where it can't be known. */
export interface Progress {
  phase:
    'reading' | 'counting' | 'merging' | 'tokenizing' | 'writing' | 'hashing' | 'uploading' | 'saving' | 'checking';
  done: number;
  total: number;
  unit: 'bytes' | 'rows' | 'tokens' | 'merges' | 'chunks';
}
export type OnProgress = (progress: Progress) => void;

/**
 * What runs on judged answers measure beside the loss, as TRL logs them: means over pairs; of KTO over the good and
 * over the bad answers, NaN where a step has none of them.
 */
export interface Rewards {
  chosen: number;
  rejected: number;
  /** chosen − rejected. */
  margin: number;
  /**
   * The share of pairs whose chosen answer has the larger reward; of KTO the share of good answers above the KL
   * estimate, and of bad ones below.
   */
  accuracy: number;
  /** KTO: the estimate of the KL divergence from the reference, never below 0. */
  kl?: number;
  /** ORPO: log σ(o) of the log odds ratio o, which the loss raises. */
  logOddsRatio?: number;
  /** ORPO: o itself, above 0 where the chosen answer has the larger odds. */
  logOddsChosen?: number;
}

/** One optimizer step as it was measured. Loss is the mean over label tokens or over pairs, in nats. */
export interface StepPoint {
  step: number;
  loss: number;
  /** Share of label tokens whose most likely prediction was right; of pairs, that of their rewards. */
  accuracy: number;
  /** Global L2 norm before clipping; NaN where f16 training skipped an update because gradients overflowed. */
  gradNorm: number;
  rate: number;
  /** Tokens that this step read, graded or not; padding is none. */
  tokens: number;
  /** Wall time since the step before, ms. */
  milliseconds: number;
  /** Bytes of GPU memory that the studio held after the step. */
  gpuBytes: number;
  rewards?: Rewards;
  /** Of a run that mixes texts: the loss of each, the main one first; NaN where the step graded nothing of it. */
  origins?: number[];
}

export interface ValidationPoint {
  step: number;
  loss: number;
  accuracy: number;
  tokens: number;
  best: boolean;
  rewards?: Rewards;
  /** The same on the held-out rows of each text; `loss` is their mean by share. NaN: nothing of it is held out. */
  origins?: number[];
}

export interface SamplePoint {
  step: number;
  prompt: string;
  text: string;
  /** Absent in records of versions that did not keep them. */
  chances?: SampleChances;
}

/**
 * What the weights of a sample gave each of its tokens, and the likeliest ones in its place, noted as it was drawn: a
 * run keeps no weights of most of its steps. Packed, since a run has hundreds of samples.
 */
export interface SampleChances {
  /** The text of each token, empty while a character is unfinished: together the text. */
  pieces: string[];
  /** Of each token the likeliest ids in order, and behind them the drawn one where it is none of these. */
  ids: number[][];
  /** Of each of these ids, as `TokenChance` has it. */
  probabilities: number[][];
  /** Of each token the place of the drawn id among all; 1 is the likeliest. */
  ranks: number[];
  /** Each id once. */
  shown: TokenView[];
}

/** What a run does before its first step, or before the first one after a resume. `total` is 0 where nothing counts. */
export interface Preparing {
  what: 'kernels' | 'measuring' | 'writing' | 'step';
  done: number;
  total: number;
}

export type RunEvent =
  /** The whole record, made by the worker: with every batch that holds a step or a validation, and at each status. */
  | { type: 'run'; run: RunRecord }
  | { type: 'step'; runId: Id; point: StepPoint; tensors: number }
  | { type: 'validation'; runId: Id; point: ValidationPoint }
  | { type: 'sample'; runId: Id; point: SamplePoint }
  | { type: 'preparing'; runId: Id; at: Preparing }
  | { type: 'saving'; runId: Id; step: number }
  | { type: 'saved'; runId: Id; checkpoint: CheckpointSummary }
  /** The browser gives this page no GPU any more: after a reload it does, and the run resumes. */
  | { type: 'gone'; runId: Id; times: number }
  | { type: 'error'; runId: Id; code: string; facts: ErrorFacts };

/** The points of a run, as storage keeps them: between `fromStep` (exclusive) and the step of a checkpoint. */
export interface HistoryPart {
  runId: Id;
  fromStep: number;
  toStep: number;
  steps: StepPoint[];
  validations: ValidationPoint[];
  samples: SamplePoint[];
}
