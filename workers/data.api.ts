import type { PromptFacts, ChatModelFacts } from '../src/base/chat';
import type { Message } from '../src/base/conversation';
import type { HistoryPart, OnProgress } from '../src/base/wire/events';
import type { HubModel, OwnModel } from '../src/base/wire/hub';
import type { StorageFacts } from '../src/base/wire/machine';
import type { CheckpointSummary } from '../src/base/records/checkpoint';
import type { DatasetRecord } from '../src/base/records/dataset';
import type { ModelRecord } from '../src/base/records/model';
import type { Id } from '../src/base/records/named';
import type { PreparedRecord } from '../src/base/records/prepared';
import type { RunRecord } from '../src/base/records/run';
import type { TokenizerRecord } from '../src/base/records/tokenizer';
import type { ExportChoice, ExportKind } from '../src/base/wire/exportKinds';
import type {
  ExportResult,
  FirstBatch,
  FirstBatchRequest,
  PreflightReport,
  PreflightRequest,
  PrepareRequest,
  RowLengths,
  TokenizerRequest,
  TokenView,
  TuningDefaults,
  TuningRequest,
  VocabularyPage,
} from '../src/base/wire/requests';
import type { TalkRecord } from '../src/base/records/talk';

export type {
  ExportResult,
  FirstBatch,
  FirstBatchRequest,
  PreflightReport,
  PreflightRequest,
  PrepareRequest,
  TokenizerRequest,
  TokenView,
  VocabularyPage,
};

/** The CPU worker: parses, tokenizes, keeps. All slow calls take progress and a signal; errors are AtelierErrors. */
export interface DataApi {
  importFile(file: File, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  importText(name: string, text: string, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  /** Imports the corpus that the studio ships, or gives the one that is here already. */
  importStarter(onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  listDatasets(): Promise<DatasetRecord[]>;
  rows(datasetId: Id, from: number, count: number): Promise<string[]>;
  renameDataset(id: Id, name: string): Promise<void>;
  deleteDataset(id: Id): Promise<void>;
  restoreDataset(id: Id): Promise<void>;

  trainTokenizer(request: TokenizerRequest, onProgress: OnProgress, signal: AbortSignal): Promise<TokenizerRecord>;
  importTokenizer(file: File): Promise<TokenizerRecord>;
  listTokenizers(): Promise<TokenizerRecord[]>;
  renameTokenizer(id: Id, name: string): Promise<void>;
  deleteTokenizer(id: Id): Promise<void>;
  restoreTokenizer(id: Id): Promise<void>;
  tokenize(tokenizerId: Id, text: string): Promise<TokenView[]>;
  vocabulary(tokenizerId: Id, query: string, from: number, count: number): Promise<VocabularyPage>;

  /** Tokens of both splits, made or found. */
  prepare(request: PrepareRequest, onProgress: OnProgress, signal: AbortSignal): Promise<PreparedRecord>;
  /** What would keep a run from learning, found before it starts (base/findings.ts has the words). */
  preflight(request: PreflightRequest, onProgress: OnProgress, signal: AbortSignal): Promise<PreflightReport>;
  /** Tokens that some of the rows predict, as a run would read them: what the context should hold. */
  rowLengths(request: PrepareRequest): Promise<RowLengths | undefined>;
  /** What a tuning begins with. Answered at once, also while a run is under way: it reads nothing. */
  tuningDefaults(request: TuningRequest): Promise<TuningDefaults>;
  /** The first windows that a run reads, token by token. */
  firstBatch(request: FirstBatchRequest): Promise<FirstBatch>;

  listRuns(): Promise<RunRecord[]>;
  listCheckpoints(runId: Id): Promise<CheckpointSummary[]>;
  history(runId: Id): Promise<HistoryPart[]>;
  renameRun(id: Id, name: string): Promise<void>;
  deleteRun(id: Id): Promise<void>;
  restoreRun(id: Id): Promise<void>;

  /**
   * The kinds in which a checkpoint or a stored model can be exported, with the name of each file. The page asks before
   * the person presses Save: a file picker opens only while the press counts, so nothing may be awaited then.
   */
  exportChoices(weightsId: Id): Promise<ExportChoice[]>;
  /**
   * A checkpoint or a stored model as one file, a zip or a GGUF; into `target` where the person picked a file.
   * @throws export-no-adapter, job-no-run, what `exportModel` of the studio throws
   */
  exportModel(
    weightsId: Id,
    kind: ExportKind,
    target: WritableStream<Uint8Array> | undefined,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<ExportResult>;
  /** A zip or the files of a folder, as Hugging Face publishes a model or this studio exports one. */
  openModel(files: File[], onProgress: OnProgress, signal: AbortSignal): Promise<ModelRecord>;
  /** A zip or the files of an adapter, as PEFT or this studio writes it, kept beside its base. Throws adapter-*. */
  openAdapter(baseId: Id, files: File[], onProgress: OnProgress, signal: AbortSignal): Promise<RunRecord>;
  /** Models that lie on the studio's own origin. */
  ownModels(): Promise<OwnModel[]>;
  openOwnModel(name: string, onProgress: OnProgress, signal: AbortSignal): Promise<ModelRecord>;
  /** What was fetched before a cancel or a failure is kept and not fetched again. */
  openHubModel(model: HubModel, onProgress: OnProgress, signal: AbortSignal): Promise<ModelRecord>;
  listModels(): Promise<ModelRecord[]>;
  renameModel(id: Id, name: string): Promise<void>;
  deleteModel(id: Id): Promise<void>;
  restoreModel(id: Id): Promise<void>;

  /** Where the framed models.html answers (hub.api.ts). */
  connectHub(port: MessagePort): Promise<void>;
  /** What a hub says of a model: files, size, licence. `name` as typed or pasted. Throws hub-*. */
  hubModel(hub: string, name: string): Promise<HubModel>;

  /** How a run or a kept model is talked to. */
  speaker(id: Id): Promise<ChatModelFacts>;
  /** The room that a conversation takes in the context of a run or a kept model. Throws template-*, chat-too-long. */
  promptRoom(id: Id, messages: Message[], maxTokens: number): Promise<PromptFacts>;
  listTalks(): Promise<TalkRecord[]>;
  keepTalk(talk: TalkRecord): Promise<void>;
  deleteTalk(id: Id): Promise<void>;
  restoreTalk(id: Id): Promise<void>;

  /** Forgets what was fetched of models that are not kept; a fetch begins anew then. */
  forgetDownloads(): Promise<void>;

  storage(): Promise<StorageFacts>;
  /** Empties every store. Cannot be undone. */
  deleteEverything(): Promise<void>;
}
