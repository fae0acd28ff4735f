/** Rows whose tokens count differently as predictions, and how such a row is placed into a window of a batch. */
import type { TokenBatch } from '../../base/batch';
import type { TokenStream } from './textWindows';

/** Rows one after another, with a weight for each token. */
export interface GradedRows {
  ids: TokenStream;
  /** Of each id: how much it counts as a prediction; 0 is masked. */
  weights: Float32Array;
  /** Where each row begins, and the end of the last. */
  offsets: Uint32Array;
}

/** A batch of one text with all that rows write. */
type WholeBatch = Required<Omit<TokenBatch, 'origins'>>;

export const rowCount = ({ offsets }: GradedRows): number => offsets.length - 1;

/** Predictions of a row in a window: each token but the last predicts the next; a row is cut at the window's end. */
export const predictionsIn = ({ offsets }: GradedRows, row: number, length: number): number =>
  Math.min(length, offsets[row + 1]! - offsets[row]! - 1);

/** Whether a row has a graded token within a window of `length`. */
export function isGraded(rows: GradedRows, row: number, length: number): boolean {
  const first = rows.offsets[row]!;
  const used = predictionsIn(rows, row, length);
  for (let i = 1; i <= used; i++) if (rows.weights[first + i]! > 0) return true;
  return false;
}

/** A batch of padding: nothing is graded, and each place attends to nothing (see `TokenBatch.starts`). */
export function emptyBatch({ batch, length }: { batch: number; length: number }): WholeBatch {
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

/** Writes a row into a window from place `at` on; returns the places that it fills. */
export function placeRow(out: WholeBatch, rows: GradedRows, window: number, at: number, row: number): number {
  const { ids, weights, offsets } = rows;
  const first = offsets[row]!;
  const used = predictionsIn(rows, row, out.length);
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
