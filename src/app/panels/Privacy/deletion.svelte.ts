// Deleting everything: the question with what it is about, then the stores, the device, and what the page keeps itself.
import type { StorageFacts } from '../../../base/wire/machine';
import { Job } from '../../state/job.svelte';
import type { LostStorage } from '../../state/lostStorage.svelte';
import type { Workers } from '../../state/workers';

interface DeletionWorld extends Workers {
  lostStorage: Pick<LostStorage, 'forget' | 'note'>;
  forgetSettings(): void;
  /** Begins the page anew, which also ends a run that could still save. */
  restart(): void;
}

export class Deletion {
  readonly #world: DeletionWorld;
  /** The question stands. */
  open = $state(false);
  facts = $state.raw<StorageFacts>();
  readonly task = new Job();

  constructor(world: DeletionWorld) {
    this.#world = world;
  }

  async ask(): Promise<void> {
    this.facts = await this.task.run(() => this.#world.data.storage());
    this.open = this.facts !== undefined;
  }

  async remove(): Promise<void> {
    const { data, gpu, lostStorage, forgetSettings, restart } = this.#world;
    await this.task.run(async () => {
      void gpu.forgetModels().catch(() => undefined); // the restart ends its worker anyway
      lostStorage.forget(); // before: a page that ends in between must not miss what was deleted on purpose
      await data.deleteEverything();
      forgetSettings();
      restart();
    });
    if (this.task.error) await lostStorage.note();
  }
}
