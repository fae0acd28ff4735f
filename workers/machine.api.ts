// This computer: its storage (data worker), and what computes on it (GPU worker).
import type { ScratchFamily } from '../src/base/settings/presets';
import type { ComputeOn } from '../src/base/records/run';
import type { MachineFacts, PresetFit, StorageFacts, StoredSummary } from '../src/base/wire/machine';

export interface StorageApi {
  storage(): Promise<StorageFacts>;
  /** What the storage held when it was opened, before anything was swept. */
  storedAtStart(): Promise<StoredSummary>;
  storedNow(): Promise<StoredSummary>;
  /** Empties every store. Cannot be undone. */
  deleteEverything(): Promise<void>;
}

export interface ComputeApi {
  machine(): Promise<MachineFacts>;
  /**
   * Times the ways to multiply matrices on this GPU (up to two seconds; in software six), stores the fastest for later
   * runs and the rate for estimates.
   *
   * @throws measure-busy while a run is under way
   */
  measure(): Promise<MachineFacts>;
  /** Measures where that was never done on this GPU. */
  measureOnce(): Promise<void>;
  /**
   * Chooses what computes, now and on later visits: the GPU unless the person says otherwise.
   *
   * @throws compute-busy while a run is under way
   */
  computeOn(on: ComputeOn): Promise<MachineFacts>;
  /** Frees the models that Chat keeps on the device; those in use when their answers are written. */
  forgetModels(): Promise<void>;
  /** Of the sizes from scratch, built like this family; absent: Llama. */
  fits(family?: ScratchFamily): Promise<PresetFit[]>;
}
