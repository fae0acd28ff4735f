// An evaluation as it is stored: which models answered which rows, and what came of each. Its rows and results are
// chunks in the order in which they were computed; the numbers of a screen are made of them.
import type { Classes } from '../modelShape';
import type { Message } from '../conversation';
import type { Id, NamedRecord } from './named';

/**
 * What is measured of a row: its loss by token, the answer that a model writes, the classes that it sees, or which of
 * two answers it finds likelier.
 */
export const EVALUATION_PARTS = ['language', 'generation', 'classes', 'preference'] as const;
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
}

/** Which rows are asked: those that a run held out, or those of a dataset or of one split of it. */
export type EvaluatedRows =
  | { kind: 'held-out'; weightsId: Id; runName: string }
  | { kind: 'dataset'; datasetId: Id; name: string; split?: string };

export interface EvaluationRecord extends NamedRecord {
  updatedAt: number;
  /** The first is the one that the others are compared with. */
  models: EvaluatedModel[];
  from: EvaluatedRows;
  parts: EvaluationPart[];
  /** Of the classes that classifiers tell apart. */
  classes?: Classes;
  /** Rows that are asked at most; which, the seed says. */
  mostRows: number;
  /** Tokens that an answer has at most. */
  longestAnswer: number;
  seed: number;
  /** General rows, which no run here learns from, are asked too: what a model forgot. */
  general: boolean;
  /** Results that there will be, and those that are stored. */
  total: number;
  done: number;
}

/** What slices are cut by; what is absent is not known of the row. */
export interface RowSlices {
  characters: number;
  /** ISO 639-1, as far as it was told apart. */
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
  /** `general`: it came with the studio. */
  set: 'asked' | 'general';
  /** Absent of general rows. */
  datasetId?: Id;
  /** Place in its dataset, from 0. */
  place: number;
  /** Rows of one group are drawn together: of one conversation or document, or nearly the same text. */
  group: string;
  slices: RowSlices;
  /** What stands before the answer; of a text the text itself. */
  asked: Message[] | string;
  /** The answer that the row has. */
  reference?: string;
  /** Of texts that are classified. */
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
}

/** What a model made of a row in one part. */
export type RowFound =
  | ({ part: 'language' } & TokenSums)
  | { part: 'generation'; text: string; tokens: number; seconds: number; stoppedBy: 'end' | 'length' | 'stop' | 'full' }
  | { part: 'classes'; probabilities: number[] }
  | { part: 'preference'; chosen: TokenSums; rejected: TokenSums }
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
