/**
 * Loops over single numbers on the heap: sums and the gated activation. The maths is in `add.ts` and `activation.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { wasmMemory } from '../../device/wasmMemory';

const sizeOf = (t: TensorInfo): number => tf.util.sizeFromShape(t.shape);

export function addOnHeap(a: TensorInfo, b: TensorInfo): TensorInfo {
  const c = wasmMemory().alloc(a.shape);
  const m = wasmMemory().f32;
  const [x, y, to, size] = [wasmMemory().at(a), wasmMemory().at(b), wasmMemory().at(c), sizeOf(a)];
  for (let i = 0; i < size; i++) m[to + i] = m[x + i]! + m[y + i]!;
  return c;
}

export function addInPlaceOnHeap(a: TensorInfo, b: TensorInfo): void {
  const [m, x, y, size] = [wasmMemory().f32, wasmMemory().at(a), wasmMemory().at(b), sizeOf(a)];
  for (let i = 0; i < size; i++) m[x + i]! += m[y + i]!;
}

/** Index of σ(gate) [rows, half] in scratch, by XNNPACK; gates are the first half of each row of x. */
function sigmoids(x: number, rows: number, half: number): number {
  const to = wasmMemory().scratch('sigmoids', rows * half);
  const m = wasmMemory().f32;
  for (let row = 0; row < rows; row++) {
    m.copyWithin(to + row * half, x + 2 * row * half, x + (2 * row + 1) * half);
  }
  wasmMemory().sigmoid(to, to, rows * half);
  return to;
}

/** y = g·σ(g)·u. */
export function swigluOnHeap(x: TensorInfo): TensorInfo {
  const [rows, half] = [x.shape[0]!, x.shape[1]! / 2];
  const y = wasmMemory().alloc([rows, half]);
  const [from, to] = [wasmMemory().at(x), wasmMemory().at(y)];
  const s = sigmoids(from, rows, half);
  const m = wasmMemory().f32;
  for (let row = 0; row < rows; row++) {
    const gate = from + 2 * row * half;
    const at = row * half;
    for (let c = 0; c < half; c++) m[to + at + c] = m[gate + c]! * m[s + at + c]! * m[gate + half + c]!;
  }
  return y;
}

/** dg = dy·u·s·(1 + g·(1 − s)); du = dy·g·s. */
export function swigluGradientOnHeap(x: TensorInfo, dy: TensorInfo): TensorInfo {
  const [rows, half] = [x.shape[0]!, x.shape[1]! / 2];
  const dx = wasmMemory().alloc(x.shape);
  const from = wasmMemory().at(x);
  const to = wasmMemory().at(dx);
  const above = wasmMemory().at(dy);
  const sigma = sigmoids(from, rows, half);
  const m = wasmMemory().f32;
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < half; c++) {
      const gate = 2 * row * half + c;
      const g = m[from + gate]!;
      const s = m[sigma + row * half + c]!;
      const d = m[above + row * half + c]!;
      m[to + gate] = d * m[from + gate + half]! * s * (1 + g * (1 - s));
      m[to + gate + half] = d * g * s;
    }
  return dx;
}
