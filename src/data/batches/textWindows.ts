import { AtelierError } from '../../base/errors/errors';
import { stream } from '../../base/numbers/rng';

/** The tokens of a split, one after another; each row ends with the end token. */
export type TokenStream = Uint16Array | Uint32Array;

/** What fixes which windows a step reads: the same three and the same cursor always give the same batch. */
export interface Order {
  seed: number;
  /** Windows computed together. */
  batch: number;
  /** Tokens of a window: the context length. */
  length: number;
}

/**
 * Windows of tokens and what follows each token. `inputs` and `targets` are [batch × length]; a target of -1 is not
 * graded.
 */
export interface WindowBatch {
  batch: number;
  length: number;
  inputs: Int32Array;
  targets: Int32Array;
  labels: number;
}

/**
 * Windows that one pass over the text has: each token but the last predicts the next, and windows share only their
 * edges. Errors: text-too-short.
 */
export function windowsPerEpoch(tokens: number, length: number): number {
  if (tokens < length + 1) {
    const facts = { tokens, context: length, needed: length + 1, longest: Math.max(0, tokens - 1) };
    throw new AtelierError('text-too-short', facts);
  }
  return Math.floor((tokens - 1) / length);
}

interface Epoch {
  key: string;
  /**
   * Where the first window begins: the tokens that do not fill a window are left out at another place in each epoch.
   */
  shift: number;
  order: Uint32Array;
}
let lastEpoch: Epoch | undefined;

/** The order of an epoch follows from seed and epoch alone, so a run resumes from its cursor without any state. */
function epochOrder(seed: number, epoch: number, tokens: number, length: number): Epoch {
  const key = [seed, epoch, tokens, length].join();
  if (lastEpoch?.key !== key) {
    const windows = windowsPerEpoch(tokens, length);
    const shift = stream(seed, 'shift', epoch).below(tokens - windows * length);
    const order = stream(seed, 'order', epoch).shuffle(Uint32Array.from({ length: windows }, (_, i) => i));
    lastEpoch = { key, shift, order };
  }
  return lastEpoch;
}

/** The first token of the window at a position of the run: windows of epoch 0 in their order, then of epoch 1, … */
export function windowAt(tokens: number, order: Pick<Order, 'seed' | 'length'>, position: number): number {
  const windows = windowsPerEpoch(tokens, order.length);
  const epoch = epochOrder(order.seed, Math.floor(position / windows), tokens, order.length);
  return epoch.shift + epoch.order[position % windows]! * order.length;
}

/**
 * The micro-batches of the step whose first window is `cursor`: `count` × `order.batch` windows. Errors:
 * text-too-short.
 */
export function trainBatches(tokens: TokenStream, order: Order, cursor: number, count: number): WindowBatch[] {
  return Array.from({ length: count }, (_, micro) => trainBatch(tokens, order, cursor + micro * order.batch));
}

export function trainBatch(tokens: TokenStream, order: Order, cursor: number): WindowBatch {
  const batch = emptyBatch(order);
  for (let row = 0; row < order.batch; row++) fillRow(batch, row, tokens, windowAt(tokens.length, order, cursor + row));
  return batch;
}

/**
 * The windows that measure held-out text, always the same: in order and in full where `limit` batches hold them, else
 * as many spread evenly over the text. All batches have the same size; what is beyond the text is not graded. Nothing
 * where there are fewer than two tokens.
 */
export function* validationBatches(tokens: TokenStream, order: Order, limit: number): Generator<WindowBatch> {
  const windows = Math.ceil((tokens.length - 1) / order.length);
  const used = Math.min(windows, limit * order.batch);
  for (let first = 0; first < used; first += order.batch) {
    const batch = emptyBatch(order);
    for (let row = 0; row < order.batch && first + row < used; row++) {
      fillRow(batch, row, tokens, Math.floor(((first + row) * windows) / used) * order.length);
    }
    yield batch;
  }
}

function emptyBatch({ batch, length }: Order): WindowBatch {
  const size = batch * length;
  return { batch, length, inputs: new Int32Array(size), targets: new Int32Array(size).fill(-1), labels: 0 };
}

function fillRow(batch: WindowBatch, row: number, tokens: TokenStream, start: number): void {
  const graded = Math.min(batch.length, tokens.length - 1 - start);
  const at = row * batch.length;
  batch.inputs.set(tokens.subarray(start, start + graded), at);
  batch.targets.set(tokens.subarray(start + 1, start + 1 + graded), at);
  batch.labels += graded;
}
