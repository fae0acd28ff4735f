// The stored pretrained models, and the one that is being opened.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { OnProgress, Progress } from '../../base/wire/events';
import { ggufsIn, HUBS, neededFiles, type HubModel, type OwnModel } from '../../base/wire/hub';
import type { Id } from '../../base/records/named';
import type { ModelRecord } from '../../base/records/model';
import { m } from '../words/generated/messages.js';
import type { UndoableEdits } from './undoableEdits';
import { Job } from './job.svelte';
import type { Workers } from './workers';
import type { Machine } from './machine.svelte';
import type { Toasts } from './toasts.svelte';

/** Which way a model is coming in; the progress and the error stand where it was asked for. */
export type OpenedFrom = 'files' | 'own' | 'hub';

/** Bytes that fetching a model of a hub takes. */
export const bytesToFetch = (model: HubModel): number =>
  neededFiles(model).reduce((sum, { byteLength }) => sum + byteLength, 0);

/** What files that were chosen together are called: their folder, the one file, else how many they are. */
export function nameOfFiles(files: readonly File[]): string {
  const [first] = files;
  const folder = first?.webkitRelativePath.split('/')[0];
  return folder || (files.length === 1 ? first?.name : undefined) || m.models_files_count({ count: files.length });
}

interface ModelsWorld extends Pick<Workers, 'data'> {
  edits: UndoableEdits;
  machine: Pick<Machine, 'keepOnce'>;
  toasts: Toasts;
  /** Leads the data worker to the page that may reach a hub. */
  connectHub: () => Promise<void>;
}

/** The stored pretrained models, and the one coming in: from files, from beside the studio, from a hub. */
export class Models {
  readonly #world: ModelsWorld;
  /** Newest first. */
  list = $state.raw<readonly ModelRecord[]>([]);
  own = $state.raw<readonly OwnModel[]>([]);
  loaded = $state(false);
  loadError = $state.raw<AtelierError>();

  /** What is being opened, one at a time. */
  readonly opening = new Job();
  from = $state<OpenedFrom>('files');
  openingName = $state('');

  hub = $state<string>(HUBS[0]);
  repo = $state('');
  readonly asking = new Job();
  /** What the hub said of the model that was asked for. */
  found = $state.raw<HubModel>();
  /** Bytes that an unfinished fetch of `found` has left behind; fetching again resumes from there. */
  kept = $state<number>();

  constructor(world: ModelsWorld) {
    this.#world = world;
  }

  async load(): Promise<void> {
    try {
      const [, own] = await Promise.all([this.#readList(), this.#world.data.ownModels()]);
      this.own = own;
      this.loaded = true;
      this.loadError = undefined;
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    }
  }

  /** The list again, where a screen shows it: any tab may have changed it. */
  async reread(): Promise<void> {
    if (this.loaded) await this.#readList().catch((thrown: unknown) => (this.loadError = asAtelierError(thrown)));
  }

  async #readList(): Promise<void> {
    this.list = (await this.#world.data.listModels()).toSorted((a, b) => b.createdAt - a.createdAt);
  }

  byId = (id: Id | undefined): ModelRecord | undefined => this.list.find((model) => model.id === id);

  openFiles(files: readonly File[]): Promise<ModelRecord | undefined> {
    return this.#open('files', nameOfFiles(files), (...a) => this.#world.data.openModel([...files], ...a));
  }

  openOwn({ name }: OwnModel): Promise<ModelRecord | undefined> {
    return this.#open('own', name, (...a) => this.#world.data.openOwnModel(name, ...a));
  }

  /** Asks the hub what the model is; nothing of the model itself is fetched yet. */
  async ask(): Promise<void> {
    this.found = undefined;
    this.kept = undefined;
    const { hub, repo } = this;
    this.found = await this.asking.run(async () => {
      await this.#world.connectHub();
      return withGguf(await this.#world.data.hubModel(hub, repo));
    });
  }

  /** Of a repository of GGUF files the one that is fetched. */
  chooseGguf(gguf: string): void {
    if (this.found) this.found = { ...this.found, gguf };
    this.kept = undefined;
  }

  async fetch(): Promise<ModelRecord | undefined> {
    const { found } = this;
    if (!found) return undefined;
    let fetched = 0;
    const record = await this.#open('hub', found.repo, (onProgress, signal) =>
      this.#world.data.openHubModel(
        found,
        fetchingFirst((progress) => {
          if (progress.phase === 'reading') fetched = progress.done;
          onProgress(progress);
        }),
        signal,
      ),
    );
    this.kept = record ? undefined : fetched;
    if (record) this.found = undefined;
    return record;
  }

  /** Gives up what an unfinished fetch has left; the next one begins anew. */
  async discard(): Promise<void> {
    await this.#world.data.forgetDownloads().then(
      () => (this.kept = undefined),
      (thrown: unknown) => this.#world.toasts.fail(thrown),
    );
  }

  rename({ id, name: before }: ModelRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameModel(id, to);
      await this.load();
    });
  }

  async remove({ id, name }: ModelRecord): Promise<void> {
    const remove = async (): Promise<void> => {
      await this.#world.data.deleteModel(id);
      await this.load();
    };
    const restore = async (): Promise<void> => {
      await this.#world.data.restoreModel(id);
      await this.load();
    };
    await this.#world.edits.remove(name, remove, restore);
  }

  async #open(
    from: OpenedFrom,
    name: string,
    work: (onProgress: OnProgress, signal: AbortSignal) => Promise<ModelRecord>,
  ): Promise<ModelRecord | undefined> {
    if (this.opening.running) return undefined;
    this.from = from;
    this.openingName = name;
    this.#world.machine.keepOnce();
    const record = await this.opening.run(work);
    if (record) await this.load();
    return record;
  }
}

/** The GGUF that most people take, else the first. */
const COMMON = /Q4_K_M|Q8_0/i;

function withGguf(model: HubModel): HubModel {
  const ggufs = ggufsIn(model);
  const gguf = (ggufs.find(({ path }) => COMMON.test(path)) ?? ggufs[0])?.path;
  return gguf === undefined ? model : { ...model, gguf };
}

/**
 * Parts are fetched as the import asks for them, so that fetching and saving report in turn; the slower one is shown
 * until it has ended, and the bar does not jump.
 */
export function fetchingFirst(onProgress: OnProgress): OnProgress {
  let fetching = true;
  return (progress: Progress) => {
    if (progress.phase === 'reading') fetching = progress.done < progress.total;
    else if (fetching) return;
    onProgress(progress);
  };
}
