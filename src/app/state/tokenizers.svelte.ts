// The stored tokenizers, and the one that is being made.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import type { TokenizerRequest } from '../../base/wire/requests';
import { download } from '../browser/download';
import type { UndoableEdits } from './undoableEdits';
import { Job } from './job.svelte';
import type { Workers } from './workers';

interface TokenizersWorld extends Pick<Workers, 'data'> {
  edits: UndoableEdits;
}

/** The tokenizers in storage, and the one being made. */
export class Tokenizers {
  readonly #world: TokenizersWorld;
  list = $state.raw<readonly TokenizerRecord[]>([]);
  loaded = $state(false);
  loadError = $state.raw<AtelierError>();
  openId = $state<Id>();
  readonly task = new Job();
  /** The one that the view shows: the chosen one, or the newest. */
  open = $derived(this.list.find((tokenizer) => tokenizer.id === this.openId) ?? this.list[0]);

  constructor(world: TokenizersWorld) {
    this.#world = world;
  }

  /** The list again, where a screen shows it: any tab may have changed it. */
  async reread(): Promise<void> {
    if (this.loaded) await this.load();
  }

  async load(): Promise<void> {
    try {
      const list = await this.#world.data.listTokenizers();
      this.list = list.toSorted((a, b) => b.createdAt - a.createdAt);
      this.loaded = true;
      this.loadError = undefined;
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    }
  }

  make(request: TokenizerRequest): Promise<void> {
    return this.#add((onProgress, signal) => this.#world.data.trainTokenizer(request, onProgress, signal));
  }

  importFile(file: File): Promise<void> {
    return this.#add(() => this.#world.data.importTokenizer(file));
  }

  rename({ id, name: before }: TokenizerRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameTokenizer(id, to);
      await this.load();
    });
  }

  async remove({ id, name }: TokenizerRecord): Promise<void> {
    const remove = async (): Promise<void> => {
      await this.#world.data.deleteTokenizer(id);
      await this.load();
    };
    const restore = async (): Promise<void> => {
      await this.#world.data.restoreTokenizer(id);
      await this.load();
    };
    await this.#world.edits.remove(name, remove, restore);
  }

  /** The Hugging Face file, as it is stored. */
  save({ json }: TokenizerRecord): void {
    download('tokenizer.json', new Blob([json], { type: 'application/json' }));
  }

  async #add(work: (onProgress: OnProgress, signal: AbortSignal) => Promise<TokenizerRecord>): Promise<void> {
    const made = await this.task.run(work);
    if (made) this.openId = made.id;
    await this.load();
  }
}
