// What the page asks of the workers, and their answers that are not stored.
import type { AnswerTrace, Sampling } from '../chat';
import type { Marks } from '../settings/thumbWeights';
import type { TrainSettings } from '../settings/trainSettings';
import type { Message, ToolSchema } from '../conversation';
import type { Finding } from './findings';
import type { ModelShape } from '../modelShape';
import type { PresetName } from '../settings/presets';
import type { DatasetContent, DatasetRecord } from '../records/dataset';
import type { MixedText } from '../records/mix';
import type { Adaptation, ModelRecord } from '../records/model';
import type { Id } from '../records/named';
import type { PickedCounts, PreparedRecord, RowPicks, Task } from '../records/prepared';
import type { ThoughtUse } from '../settings/tuneSettings';
import type { RunRecord } from '../records/run';
import type { WeighedAdapter } from '../records/together';
import type { TokenizerRecord } from '../records/tokenizer';
import type { TokenizerKind } from '../tokenizerModel';

export interface RunRequest {
  name: string;
  /**
   * A new model, or the weights that are tuned: those of a checkpoint or of a kept model (with its shape and
   * tokenizer).
   */
  start: { kind: 'scratch'; model: ModelShape } | { kind: 'weights'; weightsId: Id };
  preparedId: Id;
  /** Of the datasets that were prepared the last ones, in their order. */
  mix?: MixedText[];
  tokenizerId: Id;
  settings: TrainSettings;
  /** The defaults of the settings that were changed by hand. */
  defaults?: Partial<TrainSettings>;
}

/** What of a run is changed from a step on; what is absent stays. */
export interface CourseChange {
  /** The full rate of the schedule. */
  learningRate?: number;
  /** Of the whole run. */
  steps?: number;
}

/** A run goes back to one of its checkpoints, and on from there. */
export interface GoBack extends CourseChange {
  runId: Id;
  checkpointId: Id;
}

/** Why a run resumes without a person's click. */
export interface ByItself {
  cause: 'gpu-reset' | 'worker-replaced';
  /** How often in a row, without a checkpoint in between. */
  times: number;
}

/** What is tuned, on what, and what was chosen by hand: all that the defaults of a tuning follow from. */
export interface TuningRequest {
  tuned:
    | { from: 'model'; weights: Pick<ModelRecord, 'parameters' | 'model'> }
    | { from: 'run'; weights: Pick<RunRecord, 'lora' | 'model' | 'origin'> };
  texts: {
    /** Of each chosen dataset. */
    contents: DatasetContent[];
    /** All of them are texts with a label beside each. */
    labelled?: boolean;
    /** Rows of one pass. */
    rows: number;
    /** Where all of them are answers with marks: those of one pass, as far as they are known. */
    marks?: Marks;
    /** As `RowLengths` has them; absent where the rows were not looked at. */
    rowTokens?: number;
    meanTokens?: number;
  };
  chosen: Pick<Partial<TrainSettings>, 'method' | 'task' | 'loraRank'>;
}

/** What a tuning begins with. */
export interface TuningDefaults {
  /** The preset nearest in size, from which the settings come that tuning does not change. */
  preset: PresetName;
  /** Suggested; the person may choose others. */
  settings: Partial<TrainSettings>;
  /** Decided by the weights: nobody can choose others. */
  fixed: Partial<TrainSettings>;
}

/** How long rows are, in tokens that they predict, as far as the first ones tell. */
export interface RowLengths {
  /** 95 of 100 rows are no longer. */
  percentile95: number;
  mean: number;
}

export interface EstimateRequest {
  model: ModelShape;
  settings: TrainSettings;
  /** The run begins from an adapter, of which DPO keeps a frozen copy. */
  fromAdapter?: boolean;
  /** The run adds them to its base; the model has their rows. */
  tokens?: NonNullable<Adaptation['tokens']>;
  /** Absent before the text is tokenized; then a run counted in epochs has no known length. */
  prepared?: TextAmounts;
  /** What each text of a mix gives, the main one first; absent where there is one, and before they are tokenized. */
  mix?: readonly (TextAmounts & { share: number })[];
}

/** What one pass over a text trains on; `packed`: the windows that hold its conversations. */
export type TextAmounts = Pick<PreparedRecord, 'trainTokens'> &
  Partial<Pick<PreparedRecord, 'trainRows'>> & { packed?: number };

export interface GenerateRequest {
  /** A checkpoint or a kept model; or what is being trained now. */
  weightsId: Id | 'training';
  /** What is written on. */
  prompt: string;
  /** Instead of the prompt: a conversation whose next turn is the assistant's, as the model's template writes it. */
  messages?: Message[];
  /** Tools that a conversation may call. */
  tools?: ToolSchema[];
  /** The base alone, where the weights are an adapter beside it. */
  bare?: true;
  /** Adapters of that base, added up, in place of the one that the weights are; not while they train. */
  together?: WeighedAdapter[];
  /** Generation stops before the first of these; the end token always stops it. */
  stop: string[];
  sampling: Sampling;
}

/** Which token of an answer is asked about, and what the answer was asked with. */
export interface AlternativesRequest extends Pick<
  GenerateRequest,
  'prompt' | 'messages' | 'tools' | 'bare' | 'together'
> {
  weightsId: Id;
  trace: AnswerTrace;
  /** The token's place in the answer, from 0. */
  at: number;
}

export interface TokenChance extends TokenView {
  /** Of the softmax of the logits: at temperature 1, before top-k, top-p, min-p and the repetition penalty. */
  probability: number;
  /** 1 is the likeliest; among equal ones the lower id goes first. */
  rank: number;
}

/** The token that was drawn, and the likeliest ones in its place. */
export interface Alternatives {
  drawn: TokenChance;
  likeliest: TokenChance[];
}

export interface TokenizerRequest {
  name: string;
  kind: TokenizerKind;
  /** Asked for; a small text can yield fewer. Ignored for characters. */
  vocabSize: number;
  datasetIds: Id[];
}

/** Special tokens that a tokenizer shall get, for a model with so many rows. */
export interface NewTokensRequest {
  tokenizerId: Id;
  texts: readonly string[];
  baseRows: number;
}

export interface PrepareRequest {
  datasetIds: Id[];
  tokenizerId: Id;
  seed: number;
  validationShare: number;
  /** Absent: text, into which conversations are flattened. */
  task?: Task;
  /**
   * Whose chat template writes the conversations: a kept model or a checkpoint. Absent: the default one of the
   * tokenizer.
   */
  weightsId?: Id;
  /** Conversations are cut after each answer, which alone is graded in its row. */
  rowPerAnswer?: true;
  /** As `PreparedRecord` has it. */
  thoughts?: Exclude<ThoughtUse, 'learn'>;
  /** Rows that are left out, or trained on though the seed holds them out. */
  picks?: RowPicks;
}

/** What is asked before a run: the rows, and the window that they are cut to. */
export interface PreflightRequest extends PrepareRequest {
  contextLength: number;
}

export interface PreflightReport {
  /** Without those that are left out. */
  rows: number;
  /**
   * What a run on them trains on: what `PreparedRecord` says once they are prepared; and of conversations the windows
   * that hold them packed.
   */
  train: TrainedOn;
  /** The same of each of several datasets, with the rows that are held out. */
  parts?: (TrainedOn & { held: number })[];
  /** Of texts that are classified: the most frequent class first. */
  classes?: readonly ClassCount[];
  /** Of a run that adds tokens to its base: in their order. */
  newTokens?: readonly TokenCount[];
  /** Absent where nothing was picked. */
  picked?: PickedCounts;
  /** Rows left out because the row that each was made of is held out; absent: none. */
  copiesLeft?: number;
  /** Blocking ones first. */
  findings: Finding[];
}

/** Rows of a class on both sides of the split. */
export interface ClassCount {
  name: string;
  train: number;
  held: number;
}

/** How often a new token stands in the rows on both sides of the split. */
export type TokenCount = ClassCount;

export interface TrainedOn {
  rows: number;
  tokens: number;
  /** Where a run learns from them. */
  marks?: Marks;
  packed?: number;
}

export interface FirstBatchRequest {
  preparedId: Id;
  mix?: MixedText[];
  tokenizerId: Id;
  /** Whose chat template wrote the rows, as in `PrepareRequest`. */
  weightsId?: Id;
  settings: TrainSettings;
}

/** The first windows that a run reads, without their padding. */
export interface FirstBatch {
  /** Of pairs the chosen and the rejected answer in turn. */
  windows: BatchToken[][];
  paired: boolean;
  /** Of judged answers what each window's is. */
  marks?: ('good' | 'bad')[];
}

/** What a token of a conversation is a part of, beside words: descriptions of tools, a call, its result, a thought. */
export type TokenPart = 'tools' | 'call' | 'result' | 'thought';

export interface BatchToken extends TokenView {
  /** How much it counts as a prediction; 0: it is only read; below 0: it is of a bad answer. */
  graded: number;
  /** Goldfish masking leaves it out of the loss. */
  left?: true;
  /** The row of the window that it is of, from 0. */
  row: number;
  part?: TokenPart;
  /** The template wrote it: no text is read as it. */
  special: boolean;
  /** After this token a text is classified, as these; absent elsewhere. */
  labels?: readonly string[];
}

/** A token as the view shows it; a part of a character shows as its bytes in hex. */
export interface TokenView {
  id: number;
  text: string;
  /** The token is a part of a UTF-8 character. */
  partial: boolean;
  bytes: number;
}

export interface VocabularyPage {
  total: number;
  entries: TokenView[];
}

/**
 * How an exported file, read back, computes beside the weights that it was made of: on the tokens that those choose
 * after some prompts.
 */
export interface Verification {
  /** Places that were compared: after each of them one token follows. Of a classifier texts, and their classes. */
  tokens: number;
  /** Places after which both choose the same token. All: the file writes the same texts. */
  equalTokens: number;
  /** Between logits, in llama.cpp between log-probabilities. 0 where the file holds the same numbers. */
  largestDifference: number;
  /** Mean Kullback-Leibler divergence of the file's next-token distribution from that of the weights, in nats. */
  divergence: number;
}

export interface ExportResult {
  fileName: string;
  bytes: number;
  /** Absent where the file went straight to disk. */
  blob?: Blob;
}

/** The forms in which what was measured in a run can be saved. */
export const HISTORY_KINDS = ['csv', 'json', 'tensorboard'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** A text that a run read, as far as its record is still there. */
export interface RunText {
  name: string;
  /** Absent, as what follows, where the text was deleted for good. */
  id?: Id;
  rows?: number;
  /** SHA-256 of the source, hex. */
  sha256?: string;
  /** It is among the texts of the Data screen. */
  listed: boolean;
  /** Its number in its family; absent: it was imported. */
  version?: number;
}

/** What a run was made of, beside what its own record says. */
export interface RunFacts {
  texts: RunText[];
  /** Absent where its tokens are no longer stored. */
  prepared?: Pick<
    PreparedRecord,
    'trainRows' | 'validationRows' | 'trainTokens' | 'validationTokens' | 'validationShare' | 'sha256' | 'picks'
  >;
  /** Absent where it is no longer stored. */
  tokenizer?: Pick<TokenizerRecord, 'id' | 'name' | 'vocabSize'>;
  /** What its checkpoints were computed on: graphics cards or `CPU`. */
  gpuNames: string[];
  /** Time of its steps without pauses, ms. */
  milliseconds: number;
  /** The run of the checkpoint that it began from, where both are still stored. */
  fromRunId?: Id;
}

/** Rows that an import set aside, as a person wrote them anew. */
export interface MendRequest {
  datasetId: Id;
  rows: readonly { /** In the order of the rows set aside. */ index: number; text: string }[];
}

/** A row that is still no row, and why. */
export interface StillAside {
  index: number;
  code: string;
  facts: Record<string, string | number>;
}

export interface MendReport {
  /** A version with the rows that came back; absent where none did. */
  dataset?: DatasetRecord;
  still: readonly StillAside[];
}
