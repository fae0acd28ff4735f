// What this computer offers: GPU, speed, sizes that fit, storage.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import { canCompute, type MachineFacts, type PresetFit, type StorageFacts } from '../../base/wire/machine';
import type { ComputeOn } from '../../base/records/run';
import { Job } from './job.svelte';
import type { Workers } from './workers';

type MachineWorld = Workers;

/** What this computer offers, as the workers report it. */
export class Machine {
  readonly #world: MachineWorld;
  facts = $state.raw<MachineFacts>();
  fits = $state.raw<readonly PresetFit[]>([]);
  storage = $state.raw<StorageFacts>();
  factsError = $state.raw<AtelierError>();
  storageError = $state.raw<AtelierError>();
  /** The browser refused to promise that it keeps the storage. */
  keepRefused = $state(false);
  readonly measuring = new Job();
  readonly choosing = new Job();
  #asked = false;

  constructor(world: MachineWorld) {
    this.#world = world;
  }

  async load(): Promise<void> {
    await Promise.all([this.loadFacts(), this.loadStorage()]);
  }

  async loadFacts(): Promise<void> {
    this.factsError = undefined;
    try {
      this.facts = await this.#world.gpu.machine();
      await this.#loadFits();
    } catch (thrown) {
      this.factsError = asAtelierError(thrown);
    }
  }

  /** Without anything that computes nothing fits, which says nothing of the sizes. */
  async #loadFits(): Promise<void> {
    this.fits = this.facts && canCompute(this.facts) ? await this.#world.gpu.fits() : [];
  }

  /** Only a click leads here: the CPU is never chosen for anybody. */
  async computeOn(on: ComputeOn): Promise<void> {
    const facts = await this.choosing.run(() => this.#world.gpu.computeOn(on));
    if (!facts) return;
    this.facts = facts;
    await this.#loadFits();
  }

  async loadStorage(): Promise<void> {
    this.storageError = undefined;
    try {
      this.storage = await this.#world.data.storage();
    } catch (thrown) {
      this.storageError = asAtelierError(thrown);
    }
  }

  async measure(): Promise<void> {
    const facts = await this.measuring.run(() => this.#world.gpu.measure());
    if (!facts) return;
    this.facts = facts;
    await this.#loadFits(); // their times follow from the rate
  }

  /**
   * Asks once in the life of the page, where there begins to be something to lose and the browser has not agreed yet.
   */
  keepOnce(): void {
    if (this.#asked) return;
    this.#asked = true;
    void this.#keepUnlessKept().catch(() => undefined); // "This machine" tells how it stands
  }

  async #keepUnlessKept(): Promise<void> {
    if (!(await navigator.storage.persisted())) await this.keep();
  }

  /** Parts of models that were never opened. They can be fetched again, so that nothing needs to be asked. */
  async forgetDownloads(): Promise<void> {
    try {
      await this.#world.data.forgetDownloads();
    } catch (thrown) {
      this.storageError = asAtelierError(thrown);
      return;
    }
    await this.loadStorage();
  }

  /** Only a page may ask for this, a worker may not; some browsers then ask the person. */
  async keep(): Promise<void> {
    this.keepRefused = !(await navigator.storage.persist());
    await this.loadStorage();
  }
}
