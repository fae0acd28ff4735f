/**
 * What a training step reads: token batches, pair batches and the windows that give them. The room `data` fills them,
 * `engine` reads them, `studio` passes them on. No code here knows where tokens come from or where they go.
 */

/** `batch` windows of `length` tokens, one after another. Every array is [batch · length], row-major. */
export interface TokenBatch {
  batch: number;
  length: number;
  /** Token ids below the vocabulary size. */
  inputs: Int32Array;
  /** The id that follows each input, or −1 where the prediction is not graded (the loss mask). */
  targets: Int32Array;
  /** Number of targets that are not −1. */
  labels: number;
  /** How much each target counts; absent: 1 each. */
  weights?: Float32Array;
  /**
   * The first place in the window of the row that a token belongs to. Rows of one window (packing) do not attend to
   * each other. Padding has its own place + 1, so that it attends to nothing. Given together with `positions`; absent:
   * each window is one row.
   */
  starts?: Int32Array;
  /** The place of each token in its row. */
  positions?: Int32Array;
  /** Of a run that mixes texts: the text of each window [batch], below `count`. */
  origins?: { of: Int32Array; count: number };
}

/**
 * Preference pairs: window i of both sides is one pair. Both sides have the same shape; the shorter answer is padded
 * with targets of −1.
 */
export interface PairBatch {
  chosen: TokenBatch;
  rejected: TokenBatch;
}

/**
 * Answers that are good or bad each. Their weights are 1, of bad ones −1; window i of `mismatched` is the question of
 * answer i with the answer of the window before (of the first one: the last), weights 1, from which KTO estimates the
 * KL divergence. Both sides have the same shape.
 */
export interface ThumbBatch {
  answers: TokenBatch;
  mismatched: TokenBatch;
}

/** What one forward pass computes together, for any task. */
export type Batch = TokenBatch | PairBatch | ThumbBatch;

/** The windows of a run, training and held-out. Equal data, settings and cursor always give equal batches. */
export interface Windows<B extends Batch = Batch> {
  /** Training windows of one epoch. */
  readonly count: number;
  /**
   * The micro-batches of the step whose first window is `cursor`: windows of epoch 0 in their order, then of epoch 1, …
   */
  trainBatches(cursor: number): B[];
  /** The held-out windows, the same ones in each call; none where nothing is held out. */
  validationBatches(): Iterable<B>;
  /** Of a run that mixes texts: the held-out windows of each, the main one first. */
  readonly texts?: readonly TextHeldOut<B>[];
}

/** The held-out windows of one text of a mix, and its share of the tokens. */
export interface TextHeldOut<B extends Batch = Batch> {
  share: number;
  validationBatches(): Iterable<B>;
}

/** Token windows side by side: the one of a text batch, chosen and rejected of a pair batch, both of a thumb batch. */
export function sidesOf(batch: Batch): TokenBatch[] {
  if ('chosen' in batch) return [batch.chosen, batch.rejected];
  return 'answers' in batch ? [batch.answers, batch.mismatched] : [batch];
}

/** Windows by which a batch moves the cursor: a pair counts once. */
export const windowsIn = (batch: Batch): number => sidesOf(batch)[0]!.batch;

/** Tokens that a batch holds. Padding is not counted: it attends to nothing, not even to itself. */
export const tokensRead = (batch: Batch): number => sidesOf(batch).reduce((sum, side) => sum + tokensOfSide(side), 0);

const tokensOfSide = ({ batch, length, starts }: TokenBatch): number =>
  starts ? starts.reduce((read, start, i) => (start <= i % length ? read + 1 : read), 0) : batch * length;
