// The label task that is open: its tasks, the item that is asked, the decisions, and what is told of them aloud.
import { asAtelierError, type AtelierError } from '../../../../base/errors/errors';
import { rootIdOf, type DatasetRecord } from '../../../../base/records/dataset';
import type { LabelAnswer, LabelTask } from '../../../../base/records/labels';
import type { Id } from '../../../../base/records/named';
import type {
  LabelFile,
  LabelImport,
  LabelItem,
  LabelPlace,
  LabelView,
  ListedTask,
} from '../../../../base/wire/labels';
import type { ExportResult } from '../../../../base/wire/requests';
import type { TableFilter, TableView } from '../../../../base/wire/rowTable';
import type { AnswersRequest } from '../../../../base/wire/scoring';
import { weightsOf, type ModelChoice } from '../../../parts/modelChoices';
import { Job } from '../../../state/job.svelte';
import type { UndoableEdits } from '../../../state/undoableEdits';
import type { Workers } from '../../../state/workers';
import { AS_STORED } from '../Rows/rowsAddress';

interface LabelingWorld extends Workers {
  edits: Pick<UndoableEdits, 'remove' | 'rename'>;
}

/** What a task is made of; the rest follows. */
export type TaskDraft = Omit<LabelTask, 'id' | 'createdAt' | 'rootId'>;

/** Which model is asked about how many rows, and what. */
export interface SuggestAsked extends Pick<AnswersRequest, 'prompt' | 'answers' | 'compares'> {
  chosen: ModelChoice;
  most: number;
}

/** The item as it is shown, with what a model said of it meanwhile. */
function withSuggestion(shown: LabelItem, { suggested, given }: LabelItem): LabelItem {
  const same = JSON.stringify([shown.suggested, shown.given]) === JSON.stringify([suggested, given]);
  const { suggested: _suggested, given: _given, ...item } = shown;
  return same ? shown : { ...item, ...(suggested && { suggested }), ...(given && { given }) };
}

/** What just happened, for who listens to the page: the answer, or that an item came back. */
export interface Heard {
  deed: LabelAnswer | 'brought' | undefined;
  item: LabelItem | undefined;
}

export class Labeling {
  readonly #world: LabelingWorld;
  #dataset = $state.raw<DatasetRecord>();
  /** Undefined until they are read. */
  tasks = $state.raw<readonly ListedTask[]>();
  #taskId = $state<Id>();
  /** Rows that pass are asked; undefined: all. */
  only = $state.raw<TableFilter>();
  /** What the table says of the rows that pass. */
  passing = $state.raw<TableView>();
  /** Finds the rows that pass. */
  filtering = $state.raw(new Job());
  view = $state.raw<LabelView>();
  error = $state.raw<AtelierError>();
  told = $state.raw<Heard>();
  /** A decision is on its way to the disk. */
  busy = $state(false);
  making = $state.raw(new Job());
  /** A model is asked about rows. */
  readonly suggesting = new Job();
  /** Files of labels, saved or brought. */
  readonly filing = new Job();
  task = $derived(this.tasks?.find(({ task }) => task.id === this.#taskId)?.task);
  #shownAt = 0;

  constructor(world: LabelingWorld) {
    this.#world = world;
  }

  /** Opens the tasks of a dataset, and one of them where the address names it, with the rows that it asks. */
  async open(dataset: DatasetRecord, taskId: Id | undefined, only?: TableFilter): Promise<void> {
    const other = this.#dataset?.id !== dataset.id;
    const refiltered = other || JSON.stringify(this.only) !== JSON.stringify(only);
    if (!refiltered && this.#taskId === taskId && this.view) return;
    [this.#dataset, this.#taskId] = [dataset, taskId];
    this.view = this.error = this.told = undefined;
    this.making = new Job();
    if (other) this.tasks = undefined;
    if (refiltered) this.#refilter(only);
    await this.#read();
  }

  #refilter(only: TableFilter | undefined): void {
    this.filtering.cancel();
    this.filtering = new Job();
    this.only = only;
    this.passing = undefined;
  }

  /** The screen is left: the worker gives back what the filter took. */
  leave(): void {
    if (!this.only) return;
    this.#refilter(undefined);
    this.view = undefined;
    void this.#world.data.closeTable().catch(() => undefined);
  }

  /** Finds the rows that pass, so that the desk has them at hand; false where that failed or was cancelled. */
  async #filter(datasetId: Id): Promise<boolean> {
    const { only, filtering } = this;
    if (!only || this.passing) return true;
    const query = { datasetId, ...only, sort: AS_STORED };
    const passing = await filtering.run((...reporting) => this.#world.data.tableView(query, ...reporting));
    if (this.filtering !== filtering || !passing) return false;
    this.passing = passing;
    return true;
  }

  async #read(): Promise<void> {
    const [dataset, taskId] = [this.#dataset, this.#taskId];
    if (!dataset) return;
    try {
      const tasks = await this.#world.data.listLabelTasks(rootIdOf(dataset));
      if (this.#dataset !== dataset) return;
      this.tasks = tasks;
      if (!(await this.#filter(dataset.id))) return;
      const place = this.#place();
      if (!place || place.taskId !== taskId || !this.task) return;
      const view = await this.#world.data.labelView(place);
      if (this.#taskId === taskId && this.#dataset === dataset) this.#refresh(view);
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  /** Reads the tasks and the item once more. */
  again(): Promise<void> {
    this.error = undefined;
    return this.#read();
  }

  /** The new task's id; undefined where it could not be stored. */
  async create(draft: TaskDraft): Promise<Id | undefined> {
    const dataset = this.#dataset;
    if (!dataset) return undefined;
    const task = { ...draft, id: crypto.randomUUID(), createdAt: Date.now(), rootId: rootIdOf(dataset) };
    return (await this.#keep(task)) ? task.id : undefined;
  }

  /** Changes the task that is open; its decisions stay. */
  async change(patch: Partial<TaskDraft>): Promise<void> {
    if (this.task) await this.#keep({ ...this.task, ...patch });
  }

  async #keep(task: LabelTask): Promise<boolean> {
    try {
      await this.#world.data.keepLabelTask(task);
      await this.again();
      return this.error === undefined;
    } catch (thrown) {
      this.error = asAtelierError(thrown);
      return false;
    }
  }

  rename({ id, name: before }: LabelTask, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameLabelTask(id, to);
      await this.#read();
    });
  }

  async remove({ id, name }: LabelTask): Promise<void> {
    const after = (work: Promise<void>): Promise<void> => work.then(() => this.#read());
    await this.#world.edits.remove(
      name,
      () => after(this.#world.data.deleteLabelTask(id)),
      () => after(this.#world.data.restoreLabelTask(id)),
    );
  }

  /** Stores the answer to the item that is shown; the next one follows. Until it does, no answer is taken. */
  async decide(answer: LabelAnswer): Promise<void> {
    const item = this.view?.item;
    if (!item || this.busy) return;
    const took = Math.round(performance.now() - this.#shownAt);
    const decision = { rowId: item.id, answer, at: Date.now(), took };
    await this.#turn(answer, (place) => this.#world.data.decideLabel(place, decision));
  }

  /** Brings the last item back. */
  async undo(): Promise<void> {
    if (this.busy || !this.view?.progress.canUndo) return;
    await this.#turn('brought', (place) => this.#world.data.undoLabel(place));
  }

  async askSkipped(): Promise<void> {
    await this.#turn(undefined, (place) => this.#world.data.askSkipped(place));
  }

  /** Makes the version; undefined where it failed or was cancelled. */
  async make(labelledOnly: boolean): Promise<DatasetRecord | undefined> {
    const place = this.#place();
    if (!place) return undefined;
    return this.making.run((...reporting) => this.#world.data.labelVersion({ ...place, labelledOnly }, ...reporting));
  }

  /** The labels as a file of another tool; undefined where that failed or was cancelled. */
  async file(file: LabelFile): Promise<ExportResult | undefined> {
    const place = this.#place();
    return place && this.filing.run((...reporting) => this.#world.data.labelFile(place, file, ...reporting));
  }

  /** Labels of a file become decisions; the queue goes on behind them. */
  async bring(file: File): Promise<LabelImport | undefined> {
    const place = this.#place();
    if (!place) return undefined;
    const brought = await this.filing.run((...reporting) => this.#world.data.importLabels(place, file, ...reporting));
    await this.again();
    return brought;
  }

  /** Asks a model about the next rows; what it said is shown as suggestions, and a cancel keeps it. */
  async suggest({ chosen, most, ...asked }: SuggestAsked): Promise<void> {
    const [place, { data, gpu }] = [this.#place(), this.#world];
    if (!place) return;
    await this.suggesting.run(async (onProgress, signal) => {
      const places = await data.openPlaces(place, most);
      const conversational = !chosen.classifies && (await data.speaker(chosen.value)).conversational;
      const weightsId = await weightsOf(data, chosen);
      const { taskId, datasetId } = place;
      const request = { taskId, datasetId, ...asked, weightsId, model: chosen.label, places, conversational };
      await gpu.suggestAnswers(request, onProgress, signal);
    });
    if (this.#place()?.taskId === place.taskId) await this.again();
  }

  #place(): LabelPlace | undefined {
    const [taskId, datasetId, only] = [this.#taskId, this.#dataset?.id, this.only];
    return taskId !== undefined && datasetId !== undefined ? { taskId, datasetId, ...(only && { only }) } : undefined;
  }

  async #turn(deed: Heard['deed'], work: (place: LabelPlace) => Promise<LabelView>): Promise<void> {
    const place = this.#place();
    if (!place) return;
    this.busy = true;
    this.error = undefined;
    try {
      const view = await work(place);
      const here = this.#place();
      if (here?.taskId === place.taskId && here.datasetId === place.datasetId) this.#show(view, deed);
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    } finally {
      this.busy = false;
    }
  }

  /** The same item stays the one that is shown: what was typed, taken or marked on it is kept. */
  #refresh(view: LabelView): void {
    const shown = this.view?.item;
    const same = shown?.id === view.item?.id && shown?.number === view.item?.number;
    if (shown && same && view.item) this.view = { ...view, item: withSuggestion(shown, view.item) };
    else this.#show(view, undefined);
  }

  #show(view: LabelView, deed: Heard['deed']): void {
    this.view = view;
    this.told = { deed, item: view.item };
    this.#shownAt = performance.now();
  }
}
