import type { Order, TokenStream, WindowBatch } from './textWindows';
import { binOrder, packBins, type Bin } from './pack';

/** Rows whose tokens count differently, one after another. */
export interface GradedRows {
  ids: TokenStream;
  /** Of each id: how much it counts as a prediction. */
  weights: Float32Array;
  /** Where each row begins, and the end. */
  offsets: Uint32Array;
}

/** Windows that hold rows apart from each other. All arrays are [batch × length]. */
export interface GradedBatch extends WindowBatch {
  weights: Float32Array;
  /**
   * The first token of a token's row, by its place in the window; beyond its own place for padding, which so sees
   * nothing.
   */
  starts: Int32Array;
  /** The place of a token in its row. */
  positions: Int32Array;
}

export interface GradedOrder extends Order {
  /** Several rows to a window; else one. */
  packing: boolean;
}

/** Predictions that a row has: each token but the last predicts the next, and no more than a window holds. */
const usedLength = ({ offsets }: GradedRows, row: number, length: number): number =>
  Math.min(length, offsets[row + 1]! - offsets[row]! - 1);

/** Whether a row teaches anything within a window. */
export function isGraded(rows: GradedRows, row: number, length: number): boolean {
  const first = rows.offsets[row]!;
  const used = usedLength(rows, row, length);
  for (let i = 1; i <= used; i++) if (rows.weights[first + i]! > 0) return true;
  return false;
}

/**
 * The windows of graded rows. Rows longer than a window are cut at its end; those of which nothing graded is left are
 * passed over: of held-out rows all may be.
 */
export class GradedWindows {
  readonly bins: readonly Bin[];

  constructor(
    readonly rows: GradedRows,
    readonly order: GradedOrder,
  ) {
    const { length, packing } = order;
    const all = Array.from({ length: rows.offsets.length - 1 }, (_, row) => row);
    const used = all.filter((row) => isGraded(rows, row, length));
    const lengths = used.map((row) => usedLength(rows, row, length));
    this.bins = packing ? packBins(lengths, length).map((bin) => bin.map((i) => used[i]!)) : used.map((row) => [row]);
  }

  /** Windows of one pass over the rows. */
  get count(): number {
    return this.bins.length;
  }

  /**
   * The micro-batches of the step whose first window is `cursor`: those of epoch 0 in their order, then of epoch 1, …
   */
  trainBatches(cursor: number, micro: number): GradedBatch[] {
    const { batch } = this.order;
    return Array.from({ length: micro }, (_, m) =>
      this.#batch(Array.from({ length: batch }, (_, i) => this.#binAt(cursor + m * batch + i))),
    );
  }

  /** All windows in order, or `limit` batches of them spread evenly; the last is filled up with padding. */
  *validationBatches(limit: number): Generator<GradedBatch> {
    const { batch } = this.order;
    const used = Math.min(this.count, limit * batch);
    for (let first = 0; first < used; first += batch) {
      const places = Array.from({ length: Math.min(batch, used - first) }, (_, i) => first + i);
      yield this.#batch(places.map((place) => this.bins[Math.floor((place * this.count) / used)]!));
    }
  }

  #epoch: { number: number; order: Uint32Array } | undefined;

  #binAt(position: number): Bin {
    const number = Math.floor(position / this.count);
    if (this.#epoch?.number !== number) this.#epoch = { number, order: binOrder(this.count, this.order.seed, number) };
    return this.bins[this.#epoch.order[position % this.count]!]!;
  }

  #batch(bins: readonly Bin[]): GradedBatch {
    const out = emptyPacked(this.order);
    bins.forEach((bin, window) => {
      let at = 0;
      for (const row of bin) at += placeRow(out, this.rows, window, at, row);
    });
    return out;
  }
}

/** Puts a row into a window from `at` on; gives its length there. */
export function placeRow(out: GradedBatch, rows: GradedRows, window: number, at: number, row: number): number {
  const { ids, weights, offsets } = rows;
  const first = offsets[row]!;
  const used = usedLength(rows, row, out.length);
  const base = window * out.length + at;
  for (let i = 0; i < used; i++) {
    const weight = weights[first + i + 1]!;
    out.inputs[base + i] = ids[first + i]!;
    out.starts[base + i] = at;
    out.positions[base + i] = i;
    if (weight <= 0) continue;
    out.targets[base + i] = ids[first + i + 1]!;
    out.weights[base + i] = weight;
    out.labels++;
  }
  return used;
}

export function emptyPacked({ batch, length }: Order): GradedBatch {
  const size = batch * length;
  return {
    batch,
    length,
    inputs: new Int32Array(size),
    targets: new Int32Array(size).fill(-1),
    weights: new Float32Array(size),
    starts: Int32Array.from({ length: size }, (_, i) => (i % length) + 1),
    positions: new Int32Array(size),
    labels: 0,
  };
}
