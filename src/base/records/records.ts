import type { Sampling, TemplateTokens } from '../chat';
import type { TrainSettings } from '../settings/trainSettings';
import type { HubOrigin } from '../wire/hub';
import type { LoraShape } from '../lora';
import type { ComputeOn } from '../wire/machine';
import type { ModelShape } from '../modelShape';
import type { TensorSpec } from '../numbers/tensorData';

/** What storage keeps and the page shows. Times are milliseconds since 1970, sizes bytes. */

export type Id = string;

export interface NamedRecord {
  id: Id;
  name: string;
  createdAt: number;
  /** Set while a delete can still be undone; swept at the next start. */
  deletedAt?: number;
}

/** What storage calls the sample text; the page shows it in the person's language. */
export const STARTER_NAME = 'atelier-starter';

export type TextFormat = 'txt' | 'md' | 'jsonl' | 'json';
/** What the rows of a dataset are: text, or JSON text of a `Conversation` or a `PreferencePair`. */
export type DatasetContent = 'text' | 'chat' | 'preference';

export interface DatasetRecord extends NamedRecord {
  /** The file's name, or `paste`, or `starter`. */
  source: string;
  format: TextFormat;
  /** Absent: text, as all were in versions that knew nothing else. */
  content?: DatasetContent;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Bytes of the source as it came. */
  bytes: number;
  /** Rows: paragraphs of .txt and .md, lines of .jsonl, members of .json. */
  rows: number;
  characters: number;
  chunks: number;
  /** SHA-256 of the source, hex. */
  sha256: string;
}

/** One chunk of rows: UTF-8 bytes and where each row begins in them, plus the end (length = rows + 1). */
export interface RowChunk {
  bytes: Uint8Array;
  offsets: Uint32Array;
}

export type TokenizerKind = 'characters' | 'bpe';

export interface TokenizerRecord extends NamedRecord {
  /** `published`: came with a model, and runs as its file says. */
  kind: TokenizerKind | 'pretrained';
  vocabSize: number;
  /** The token that ends each row and stops generation: `<|endoftext|>` in tokenizers made here. */
  endId: number;
  /** The Hugging Face tokenizer.json, whole. */
  json: string;
  /** Bytes of text per token on (the beginning of) the text it was trained on; 0 where it came from elsewhere. */
  bytesPerToken: number;
}

/** What a run learns from: plain text, conversations, or pairs of answers. */
export type Task = TrainSettings['task'];

/** Rows of datasets as token streams, split; what a run reads. Made again whenever its parts change. */
export interface PreparedRecord {
  id: Id;
  createdAt: number;
  datasetIds: Id[];
  tokenizerId: Id;
  seed: number;
  /** The share of distinct rows held out, 0 … 0.5. */
  validationShare: number;
  /**
   * Absent: text. Else weights and rows are kept beside the tokens; of pairs, rows are the chosen and the rejected
   * answer in turn.
   */
  task?: Task;
  /** SHA-256 of the chat template that wrote the rows; absent for text. */
  template?: string;
  /** Each row is a conversation up to one of its answers. */
  rowPerAnswer?: true;
  /** Rows without a graded token, which teach nothing; absent for text. */
  ungraded?: number;
  trainRows: number;
  validationRows: number;
  trainTokens: number;
  validationTokens: number;
  trainBytes: number;
  validationBytes: number;
  chunks: { train: number; validation: number };
  /** SHA-256 over both streams: a resumed run refuses other data. */
  sha256: string;
}

/**
 * A tensor of a kept model, in the engine's layout and the number format of its files; `offset` counts over all chunks.
 */
export interface ModelTensor extends TensorSpec {
  offset: number;
}

/** A published model as it was opened: kept once, never changed, read by every run that tunes it. */
export interface ModelRecord extends NamedRecord {
  /** The name of the folder or zip, of the folder on the studio's own origin, or of the repository. */
  source: string;
  /** Absent for files of this machine, and in records of versions that did not keep it. */
  hub?: HubOrigin;
  /** As the model's card names it; absent where nothing says. */
  licence?: string;
  model: ModelShape;
  tokenizerId: Id;
  /** Jinja, as published; absent for a model that knows no conversations. */
  chatTemplate?: string;
  /**
   * What its tokenizer_config.json calls tokens; absent where it names none, and in records of versions that did not
   * read it.
   */
  templateTokens?: TemplateTokens;
  /** Ids that end a text or a reply. */
  endTokenIds: number[];
  /** Ids that begin a text and fill a batch, as its files name them. */
  bosTokenId?: number;
  padTokenId?: number;
  /** How its files ask it to be sampled; absent in records of versions that did not read it. */
  sampling?: Partial<Omit<Sampling, 'seed'>>;
  parameters: number;
  tensors: ModelTensor[];
  byteLength: number;
  chunks: { bytes: number; sha256: string }[];
  /**
   * SHA-256 over the hashes of the chunks, in order: the model's identity. The platform's own hash takes no streams.
   */
  sha256: string;
}

/** How frozen weights stand on the GPU. */
export type FrozenPrecision = 'f32' | 'f16' | 'q8' | 'q4';

/** An adapter beside a kept model, whose weights stay as they are: of a run that trains it, or from elsewhere. */
export interface Adaptation extends LoraShape {
  baseId: Id;
  baseName: string;
  /** Finds the base again when its files were opened anew. */
  baseSha256: string;
  /** Where the base came from, also where its files were opened anew from a folder. */
  baseHub?: HubOrigin;
  /** Jinja that came with the adapter; absent: conversations are written as the base's are. */
  chatTemplate?: string;
  precision: FrozenPrecision;
}

export type RunOrigin =
  | { kind: 'scratch' }
  | { kind: 'model'; modelId: Id; name: string }
  | { kind: 'checkpoint'; checkpointId: Id; runName: string; step: number }
  /** `ranks`: the smallest and the largest of its layers in the file, where they differ. */
  | { kind: 'imported'; source: string; ranks?: [number, number] };

export type RunStatus = 'running' | 'paused' | 'interrupted' | 'finished' | 'stopped' | 'failed' | 'imported';

export interface RunRecord extends NamedRecord {
  status: RunStatus;
  origin: RunOrigin;
  model: ModelShape;
  /** Absent: all weights are trained, and the checkpoints hold them. */
  lora?: Adaptation;
  tokenizerId: Id;
  /**
   * The kept model that its weights come from, through however many runs, of which some may be gone; absent where there
   * is none.
   */
  pretrainedId?: Id;
  /** A run that it goes on from was trained on conversations. */
  conversational?: true;
  /** Absent for an imported model, which has not been trained here. */
  preparedId?: Id;
  datasetNames: string[];
  settings?: TrainSettings;
  step: number;
  totalSteps: number;
  tokens: number;
  lastLoss?: number;
  bestValidationLoss?: number;
  updatedAt: number;
  /** What it was computed on last; absent in records of versions that knew the GPU only. */
  compute?: ComputeOn;
  /** Why it failed, as code and facts of an AtelierError. */
  error?: { code: string; facts: Record<string, string | number> };
  /** What is to be known of it although it did not fail, in the same form. */
  notice?: { code: string; facts: Record<string, string | number> };
}

/** What a tensor of a checkpoint is: a parameter, or one of the optimizer's two moments of it. */
export type TensorRole = 'weight' | 'moment1' | 'moment2';

/** One tensor of a checkpoint; `offset` counts from the start of all chunks taken as one stream. */
export interface CheckpointTensor extends TensorSpec {
  role: TensorRole;
  offset: number;
}

export type CheckpointReason = 'autosave' | 'manual' | 'pause' | 'hidden' | 'best' | 'final' | 'imported';

/** The factor of the loss in f16 training, a power of two, and the steps since it changed. */
export interface LossScaling {
  scale: number;
  clean: number;
}

/** Everything that a run needs to go on as if it had never stopped. */
export interface CheckpointManifest {
  id: Id;
  runId: Id;
  schema: 1;
  createdAt: number;
  step: number;
  reason: CheckpointReason;
  /** The lowest validation loss of the run so far was measured on these weights. */
  best: boolean;
  model: ModelShape;
  /** Then the weights here are those of the adapter. */
  lora?: Adaptation;
  settings?: TrainSettings;
  tokenizerId: Id;
  preparedId?: Id;
  preparedSha256?: string;
  /** Windows of training text consumed; with the seed it fixes the order of all that follow. */
  cursor: number;
  totalSteps: number;
  tokens: number;
  bestValidationLoss?: number;
  validationLoss?: number;
  trainLoss?: number;
  /** Of a run in f16. */
  lossScaling?: LossScaling;
  /** Variants of the kernels that the first step chose, by op and shape class. */
  kernelVariants: Record<string, string>;
  /** The graphics card or `CPU` that it was computed on. */
  gpuName: string;
  tensors: CheckpointTensor[];
  byteLength: number;
  chunks: { bytes: number; sha256: string }[];
  /** SHA-256 over the weights alone in the order of `tensors`: equal models have equal hashes. */
  weightsSha256: string;
}

/** A checkpoint as lists show it. */
export type CheckpointSummary = Pick<
  CheckpointManifest,
  | 'id'
  | 'runId'
  | 'createdAt'
  | 'step'
  | 'reason'
  | 'best'
  | 'byteLength'
  | 'validationLoss'
  | 'trainLoss'
  | 'weightsSha256'
>;
