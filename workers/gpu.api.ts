import type { Generated } from '../src/base/chat';
import type { OnProgress, RunEvent } from '../src/base/wire/events';
import type { MachineFacts, PresetFit, RunEstimate } from '../src/base/wire/machine';
import type { ScratchFamily } from '../src/base/settings/presets';
import type { CheckpointReason } from '../src/base/records/checkpoint';
import type { Id } from '../src/base/records/named';
import type { ComputeOn, RunRecord } from '../src/base/records/run';
import type { LlamaKind, ModelKind } from '../src/base/wire/exportKinds';
import type { EstimateRequest, GenerateRequest, RunRequest, Verification } from '../src/base/wire/requests';

export type { EstimateRequest, GenerateRequest, RunRequest };

/** The GPU worker: trains, generates, saves checkpoints. One run at a time; generation takes its turn between steps. */
export interface GpuApi {
  machine(): Promise<MachineFacts>;
  /**
   * Times the ways to multiply matrices on this adapter (up to two seconds; in software six), keeps the fastest for
   * later runs and the rate for estimates. Throws `measure-busy` while a run is under way.
   */
  measure(): Promise<MachineFacts>;
  /** Measures where that was never done on this adapter. */
  measureOnce(): Promise<void>;
  /**
   * Chooses what computes, now and on later visits: the GPU unless the person says otherwise. Throws `compute-busy`
   * while a run is under way.
   */
  computeOn(on: ComputeOn): Promise<MachineFacts>;
  /** Of the sizes from scratch, built like this family; absent: Llama. */
  fits(family?: ScratchFamily): Promise<PresetFit[]>;
  estimate(request: EstimateRequest): Promise<RunEstimate>;

  /** Events in batches, about ten times a second. */
  subscribe(listener: (events: RunEvent[]) => void): Promise<void>;
  current(): Promise<RunRecord | undefined>;
  start(request: RunRequest): Promise<RunRecord>;
  /**
   * Runs some steps of such a run and drops them: estimates of time rest on them from then on. Throws `measure-busy`
   * while a run is under way.
   */
  measureStep(request: RunRequest): Promise<void>;
  /** Goes on from the newest checkpoint that reads back whole. */
  resume(runId: Id): Promise<RunRecord>;
  /** Pauses after the step under way, and saves. */
  pause(): Promise<void>;
  continue(): Promise<void>;
  /** Ends the run after the step under way, and saves. */
  stop(): Promise<void>;
  save(reason: CheckpointReason): Promise<void>;

  generate(request: GenerateRequest, onText: (text: string) => void, signal: AbortSignal): Promise<Generated>;
  /**
   * Reads an exported file back, runs it beside the weights that it was made of, and compares. Throws what reading it
   * throws.
   */
  verify(
    weightsId: Id,
    kind: ModelKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification>;
  /** Where the framed verify.html answers (llama.api.ts). */
  connectLlama(port: MessagePort): Promise<void>;
  /** Runs a saved GGUF in llama.cpp, beside the weights that it was made of. Throws llama-*. */
  verifyInLlama(
    weightsId: Id,
    kind: LlamaKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification>;
}
