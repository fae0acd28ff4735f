// Label tasks: what is asked of the rows of a dataset, decision by decision, and what becomes of the answers.
import type { DatasetRecord } from '../src/base/records/dataset';
import type { LabelDecision, LabelTask } from '../src/base/records/labels';
import type { Id } from '../src/base/records/named';
import type { OnProgress } from '../src/base/wire/events';
import type {
  LabelFile,
  LabelImport,
  LabelPlace,
  LabelVersionRequest,
  LabelView,
  ListedTask,
} from '../src/base/wire/labels';
import type { ExportResult } from '../src/base/wire/requests';

export interface LabelsApi {
  /** Of an import and its versions, newest first. */
  listLabelTasks(rootId: Id): Promise<ListedTask[]>;
  keepLabelTask(task: LabelTask): Promise<void>;
  renameLabelTask(id: Id, name: string): Promise<void>;
  deleteLabelTask(id: Id): Promise<void>;
  restoreLabelTask(id: Id): Promise<void>;
  /** The item that is asked now; the same after a reload. */
  labelView(place: LabelPlace): Promise<LabelView>;
  /**
   * Stores a decision; the next item.
   *
   * @throws labels-missing, label-other, dataset-*, storage-*
   */
  decideLabel(place: LabelPlace, decision: LabelDecision): Promise<LabelView>;
  /** Takes the last decision back, which brings its item back. */
  undoLabel(place: LabelPlace): Promise<LabelView>;
  askSkipped(place: LabelPlace): Promise<LabelView>;
  /** Places of so many rows that wait for an answer, in the order in which they are asked. */
  openPlaces(place: LabelPlace, most: number): Promise<number[]>;
  /** @throws labels-none, label-file-kind, dataset-*, cancelled */
  labelFile(place: LabelPlace, file: LabelFile, onProgress: OnProgress, signal: AbortSignal): Promise<ExportResult>;
  /**
   * Labels that another tool wrote, as decisions.
   *
   * @throws label-file-*, json-*, jsonl-*, text-*, dataset-*, storage-*, cancelled
   */
  importLabels(place: LabelPlace, file: File, onProgress: OnProgress, signal: AbortSignal): Promise<LabelImport>;
  /** @throws labels-none, version-empty, dataset-*, storage-full, cancelled */
  labelVersion(request: LabelVersionRequest, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
}
