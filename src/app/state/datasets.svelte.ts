// The stored texts and the import under way.
import { AtelierError, asAtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { DatasetRecord } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import { dataWorker } from '../remote';
import { namedInWords } from '../words/datasetWords';
import { m } from '../words/generated/messages.js';
import { removeWithUndo, renameWithUndo } from './undoableEdits';
import { machine } from './machine.svelte';
import { trainForm } from './trainForm.svelte';
import { Job } from './job.svelte';

export const TEXT_FILES = '.txt,.md,.jsonl,.json';
type Import = (onProgress: OnProgress, signal: AbortSignal) => Promise<DatasetRecord>;

/** The texts in storage, and the import under way. */
class Datasets {
  #kept = $state.raw<readonly DatasetRecord[]>([]);
  /** Newest first. */
  list = $derived(this.#kept.map(namedInWords));
  loaded = $state(false);
  loadError = $state.raw<AtelierError>();
  /** Files that could not be read; one bad file does not stop the others. */
  failures = $state.raw<readonly AtelierError[]>([]);
  /** What is being imported now. */
  importing = $state('');
  openId = $state<Id>();
  readonly task = new Job();
  open = $derived(this.list.find((dataset) => dataset.id === this.openId));

  async load(): Promise<void> {
    try {
      const list = await dataWorker.listDatasets();
      this.#kept = list.toSorted((a, b) => b.createdAt - a.createdAt);
      this.openId = (this.open ?? this.list[0])?.id;
      this.loaded = true;
      this.loadError = undefined;
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    }
  }

  importFiles(files: readonly File[]): Promise<void> {
    const imports = files.map((file): [string, Import] => [file.name, (...a) => dataWorker.importFile(file, ...a)]);
    return this.#import(imports);
  }

  paste(text: string): Promise<void> {
    if (text.trim() === '') {
      this.failures = [new AtelierError('paste-empty')];
      return Promise.resolve();
    }
    const name = m.data_pasted_name();
    return this.#import([[name, (...a) => dataWorker.importText(name, text, ...a)]]);
  }

  starter(): Promise<void> {
    return this.#import([[m.data_starter_name(), (...a) => dataWorker.importStarter(...a)]]);
  }

  dismiss(failure: AtelierError): void {
    this.failures = this.failures.filter((other) => other !== failure);
  }

  rename({ id, name: before }: DatasetRecord, name: string): Promise<void> {
    return renameWithUndo(before, name, async (to) => {
      await dataWorker.renameDataset(id, to);
      await this.load();
    });
  }

  async remove({ id, name }: DatasetRecord): Promise<void> {
    const remove = async (): Promise<void> => {
      await dataWorker.deleteDataset(id);
      if (this.openId === id) this.openId = undefined;
      await this.load();
    };
    const restore = async (): Promise<void> => {
      await dataWorker.restoreDataset(id);
      await this.load();
    };
    await removeWithUndo(name, remove, restore);
  }

  /** One after the other in one task, so that cancel ends them all. */
  async #import(imports: readonly [string, Import][]): Promise<void> {
    this.failures = [];
    machine.keepOnce();
    await this.task.run(async (onProgress, signal) => {
      for (const [name, start] of imports) {
        if (signal.aborted) break;
        this.importing = name;
        try {
          const dataset = await start(onProgress, signal);
          this.openId = dataset.id;
          trainForm.textArrived(dataset);
        } catch (thrown) {
          const error = asAtelierError(thrown);
          if (error.code !== 'cancelled') this.failures = [...this.failures, error];
        }
        this.task.progress = undefined;
      }
    });
    await this.load();
  }
}

export const datasets = new Datasets();
