// Datasets and what a run reads of them, answered by the data worker. Which settings suit them is asked in runs.api.ts.
import type { OnProgress } from '../src/base/wire/events';
import type { AsideRow, DatasetRecord, ReadChoices } from '../src/base/records/dataset';
import type { Id } from '../src/base/records/named';
import type { PickedRow, PreparedRecord } from '../src/base/records/prepared';
import type { ReadingRun } from '../src/base/records/run';
import type { HubDataset, HubDatasetRequest } from '../src/base/wire/hubDatasets';
import type { BundledName } from '../src/base/records/samples';
import type {
  ExportResult,
  FirstBatch,
  FirstBatchRequest,
  MendReport,
  MendRequest,
  PreflightReport,
  PreflightRequest,
  PrepareRequest,
  RowLengths,
} from '../src/base/wire/requests';

export interface DatasetsApi {
  /** @throws file-*, text-*, quota-exceeded, cancelled */
  importFile(file: File, choices: ReadChoices, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  /**
   * Several files as one dataset of this name.
   *
   * @throws as `importFile`, where none could be read
   */
  importFiles(
    name: string,
    files: readonly File[],
    choices: ReadChoices,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<DatasetRecord>;
  importText(name: string, text: string, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  /**
   * Imports a text that comes with the studio, or gives the one that is here already.
   *
   * @throws starter-missing, and what `importFile` throws
   */
  importSample(name: BundledName, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  /**
   * What a hub says of a data set: its files, with the licence. `name` as typed or pasted.
   *
   * @throws hub-*
   */
  hubDataset(hub: string, name: string): Promise<HubDataset>;
  /**
   * Imports a split of a data set, or some of its rows. What was fetched before a cancel is not fetched again.
   *
   * @throws hub-*, and what `importFile` throws
   */
  importHubDataset(
    request: HubDatasetRequest,
    choices: ReadChoices,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<DatasetRecord>;
  listDatasets(): Promise<DatasetRecord[]>;
  rows(datasetId: Id, from: number, count: number): Promise<string[]>;
  /**
   * The index of the next row that holds the query, from row `from` on.
   *
   * @throws dataset-missing, dataset-damaged, cancelled
   */
  findRow(
    datasetId: Id,
    query: string,
    from: number,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<number | undefined>;
  /** The rows that the import set aside, those that are stored with their text. */
  asideRows(id: Id): Promise<AsideRow[]>;
  /**
   * A version with the rows that were mended.
   *
   * @throws dataset-*, storage-full, cancelled
   */
  bringBack(request: MendRequest, onProgress: OnProgress, signal: AbortSignal): Promise<MendReport>;
  asideFile(id: Id): Promise<ExportResult>;
  renameDataset(id: Id, name: string): Promise<void>;
  /** Runs that cannot go on exactly without this text. */
  readersOf(id: Id): Promise<ReadingRun[]>;
  deleteDataset(id: Id): Promise<void>;
  restoreDataset(id: Id): Promise<void>;
}

/** Rows on their way to batches: before a run, and as its first step reads them. */
export interface PreparationApi {
  /** Tokens of the rows that are trained on and of those held out, made or found. */
  prepare(request: PrepareRequest, onProgress: OnProgress, signal: AbortSignal): Promise<PreparedRecord>;
  /** What would keep a run from learning, found before it starts (base/wire/findings.ts has the words). */
  preflight(request: PreflightRequest, onProgress: OnProgress, signal: AbortSignal): Promise<PreflightReport>;
  /** Tokens that some of the rows predict, as a run would read them: what the context should hold. */
  rowLengths(request: PrepareRequest): Promise<RowLengths | undefined>;
  /** Rows of a dataset, by their numbers from 1, as a run is asked to leave them out. */
  pickRows(datasetId: Id, numbers: readonly number[]): Promise<PickedRow[]>;
  /** The first windows that a run reads, token by token. */
  firstBatch(request: FirstBatchRequest): Promise<FirstBatch>;
}
