// The stored tokenizers, and the one that is being made.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import type { TokenizerRequest } from '../../base/wire/requests';
import { dataWorker } from '../remote';
import { download } from '../browser/download';
import { removeWithUndo, renameWithUndo } from './undoableEdits';
import { Job } from './job.svelte';

/** The tokenizers in storage, and the one being made. */
class Tokenizers {
  list = $state.raw<readonly TokenizerRecord[]>([]);
  loaded = $state(false);
  loadError = $state.raw<AtelierError>();
  openId = $state<Id>();
  readonly task = new Job();
  /** The one that the view shows: the chosen one, or the newest. */
  open = $derived(this.list.find((tokenizer) => tokenizer.id === this.openId) ?? this.list[0]);

  async load(): Promise<void> {
    try {
      const list = await dataWorker.listTokenizers();
      this.list = list.toSorted((a, b) => b.createdAt - a.createdAt);
      this.loaded = true;
      this.loadError = undefined;
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    }
  }

  make(request: TokenizerRequest): Promise<void> {
    return this.#add((onProgress, signal) => dataWorker.trainTokenizer(request, onProgress, signal));
  }

  importFile(file: File): Promise<void> {
    return this.#add(() => dataWorker.importTokenizer(file));
  }

  rename({ id, name: before }: TokenizerRecord, name: string): Promise<void> {
    return renameWithUndo(before, name, async (to) => {
      await dataWorker.renameTokenizer(id, to);
      await this.load();
    });
  }

  async remove({ id, name }: TokenizerRecord): Promise<void> {
    const remove = async (): Promise<void> => {
      await dataWorker.deleteTokenizer(id);
      await this.load();
    };
    const restore = async (): Promise<void> => {
      await dataWorker.restoreTokenizer(id);
      await this.load();
    };
    await removeWithUndo(name, remove, restore);
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

export const tokenizers = new Tokenizers();
