// What the page asks a model about the rows of a dataset, and what it is told when that is kept.
import type { LabelAnswer } from '../records/labels';
import type { Id } from '../records/named';

/** Rows that a model measures. */
export interface ScoreRequest {
  datasetId: Id;
  /** Of a checkpoint or a stored model. */
  weightsId: Id;
  /** The name that its numbers go by. */
  model: string;
  /** Places of the rows; absent: all. */
  places?: readonly number[];
}

/** Where the text of the row stands in a prompt. */
export const ROW_SLOT = '{text}';

/** Answers of a label task, of which a model says how likely each is for a row. */
export interface AnswersRequest extends ScoreRequest {
  taskId: Id;
  /** What is asked of each row; `{text}` stands for its text. */
  prompt: string;
  /** Each with the word by which a model answers so; of two answers the word is empty. */
  answers: readonly { answer: LabelAnswer; word: string }[];
  /** The answers are texts that are compared: those of the row's pair, or of two columns beside it. */
  compares?: 'pair' | readonly [first: string, second: string];
  /** It is asked as in a talk, by its template. */
  conversational: boolean;
}

/** How many rows have a number now, and of these how many were cut to the context. */
export interface Scored {
  rows: number;
  cut: number;
  /** Rows that the model's template refuses. */
  refused: number;
}
