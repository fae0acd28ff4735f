/**
 * Windows of continuous text: every token is graded and a window may hold the end of one row and the beginning of the
 * next. Rows with a loss mask are cut in gradedWindows.ts.
 */
import type { TokenBatch } from '../../base/batch';
import { AtelierError } from '../../base/errors/errors';
import { stream } from '../../base/numbers/rng';
import { OrderedWindows, type EpochWindow, type WindowOrder } from './orderedWindows';

/** The tokens of one side of the data, one after another; each row ends with the end token. */
export type TokenStream = Uint16Array | Uint32Array;

/**
 * The windows of `train` in shuffled order and those of `held` in text order. Held-out text of fewer than two tokens
 * has no window.
 * @throws text-too-short
 */
export function textWindows(train: TokenStream, held: TokenStream, order: WindowOrder): OrderedWindows<TokenBatch> {
  const { seed, length } = order;
  const count = windowsPerEpoch(train.length, length);
  // The tokens that fill no window (fewer than `length`) are left out at another place in each epoch.
  const shiftIn = (epoch: number): number => stream(seed, 'shift', epoch).below(train.length - count * length);
  const heldCount = Math.max(0, Math.ceil((held.length - 1) / length));
  const side = (tokens: TokenStream, windows: number, startOf: (at: EpochWindow) => number) => ({
    ...{ count: windows, tokens: windows * length },
    batch: (at: readonly EpochWindow[]) => batchFrom(tokens, at.map(startOf), order),
  });
  return new OrderedWindows(
    side(train, count, ({ window, epoch }) => shiftIn(epoch) + window * length),
    side(held, heldCount, ({ window }) => window * length),
    order,
  );
}

/**
 * Windows of one epoch: each token but the last predicts the next, and neighbouring windows share only their edges.
 * @throws text-too-short
 */
function windowsPerEpoch(tokens: number, length: number): number {
  if (tokens < length + 1) {
    const facts = { tokens, context: length, needed: length + 1, longest: Math.max(0, tokens - 1) };
    throw new AtelierError('text-too-short', facts);
  }
  return Math.floor((tokens - 1) / length);
}

/** The windows that begin at these tokens. What lies beyond the text stays ungraded, so all batches have one size. */
function batchFrom(tokens: TokenStream, starts: readonly number[], { batch, length }: WindowOrder): TokenBatch {
  const inputs = new Int32Array(batch * length);
  const targets = new Int32Array(batch * length).fill(-1);
  let labels = 0;
  starts.forEach((start, window) => {
    const graded = Math.min(length, tokens.length - 1 - start);
    inputs.set(tokens.subarray(start, start + graded), window * length);
    targets.set(tokens.subarray(start + 1, start + 1 + graded), window * length);
    labels += graded;
  });
  return { batch, length, inputs, targets, labels };
}
