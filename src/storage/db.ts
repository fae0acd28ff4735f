// The schema of the studio's IndexedDB as types: its stores, their keys and values. `open.ts` creates and upgrades
// them.
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import type { HistoryPart } from '../base/wire/events';
import type { CheckpointManifest } from '../base/records/checkpoint';
import type { CheckRun, CheckSetRecord } from '../base/records/checks';
import type { DatasetRecord, RowChunk } from '../base/records/dataset';
import type { EvaluationChunk, EvaluationRecord } from '../base/records/evaluation';
import type { FeedbackRecord } from '../base/records/feedback';
import type { Judgement, JudgingRecord } from '../base/records/judging';
import type { LabelDecision, LabelTask } from '../base/records/labels';
import type { Id } from '../base/records/named';
import type { ModelRecord } from '../base/records/model';
import type { PreparedRecord } from '../base/records/prepared';
import type { RecipeRecord } from '../base/records/recipe';
import type { ComputeOn, RunRecord } from '../base/records/run';
import type { TokenizerRecord } from '../base/records/tokenizer';
import type { TalkRecord } from '../base/records/talk';
import type { KernelChoices } from '../base/wire/machine';
import type { QueueEntry, QueueSwitch } from '../base/wire/queue';

/**
 * What the studio keeps for later visits: what it has measured, each by the graphics card it was measured on, and what
 * was chosen.
 */
export interface SettingValues {
  /** f32 matmul rate, FLOP/s. */
  matmulFlops: Record<string, number>;
  /** When that rate was measured, ms since 1970. */
  matmulAt: Record<string, number>;
  /** Share of that rate which training reached, by graphics card and kind of model. */
  efficiency: Record<string, number>;
  /** The matmul's variants by shape class. */
  kernelChoices: Record<string, KernelChoices>;
  /** What computes, as chosen, under the name `on`. */
  compute: Record<string, ComputeOn>;
  /** Whether the queue of runs starts the next one, under the name `switch`. */
  queue: Record<string, QueueSwitch>;
}

export type SettingKey = keyof SettingValues;
export interface SettingRecord {
  key: SettingKey;
  value: SettingValues[SettingKey];
}

/**
 * Everything that is kept. Large values are chunks of 4 to 16 MB: many small ones are slow, one large one blocks for
 * seconds.
 */
export interface AtelierSchema extends DBSchema {
  datasets: { key: Id; value: DatasetRecord };
  /** By dataset and the number of the chunk's first row, so that row n is found without reading what comes before. */
  rowChunks: { key: [Id, number]; value: RowChunk };
  tokenizers: { key: Id; value: TokenizerRecord };
  prepared: { key: Id; value: PreparedRecord };
  /**
   * By prepared text, column (its numbers are in prepared.ts) and index; 16 bits per token where the vocabulary allows
   * it.
   */
  tokenChunks: { key: [Id, number, number]; value: Uint16Array | Uint32Array | Float32Array };
  runs: { key: Id; value: RunRecord };
  history: { key: number; value: HistoryPart; indexes: { byRun: [Id, number] } };
  checkpoints: { key: Id; value: CheckpointManifest; indexes: { byRun: [Id, number] } };
  checkpointChunks: { key: [Id, number]; value: ArrayBuffer };
  settings: { key: string; value: SettingRecord };
  models: { key: Id; value: ModelRecord };
  modelChunks: { key: [Id, number]; value: ArrayBuffer };
  /** Parts of files on their way from a hub, by file and place; gone when their model is kept. */
  downloads: { key: [string, number]; value: ArrayBuffer };
  /** Talks with models, each whole. */
  talks: { key: Id; value: TalkRecord };
  /** Recipes that are worked on, by the dataset that each is for. */
  recipes: { key: Id; value: RecipeRecord };
  labelTasks: { key: Id; value: LabelTask };
  /** By task and its place in the order in which they were made. */
  labelDecisions: { key: [Id, number]; value: LabelDecision };
  evaluations: { key: Id; value: EvaluationRecord };
  /** By evaluation and the order in which they were computed. */
  evaluationRows: { key: [Id, number]; value: EvaluationChunk };
  judgings: { key: Id; value: JudgingRecord };
  /** By judging and place in the order in which they were made. */
  judgements: { key: [Id, number]; value: Judgement };
  checkSets: { key: Id; value: CheckSetRecord };
  /** By set and place in the order in which they were begun. */
  checkRuns: { key: [Id, number]; value: CheckRun };
  feedback: { key: Id; value: FeedbackRecord; indexes: { byTalk: Id } };
  /** Runs that wait for the device, and those that did; each under the id of its run. */
  queue: { key: Id; value: QueueEntry };
}

export type StoreName = StoreNames<AtelierSchema>;
export type AtelierDb = IDBPDatabase<AtelierSchema>;
export type Upgrade = IDBPTransaction<AtelierSchema, StoreName[], 'versionchange'>;
