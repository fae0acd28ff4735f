/**
 * Rows of the cross-entropy on the heap; the maths is in kernels/crossEntropy.ts. XNNPACK's softmax takes the
 * exponentials. With p that of the largest logit, the sum of exponentials is e^top / p, so that no logarithm is taken
 * of a probability that may have become zero.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { wasmMemory } from '../../device/wasmMemory';

/**
 * Rows that are turned into probabilities at a time: they stay in the cache, and in scratch where the logits must not
 * change.
 */
const ROWS = 32;

interface Attrs {
  step: { lossScale: number };
  train: boolean;
  from: number;
}

/** Indices of the tensors, and the columns of the logits. */
interface Places {
  rows: number;
  logits: number;
  targets: number;
  weights: number;
  width: number;
}

/** The place of the first of the largest logits; `poison` is 0, or NaN from an infinity or a NaN on. */
function largest(m: Float32Array, from: number, width: number): { place: number; poison: number } {
  let [place, poison] = [0, 0];
  for (let v = 0; v < width; v++) {
    if (m[from + v]! > m[from + place]!) place = v;
    poison += m[from + v]! * 0;
  }
  return { place, poison };
}

/** Turns the probabilities of one row into its gradient, in place. */
function toGradient(m: Float32Array, from: number, width: number, label: number, scale: number): void {
  if (label < 0) return void m.fill(0, from, from + width);
  for (let i = from; i < from + width; i++) m[i]! *= scale;
  m[from + label]! -= scale;
}

/** Some rows from row `first` of the logits on; `at` counts the rows of the other tensors. */
function someRows(p: Places, first: number, at: number, count: number, { step, train }: Attrs): void {
  const logits = p.logits + first * p.width;
  const chances = train ? logits : wasmMemory().scratch('chances', ROWS * p.width);
  const [before, ids] = [wasmMemory().f32, wasmMemory().i32];
  const found = Array.from({ length: count }, (_, n) => {
    const row = logits + n * p.width;
    const { place, poison } = largest(before, row, p.width);
    return { place, less: before[row + place]! - before[row + Math.max(0, ids[p.targets + at + n]!)]! + poison };
  });
  wasmMemory().softmax(chances, logits, count, p.width);
  const [m, targets] = [wasmMemory().f32, wasmMemory().i32];
  found.forEach(({ place, less }, n) => {
    const label = targets[p.targets + at + n]!;
    const weight = label < 0 ? 0 : m[p.weights + at + n]!;
    const row = chances + n * p.width;
    const out = p.rows + 2 * (at + n);
    m[out] = label < 0 ? 0 : weight * (less - Math.log(m[row + place]!));
    m[out + 1] = place === label ? weight : 0;
    if (train) toGradient(m, row, p.width, label, step.lossScale * weight);
  });
}

/** [w·nll, w·hit] of each row into `rows`, and when training the gradient over the logits. */
export function crossEntropyRowsOnHeap(
  t: Record<'rows' | 'logits' | 'targets' | 'weights', TensorInfo>,
  attrs: Attrs,
): void {
  const [count, width] = [t.logits.shape[0]!, t.logits.shape[1]!];
  const at = (tensor: TensorInfo): number => wasmMemory().at(tensor);
  const places = { rows: at(t.rows), logits: at(t.logits), targets: at(t.targets), weights: at(t.weights), width };
  for (let n = 0; n < count; n += ROWS) someRows(places, n, attrs.from + n, Math.min(ROWS, count - n), attrs);
}
