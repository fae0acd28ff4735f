// The stored texts and the import under way.
import { AtelierError, asAtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import { rootIdOf, type DatasetRecord, type ReadChoices } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { ReadingRun } from '../../base/records/run';
import type { HubDatasetRequest } from '../../base/wire/hubDatasets';
import type { SampleName } from '../../base/records/samples';
import type { MendRequest, StillAside } from '../../base/wire/requests';
import { datasetNameWords, namedInWords } from '../words/datasetWords';
import { m } from '../words/generated/messages.js';
import type { UndoableEdits } from './undoableEdits';
import { Job } from './job.svelte';
import type { Workers } from './workers';
import type { Machine } from './machine.svelte';
import type { TrainForm } from './trainForm.svelte';

type Import = (onProgress: OnProgress, signal: AbortSignal) => Promise<DatasetRecord>;

interface DatasetsWorld extends Pick<Workers, 'data'> {
  edits: UndoableEdits;
  machine: Pick<Machine, 'keepOnce'>;
  /** Is told of each text that arrives. */
  form: Pick<TrainForm, 'textArrived'>;
}

/** Under the name that tells its folders, which does not cross to a worker otherwise. */
const withFolders = (file: File): File =>
  file.webkitRelativePath === '' ? file : new File([file], file.webkitRelativePath);

/** The texts in storage, and the import under way. */
export class Datasets {
  readonly #world: DatasetsWorld;
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
  /** The text that is to be deleted though runs need it, or with the labels of its rows: the question stands. */
  asked = $state.raw<{ dataset: DatasetRecord; readers: readonly ReadingRun[]; labels: number }>();
  /** Files that came together: the question stands whether they are one text. */
  several = $state.raw<readonly File[]>();
  /** What could not be read, and how it was tried. */
  readonly #refused = new WeakMap<AtelierError, { from: readonly File[] | HubDatasetRequest; choices: ReadChoices }>();
  /** What texts were read from in this visit, and how. */
  readonly #read = new Map<Id, { from: readonly File[] | HubDatasetRequest; choices: ReadChoices }>();
  readonly task = new Job();
  open = $derived(this.list.find((dataset) => dataset.id === this.openId));

  constructor(world: DatasetsWorld) {
    this.#world = world;
  }

  /** The list again, where a screen shows it: any tab may have changed it. */
  async reread(): Promise<void> {
    if (this.loaded) await this.load();
  }

  async load(): Promise<void> {
    try {
      const list = await this.#world.data.listDatasets();
      this.#kept = list.toSorted((a, b) => b.createdAt - a.createdAt);
      this.openId = (this.open ?? this.list[0])?.id;
      this.loaded = true;
      this.loadError = undefined;
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    }
  }

  /** One file becomes a text; several are asked about, those of a folder are one. */
  bring(files: readonly File[]): Promise<void> {
    const folders = new Set(files.map((file) => file.webkitRelativePath.split('/', 1)[0] ?? ''));
    if (files.length > 1 && folders.size === 1 && !folders.has('')) return this.joinFiles(files);
    if (files.length < 2) return this.importFiles(files);
    this.several = files;
    return Promise.resolve();
  }

  /** Each file as a text of its own. */
  importFiles(files: readonly File[]): Promise<void> {
    this.several = undefined;
    return this.#import(files.map((file) => this.#importOf([file], {})));
  }

  /** All of them as one text, named after their folder or the first of them. */
  joinFiles(files: readonly File[]): Promise<void> {
    this.several = undefined;
    return this.#import([this.#importOf(files, {})]);
  }

  /** The files that a text was read from, as long as this page has them, or where they lie on a hub. */
  filesOf(id: Id): readonly File[] | HubDatasetRequest | undefined {
    return this.#read.get(id)?.from;
  }

  /** A split of a hub's data set, or some of its rows. */
  importHub(request: HubDatasetRequest): Promise<void> {
    return this.#import([this.#importOf(request, {})]);
  }

  /**
   * Reads the files of a text once more, as the person says. The text before gives way to what comes of it, unless runs
   * need it to resume: then both stand.
   */
  async readAgain({ id }: DatasetRecord, choices: ReadChoices): Promise<void> {
    const read = this.#read.get(id);
    if (!read) return;
    await this.#import([this.#importOf(read.from, { ...read.choices, ...choices })]);
    if (this.openId === undefined || this.openId === id || this.failures.length) return;
    const { data } = this.#world;
    const readers = await data.readersOf(id).catch(() => undefined);
    if (readers?.length !== 0) return;
    await data.deleteDataset(id);
    await this.load();
  }

  #importOf(from: readonly File[] | HubDatasetRequest, choices: ReadChoices): [string, Import] {
    const [name, start] = 'dataset' in from ? this.#hubImport(from, choices) : this.#fileImport(from, choices);
    return [
      name,
      async (...a) => {
        try {
          const dataset = await start(...a);
          this.#read.set(dataset.id, { from, choices });
          return dataset;
        } catch (thrown) {
          const error = asAtelierError(thrown);
          this.#refused.set(error, { from, choices });
          throw error;
        }
      },
    ];
  }

  #hubImport(request: HubDatasetRequest, choices: ReadChoices): [string, Import] {
    return [request.dataset.repo, (...a) => this.#world.data.importHubDataset(request, choices, ...a)];
  }

  #fileImport(files: readonly File[], choices: ReadChoices): [string, Import] {
    const [first] = files;
    const folder = first?.webkitRelativePath.split('/', 1)[0] ?? '';
    const name = folder !== '' ? folder : (first?.name.replace(/\.[^.]*$/, '') ?? '');
    return [
      files.length > 1 ? name : (first?.name ?? ''),
      (...a) => {
        const { data } = this.#world;
        return files.length === 1 && first
          ? data.importFile(first, choices, ...a)
          : data.importFiles(name, files.map(withFolders), choices, ...a);
      },
    ];
  }

  /** Rows that were mended come back in a version, which is opened; those that are still no rows are told. */
  async bringBack(request: MendRequest): Promise<readonly StillAside[]> {
    let still: readonly StillAside[] = [];
    const { name } = this.list.find(({ id }) => id === request.datasetId) ?? { name: '' };
    await this.task.run(async (onProgress, signal) => {
      this.importing = name;
      const answer = await this.#world.data.bringBack(request, onProgress, signal);
      still = answer.still;
      if (answer.dataset) this.openId = answer.dataset.id;
    });
    if (this.task.error) this.failures = [...this.failures, this.task.error];
    await this.load();
    return still;
  }

  paste(text: string): Promise<void> {
    if (text.trim() === '') {
      this.failures = [new AtelierError('paste-empty')];
      return Promise.resolve();
    }
    const name = m.data_pasted_name();
    return this.#import([[name, (...a) => this.#world.data.importText(name, text, ...a)]]);
  }

  sample(name: SampleName): Promise<void> {
    return this.#import([[datasetNameWords(name), (...a) => this.#world.data.importSample(name, ...a)]]);
  }

  /** Whether what failed is at hand to be tried again. */
  canTry = (failure: AtelierError): boolean => this.#refused.has(failure);

  /** Tries once more what failed, as the person says. */
  async tryAgain(failure: AtelierError, choices: ReadChoices = {}): Promise<void> {
    const tried = this.#refused.get(failure);
    if (!tried || this.task.running) return;
    const others = this.failures.filter((other) => other !== failure);
    await this.#import([this.#importOf(tried.from, { ...tried.choices, ...choices })], others);
  }

  dismiss(failure: AtelierError): void {
    this.failures = this.failures.filter((other) => other !== failure);
  }

  rename({ id, name: before }: DatasetRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameDataset(id, to);
      await this.load();
    });
  }

  /** Deletes a text; where runs need it to resume, or labels go with it, once the person has said so. */
  async remove(dataset: DatasetRecord): Promise<void> {
    const [readers, labels] = await Promise.all([
      this.#world.data.readersOf(dataset.id).catch(() => []),
      this.#labelsWith(dataset).catch(() => 0),
    ]);
    if (readers.length || labels) this.asked = { dataset, readers, labels };
    else await this.#remove(dataset);
  }

  /** Decisions of label tasks that go with a text: those of its last version. */
  async #labelsWith(dataset: DatasetRecord): Promise<number> {
    const rootId = rootIdOf(dataset);
    if (this.#kept.some((other) => other.id !== dataset.id && rootIdOf(other) === rootId)) return 0;
    const tasks = await this.#world.data.listLabelTasks(rootId);
    return tasks.reduce((sum, { decisions }) => sum + decisions, 0);
  }

  /** Deletes the text that was asked about. */
  async removeAsked(): Promise<void> {
    const dataset = this.asked?.dataset;
    this.asked = undefined;
    if (dataset) await this.#remove(dataset);
  }

  async #remove({ id, name }: DatasetRecord): Promise<void> {
    const remove = async (): Promise<void> => {
      await this.#world.data.deleteDataset(id);
      if (this.openId === id) this.openId = undefined;
      await this.load();
    };
    const restore = async (): Promise<void> => {
      await this.#world.data.restoreDataset(id);
      await this.load();
    };
    await this.#world.edits.remove(name, remove, restore);
  }

  /**
   * One after the other in one task, so that cancel ends them all.
   * @param failures What is still to be said of earlier ones
   */
  async #import(imports: readonly [string, Import][], failures: readonly AtelierError[] = []): Promise<void> {
    this.failures = failures;
    this.#world.machine.keepOnce();
    await this.task.run(async (onProgress, signal) => {
      for (const [name, start] of imports) {
        if (signal.aborted) break;
        this.importing = name;
        try {
          const dataset = await start(onProgress, signal);
          this.openId = dataset.id;
          this.#world.form.textArrived(dataset);
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
