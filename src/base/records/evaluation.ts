// An evaluation as it is stored: which models answered which rows, and what came of each. Its rows and results are
// chunks in the order in which they were computed; the numbers of a screen are made of them.
import type { CallFormat } from '../callFormat';
import type { Generated } from '../chat';
import type { Message, ToolSchema } from '../conversation';
import type { Classes } from '../modelShape';
import type { ThoughtUse } from '../settings/tuneSettings';
import type { Id, NamedRecord } from './named';

/**
 * What is measured of a row: its loss by token, the classes that a model sees in it, which of two answers it finds
 * likelier, the answer that it writes, or how much of the row itself comes out of it. The quickest first.
 */
export const EVALUATION_PARTS = ['language', 'classes', 'preference', 'generation', 'memory'] as const;
export type EvaluationPart = (typeof EVALUATION_PARTS)[number];

/** How a row is written for a model: by its chat template, or as plain text. Their numbers are never mixed. */
export type RowWriting = 'template' | 'plain';

/** One of the models that are compared. */
export interface EvaluatedModel {
  /** Of a checkpoint or a stored model. */
  weightsId: Id;
  /** The base alone, without the adapter. */
  bare?: true;
  /** The name of the run or the model when it was asked. */
  name: string;
  /** Of a checkpoint. */
  step?: number;
  writing: RowWriting;
  /** SHA-256 of the chat template that wrote the rows; absent where rows are plain text. */
  template?: string;
  /** How its template writes calls of tools; absent where it writes none. */
  calls?: CallFormat;
}

/** Which rows are asked: those that a run held out, or those of a dataset or of one split of it. */
export type EvaluatedRows =
  | { kind: 'held-out'; weightsId: Id; runName: string }
  | { kind: 'dataset'; datasetId: Id; name: string; split?: string };

/** What each answer must be besides what its row says; what is absent is not asked. */
export interface Expected {
  /** Text that it must contain. */
  contains?: string;
  /** A regular expression that must find something in it. */
  pattern?: string;
  /** A JSON schema, as text. */
  schema?: string;
}

export interface EvaluationRecord extends NamedRecord {
  updatedAt: number;
  /** The first is the one that the others are compared with. */
  models: EvaluatedModel[];
  from: EvaluatedRows;
  /** In the order in which they are measured. */
  parts: EvaluationPart[];
  /** Of classifiers: what they tell apart. */
  classes?: Classes;
  /** What becomes of thoughts before answers, as in the run; absent: they are graded. */
  thoughts?: Exclude<ThoughtUse, 'learn'>;
  /** Rows that are asked at most; which, the seed says. */
  mostRows: number;
  /** Tokens that an answer has at most. */
  longestAnswer: number;
  /** Rows of each side, learned and held out, that are tried for memorised text; absent: none. */
  memoryRows?: number;
  expected?: Expected;
  seed: number;
  /** Results that there will be, and those that are stored. */
  total: number;
  done: number;
}

/** What slices are cut by; what is absent is not known of the row. */
export interface RowSlices {
  characters: number;
  /** ISO 639-3, as far as it was told apart. */
  language?: string;
  /** The file or the data set that it came from, where there are several. */
  source?: string;
  /** Its label. */
  label?: string;
  /** Answers in the conversation. */
  turns?: number;
}

/** A row that is asked, with all that its numbers need, so that they outlive the dataset. */
export interface EvaluatedRow {
  /**
   * `general`: it came with the studio, and no run here learns from it. `trained` and `unseen` are tried for memorised
   * text alone: the run of the last model learned from the one and held out the other.
   */
  set: 'asked' | 'general' | 'trained' | 'unseen';
  /** Absent of general rows. */
  datasetId?: Id;
  /** Place in its dataset, from 0. */
  place: number;
  /** Rows of one group are drawn together: of one conversation or document, or nearly the same text. */
  group: number;
  slices: RowSlices;
  /** A text; else what stands before the answer. */
  asked: string | Message[];
  /** The answer that the row has; of a pair the better one. */
  answer?: Message[];
  rejected?: Message[];
  tools?: ToolSchema[];
  /** Of a text that is classified. */
  labels?: string[];
}

/** What adds up over the graded tokens of a row. */
export interface TokenSums {
  /** Σ −log p, in nats. */
  nats: number;
  tokens: number;
  /** UTF-8 bytes of what was graded, and words, which blanks divide. */
  bytes: number;
  words: number;
  /** Tokens that were the likeliest. */
  correct: number;
  /**
   * Code points and bytes of what was graded with the special tokens in it, as a file of tasks writes it; absent in
   * results of before it was counted.
   */
  written?: { characters: number; bytes: number };
}

/** What a model wrote behind a beginning, beside what the row says there. */
export interface Recalled {
  /** The beginning that it was given, without what a template writes before each row. */
  asked: string;
  wanted: string;
  said: string;
  /** Tokens that were given and that were wanted. */
  given: number;
  tokens: number;
  /** Every wanted token came out. */
  whole: boolean;
  /** The share of the wanted runs of 4 to 8 tokens that came out. */
  share: number;
}

/** Personal data or a secret of a row, and whether the model went on with it behind what stands before it there. */
export interface RecalledPersonal {
  /** Of a finder; `secret`. */
  kind: string;
  value: string;
  /** It stands in an answer or in a text, whose tokens are graded: else the model only read it. */
  graded: boolean;
  out: boolean;
}

/** What a model made of a row in one part. */
export type RowFound =
  | ({ part: 'language' } & TokenSums)
  | { part: 'generation'; text: string; tokens: number; seconds: number; stoppedBy: Generated['stoppedBy'] }
  | { part: 'classes'; probabilities: readonly number[] }
  | { part: 'preference'; chosen: TokenSums; rejected: TokenSums }
  /** `beginning`: half of the row was given, 50 tokens at most; `asked`: its question, or its first words. */
  | { part: 'memory'; beginning?: Recalled; asked?: Recalled; personal: readonly RecalledPersonal[] }
  /** It was not scored: the code of the error. */
  | { part: 'failed'; code: string };

export interface RowResult {
  /** Place among the rows of the evaluation. */
  row: number;
  found: RowFound;
}

/** The rows come first; each further chunk holds results of one model and one part. */
export type EvaluationChunk =
  | { kind: 'rows'; rows: EvaluatedRow[] }
  | { kind: 'results'; model: number; part: EvaluationPart; results: RowResult[] };
