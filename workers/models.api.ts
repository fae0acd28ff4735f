// Pretrained models and adapters: opened from files, from the studio's own origin or from a hub; answered by the data
// worker. What the hub's frame itself answers is hub.api.ts.
import type { OnProgress } from '../src/base/wire/events';
import type { HubModel, OwnModel } from '../src/base/wire/hub';
import type { ModelRecord } from '../src/base/records/model';
import type { Id } from '../src/base/records/named';
import type { RunRecord } from '../src/base/records/run';
import type { WeighedAdapter } from '../src/base/records/together';

export interface ModelsApi {
  /**
   * A zip or the files of a folder, as Hugging Face publishes a model or this studio exports one.
   *
   * @throws model-*, safetensors-*, tokenizer-*, template-slow, quota-exceeded, cancelled
   */
  openModel(files: File[], onProgress: OnProgress, signal: AbortSignal): Promise<ModelRecord>;
  /**
   * A zip or the files of an adapter, as PEFT or this studio writes it, stored beside its base.
   *
   * @throws adapter-*, template-slow
   */
  openAdapter(baseId: Id, files: File[], onProgress: OnProgress, signal: AbortSignal): Promise<RunRecord>;
  /**
   * Adds adapters of one base up and stores the sum as an adapter of its own.
   *
   * @throws together-*, base-missing, quota-exceeded, cancelled
   */
  joinAdapters(name: string, chosen: WeighedAdapter[], signal: AbortSignal): Promise<RunRecord>;
  listModels(): Promise<ModelRecord[]>;
  renameModel(id: Id, name: string): Promise<void>;
  deleteModel(id: Id): Promise<void>;
  restoreModel(id: Id): Promise<void>;
  /**
   * From which probability on the classes of a classifier count; of a run or a stored model.
   *
   * @throws run-missing
   */
  keepThresholds(id: Id, thresholds: number[]): Promise<void>;
}

export interface ModelSourcesApi {
  /** Models that lie on the studio's own origin. */
  ownModels(): Promise<OwnModel[]>;
  openOwnModel(name: string, onProgress: OnProgress, signal: AbortSignal): Promise<ModelRecord>;
  /** Where the framed models.html answers (hub.api.ts). */
  connectHub(port: MessagePort): Promise<void>;
  /**
   * What a hub says of a model: files, size, licence. `name` as typed or pasted.
   *
   * @throws hub-*
   */
  hubModel(hub: string, name: string): Promise<HubModel>;
  /** What was fetched before a cancel or a failure is stored and not fetched again. */
  openHubModel(model: HubModel, onProgress: OnProgress, signal: AbortSignal): Promise<ModelRecord>;
  /** Deletes what was fetched of models that were never opened; a fetch starts over then. */
  forgetDownloads(): Promise<void>;
}
