import { stream } from '../base/rng';

/** The tokens of one document, and how much each counts as a target: 0 is not graded. */
export interface TokenRow {
  ids: Uint32Array;
  weights: Float32Array;
}

/** Which rows share a window, in their order. */
export type Window = readonly number[];

/** Windows of whole documents; each array is [batch × length]. */
export interface PackedBatch {
  batch: number;
  length: number;
  inputs: Int32Array;
  /** What follows each token in its own document; -1 is not graded. */
  targets: Int32Array;
  /** The index in its window of the first token of each token's document; of padding, one beyond its own index. */
  starts: Int32Array;
  /** Counted from 0 in each document. */
  positions: Int32Array;
  /** How much each target counts; 0 where it is not graded. */
  weights: Float32Array;
  labels: number;
}

/**
 * First-fit decreasing (Johnson, 1973): rows from the longest, each into the first window that has room; at most 11/9 of the
 * fewest windows possible. Rows longer than `length` must have been cut. Equal lengths come in a seeded order. A tree of the
 * room left finds the first window in log n.
 */
export function pack(lengths: ArrayLike<number>, length: number, seed: number): Window[] {
  const order = stream(seed, 'pack').shuffle(Uint32Array.from({ length: lengths.length }, (_, i) => i));
  order.sort((a, b) => lengths[b]! - lengths[a]!);
  const rooms = new Rooms(lengths.length, length);
  const windows: number[][] = [];
  for (const row of order) {
    if (!lengths[row]) continue;
    const at = rooms.take(lengths[row]);
    (windows[at] ??= []).push(row);
  }
  return windows;
}

/** One row a window: what packing is compared with, and what is measured without it. */
export const unpacked = (lengths: ArrayLike<number>): Window[] =>
  Array.from({ length: lengths.length }, (_, row) => [row]).filter(([row]) => lengths[row!]);

/** Room left in each window, as a tree of maxima: the first leaf with enough is found from the root. */
class Rooms {
  readonly #leaves: number;
  readonly #most: Int32Array;

  constructor(windows: number, length: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, windows)));
    this.#most = new Int32Array(2 * this.#leaves).fill(length);
  }

  take(size: number): number {
    const most = this.#most;
    let node = 1;
    while (node < this.#leaves) node = most[2 * node]! >= size ? 2 * node : 2 * node + 1;
    const window = node - this.#leaves;
    most[node]! -= size;
    for (node >>= 1; node; node >>= 1) most[node] = Math.max(most[2 * node]!, most[2 * node + 1]!);
    return window;
  }
}

/** The window at a position of the run: those of epoch 0 in their seeded order, then of epoch 1, … */
export function packedWindowAt(windows: readonly Window[], seed: number, position: number): Window {
  const order = epochOrder(windows.length, seed, Math.floor(position / windows.length));
  return windows[order[position % windows.length]!]!;
}

let lastOrder: { key: string; order: Uint32Array } | undefined;
function epochOrder(windows: number, seed: number, epoch: number): Uint32Array {
  const key = [windows, seed, epoch].join();
  if (lastOrder?.key !== key) {
    const order = stream(seed, 'order', epoch).shuffle(Uint32Array.from({ length: windows }, (_, i) => i));
    lastOrder = { key, order };
  }
  return lastOrder.order;
}

/** The batch whose first window is `cursor`; seed and cursor alone fix it, so that a run resumes without any state. */
export function packedBatch(
  windows: readonly Window[],
  rowAt: (row: number) => TokenRow,
  order: { seed: number; batch: number; length: number },
  cursor: number,
): PackedBatch {
  const chosen = Array.from({ length: order.batch }, (_, i) => packedWindowAt(windows, order.seed, cursor + i));
  return fillWindows(
    chosen.map((window) => window.map(rowAt)),
    order.length,
  );
}

/** Lays rows one after another into windows of `length` tokens. */
export function fillWindows(windows: readonly (readonly TokenRow[])[], length: number): PackedBatch {
  const size = windows.length * length;
  const batch: PackedBatch = {
    batch: windows.length,
    length,
    inputs: new Int32Array(size),
    targets: new Int32Array(size).fill(-1),
    starts: Int32Array.from({ length: size }, (_, i) => (i % length) + 1),
    positions: new Int32Array(size),
    weights: new Float32Array(size),
    labels: 0,
  };
  windows.forEach((rows, window) => {
    let start = 0;
    for (const row of rows) {
      fillDocument(batch, window * length, start, row);
      start += row.ids.length;
    }
  });
  return batch;
}

function fillDocument(batch: PackedBatch, window: number, start: number, { ids, weights }: TokenRow): void {
  for (let i = 0; i < ids.length; i++) {
    const at = window + start + i;
    batch.inputs[at] = ids[i]!;
    batch.starts[at] = start;
    batch.positions[at] = i;
    // The last token of a document predicts nothing: what follows is another's.
    if (i + 1 === ids.length || !weights[i + 1]) continue;
    batch.targets[at] = ids[i + 1]!;
    batch.weights[at] = weights[i + 1]!;
    batch.labels++;
  }
}

/** The least multiple of `step` that holds the longest row: few sizes, so that few kernels are made. */
export const bucketOf = (lengths: readonly number[], step: number): number =>
  step * Math.max(1, Math.ceil(Math.max(...lengths, 0) / step));
