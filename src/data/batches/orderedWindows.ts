/**
 * The order in which a run reads its windows, shared by text, graded rows and pairs. It follows from seed and cursor
 * alone, so a resumed run needs no other state. How a window is cut from tokens is left to the caller.
 */
import type { Batch, Windows } from '../../base/batch';
import { stream } from '../../base/numbers/rng';

/** What fixes which windows a step reads. */
export interface WindowOrder {
  seed: number;
  /** Windows computed together. */
  batch: number;
  /** Tokens of a window: the context length. */
  length: number;
  /** Micro-batches of one optimizer step (gradient accumulation). */
  accumulate: number;
  /** Most batches of held-out windows in one validation. */
  validationBatches: number;
}

/** A window by its number on its side of the data. Held-out windows are those of epoch 0. */
export interface EpochWindow {
  window: number;
  epoch: number;
}

/** The training or the held-out windows. */
export interface WindowSide<B extends Batch> {
  /** Windows of one epoch. */
  count: number;
  /** That all of them hold together; padding is none. */
  tokens: number;
  /** @param windows as many as a batch has, or fewer: the last held-out batch is filled up with padding */
  batch(windows: readonly EpochWindow[]): B;
}

/** Training windows shuffled anew in each epoch; held-out windows always in the same order. */
export class OrderedWindows<B extends Batch> implements Windows<B> {
  /** The permutation in use: consecutive steps read the same epoch. */
  #epoch: { number: number; order: Uint32Array } | undefined;

  constructor(
    readonly train: WindowSide<B>,
    private readonly held: WindowSide<B>,
    private readonly order: Omit<WindowOrder, 'length'>,
  ) {}

  get count(): number {
    return this.train.count;
  }

  trainBatches(cursor: number): B[] {
    const { batch, accumulate } = this.order;
    const windows = (first: number): EpochWindow[] => Array.from({ length: batch }, (_, i) => this.windowAt(first + i));
    return Array.from({ length: accumulate }, (_, micro) => this.train.batch(windows(cursor + micro * batch)));
  }

  /**
   * All held-out windows where the limit allows it, else as many as it allows, spread evenly over the held-out data.
   */
  *validationBatches(): Generator<B> {
    const { batch, validationBatches: limit } = this.order;
    const { count } = this.held;
    const used = Math.min(count, limit * batch);
    for (let first = 0; first < used; first += batch) {
      const size = Math.min(batch, used - first);
      const windowAt = (i: number): number => Math.floor((i * count) / used);
      yield this.held.batch(Array.from({ length: size }, (_, i) => ({ window: windowAt(first + i), epoch: 0 })));
    }
  }

  /** @param position windows since the beginning of the run */
  windowAt(position: number): EpochWindow {
    const epoch = Math.floor(position / this.count);
    if (this.#epoch?.number !== epoch) this.#epoch = { number: epoch, order: this.#shuffled(epoch) };
    return { window: this.#epoch.order[position % this.count]!, epoch };
  }

  /** A permutation of the epoch's windows (Fisher–Yates, in `RandomStream.shuffle`). */
  #shuffled(epoch: number): Uint32Array {
    return stream(this.order.seed, 'order', epoch).shuffle(Uint32Array.from({ length: this.count }, (_, i) => i));
  }
}
