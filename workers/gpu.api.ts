import type { Generated, Sampling } from '../src/base/chat';
import type { TrainConfig } from '../src/base/config';
import type { RunEvent } from '../src/base/events';
import type { MachineFacts, PresetFit, RunEstimate } from '../src/base/machine';
import type { ModelConfig } from '../src/base/modelConfig';
import type { CheckpointReason, Id, PreparedRecord, RunRecord } from '../src/base/records';

export interface RunRequest {
  name: string;
  /** A new model, or the checkpoint that is tuned further (its model and tokenizer are used). */
  start: { kind: 'scratch'; model: ModelConfig } | { kind: 'checkpoint'; checkpointId: Id };
  preparedId: Id;
  tokenizerId: Id;
  config: TrainConfig;
}

export interface EstimateRequest {
  model: ModelConfig;
  config: TrainConfig;
  /** Absent before the text is tokenized; then a run counted in epochs has no known length. */
  prepared?: Pick<PreparedRecord, 'trainTokens'>;
}

export interface GenerateRequest {
  checkpointId: Id | 'training';
  prompt: string;
  /** Generation stops before the first of these; the end token always stops it. */
  stop: string[];
  sampling: Sampling;
}

/** The GPU worker: trains, generates, saves checkpoints. One run at a time; generation takes its turn between steps. */
export interface GpuApi {
  machine(): Promise<MachineFacts>;
  /** Times a matrix product on this adapter (about half a second) and keeps the rate for estimates. */
  measure(): Promise<MachineFacts>;
  fits(): Promise<PresetFit[]>;
  estimate(request: EstimateRequest): Promise<RunEstimate>;

  /** Events in batches, about ten times a second. */
  subscribe(listener: (events: RunEvent[]) => void): Promise<void>;
  current(): Promise<RunRecord | undefined>;
  start(request: RunRequest): Promise<RunRecord>;
  /** Goes on from the newest checkpoint that reads back whole. */
  resume(runId: Id): Promise<RunRecord>;
  /** Pauses after the step under way, and saves. */
  pause(): Promise<void>;
  continue(): Promise<void>;
  /** Ends the run after the step under way, and saves. */
  stop(): Promise<void>;
  save(reason: CheckpointReason): Promise<void>;

  generate(request: GenerateRequest, onText: (text: string) => void, signal: AbortSignal): Promise<Generated>;
}
