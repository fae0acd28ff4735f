// What a metric is, and what it is told of a row that was answered. One metric is one file of this folder, named in
// metrics.ts. No metric reads files, runs a model or knows which candidate answered.
import type { ToolCall } from '../../base/conversation';

/** A row of running text under a model. `bytes` of UTF-8; a word is what blanks divide. */
export interface LanguageRow {
  /** Summed over the graded tokens. */
  nats: number;
  tokens: number;
  bytes: number;
  words: number;
  /** Graded tokens that the model would have chosen too. */
  correct: number;
}

/** An answer in text, and what the row wants of it; a metric leaves out a row that lacks what it needs. */
export interface GenerationRow {
  answer: string;
  /** Right answers, each of which counts; a row may have none. */
  references: readonly string[];
  /** Of the answer and of the first reference. */
  tokens?: number;
  referenceTokens?: number;
  /** A text that must be in the answer, instead of the references. */
  contains?: string;
  /** A regular expression, of JavaScript's `u` kind. */
  pattern?: string;
  /** The JSON schema that the answer must follow. */
  schema?: unknown;
  /** Calls in the answer, and those that the row wants; both present where the row is about calls. */
  calls?: readonly ToolCall[];
  wantedCalls?: readonly ToolCall[];
}

/** A text whose classes were asked. */
export interface ClassRow {
  /** By class; they sum to 1 unless a row may have several labels. */
  probabilities: readonly number[];
  /** Places in `probabilities`: one, or with `several` any number. */
  labels: readonly number[];
  several: boolean;
}

/** Log-likelihoods of a pair of answers in nats, each summed over its tokens (0 or less). */
export interface PairLikelihoods {
  chosen: number;
  rejected: number;
}

/** How long an answer is as it was scored, with the tokens of its template that count. */
export interface WrittenLength {
  /** Code points. */
  characters: number;
  /** Of UTF-8. */
  bytes: number;
}

/** A pair of answers of which one was preferred; two choices of which that one is right. */
export interface PreferenceRow extends PairLikelihoods {
  chosenTokens: number;
  rejectedTokens: number;
  /** Absent where only tokens were counted. */
  written?: { chosen: WrittenLength; rejected: WrittenLength };
  /** Under the reference model, and β: what makes likelihoods a reward. Absent where there is no reference. */
  reference?: PairLikelihoods & { beta: number };
}

/** A piece of a row that a model was to go on with. */
interface RecalledShare {
  whole: boolean;
  /** Of the wanted runs of tokens. */
  share: number;
}

/** How much of a row came out: behind its beginning, and behind its question alone; absent where it is too short. */
export interface MemoryRow {
  beginning?: RecalledShare;
  asked?: RecalledShare;
}

/** What a row is to the metrics of a task. */
export interface RowOf {
  language: LanguageRow;
  generation: GenerationRow;
  classes: ClassRow;
  preference: PreferenceRow;
  memory: MemoryRow;
}
export type MetricTask = keyof RowOf;

/**
 * What a metric keeps of a row, in its own order: all that `ofRows` needs, so that a resampling reads no text again.
 */
export type RowStats = readonly number[];

/** How a value is written: `share` of 1 as per cent, `points` of 100 as they are. */
export type MetricUnit = 'share' | 'points' | 'nats' | 'bits' | 'perplexity' | 'ratio' | 'tokens' | 'characters';

export interface Metric<T extends MetricTask = MetricTask> {
  /** Also of its words in metrics.json: `metric_name_<key>` and `metric_says_<key>`. */
  key: string;
  task: T;
  unit: MetricUnit;
  /** Which way is better. */
  direction: 'up' | 'down' | 'none';
  /** Where the literature counts it in more than one way: which one this is, as the reference program writes it. */
  signature?: string;
  /** Undefined where the row lacks what the metric needs: it is not scored, and never wrong. */
  statsOf(row: RowOf[T]): RowStats | undefined;
  /** Of one row by itself, for lists of the best and worst; absent where one row has no value. */
  perRow?(stats: RowStats): number | undefined;
  /** Of all rows together; undefined of none, and where the rows have no such value (a curve of one class). */
  ofRows(rows: readonly RowStats[]): number | undefined;
  /** A row drawn twice would change what is measured, so that no interval is made by drawing rows. */
  whole?: true;
  /** Its value is the mean of what the rows have by themselves. */
  mean?: true;
  /** It sorts all rows for a value, so that they are drawn less often. */
  slow?: true;
}
