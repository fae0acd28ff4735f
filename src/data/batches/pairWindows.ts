import type { Order } from './textWindows';
import { emptyPacked, isGraded, placeRow, type GradedRows, type GradedBatch } from './gradedWindows';
import { binOrder } from './pack';

/** Window i of both is one pair. */
export interface PairBatch {
  chosen: GradedBatch;
  rejected: GradedBatch;
}

/**
 * The windows of pairs, of which rows 2i and 2i + 1 are the chosen and the rejected answer: one row to a window, cut at
 * its end. A pair of which either answer has nothing graded left is passed over.
 */
export class PairWindows {
  /** Numbers of the pairs that are read. */
  readonly pairs: readonly number[];

  constructor(
    readonly rows: GradedRows,
    readonly order: Order,
  ) {
    const all = (rows.offsets.length - 1) >> 1;
    const graded = (row: number): boolean => isGraded(rows, row, order.length);
    this.pairs = Array.from({ length: all }, (_, pair) => pair).filter((p) => graded(2 * p) && graded(2 * p + 1));
  }

  /** Windows of one pass over the pairs. */
  get count(): number {
    return this.pairs.length;
  }

  /**
   * The micro-batches of the step whose first pair is `cursor`, in an order that follows from the seed, as
   * `GradedWindows` has it.
   */
  trainBatches(cursor: number, micro: number): PairBatch[] {
    const { batch } = this.order;
    return Array.from({ length: micro }, (_, m) =>
      this.#batch(Array.from({ length: batch }, (_, i) => this.#pairAt(cursor + m * batch + i))),
    );
  }

  /** All pairs in order, or `limit` batches of them spread evenly; the last is filled up with padding. */
  *validationBatches(limit: number): Generator<PairBatch> {
    const { batch } = this.order;
    const used = Math.min(this.count, limit * batch);
    for (let first = 0; first < used; first += batch) {
      const places = Array.from({ length: Math.min(batch, used - first) }, (_, i) => first + i);
      yield this.#batch(places.map((place) => this.pairs[Math.floor((place * this.count) / used)]!));
    }
  }

  #epoch: { number: number; order: Uint32Array } | undefined;

  #pairAt(position: number): number {
    const number = Math.floor(position / this.count);
    if (this.#epoch?.number !== number) this.#epoch = { number, order: binOrder(this.count, this.order.seed, number) };
    return this.pairs[this.#epoch.order[position % this.count]!]!;
  }

  #batch(pairs: readonly number[]): PairBatch {
    const [chosen, rejected] = [emptyPacked(this.order), emptyPacked(this.order)];
    pairs.forEach((pair, window) => {
      placeRow(chosen, this.rows, window, 0, 2 * pair);
      placeRow(rejected, this.rows, window, 0, 2 * pair + 1);
    });
    return { chosen, rejected };
  }
}
