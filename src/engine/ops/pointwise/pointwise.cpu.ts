/** Loops over single numbers on the heap: sums, the gated activation, rotations, the optimizers' updates. */
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

/** Elements 4 and 5 of `globalNorm`'s state. */
const skipped = (state: TensorInfo): boolean => wasmMemory().f32[wasmMemory().at(state) + 5] !== 0;
const scaleIn = (state: TensorInfo): number => wasmMemory().f32[wasmMemory().at(state) + 4]!;

interface AdamNumbers {
  beta1: number;
  beta2: number;
  epsilon: number;
  l2: number;
  keep: number;
  stepSize: number;
  rootCorrection2: number;
}

/** The update of kernels/adamw.ts; the moments of this weight are those from `start` on. */
export function adamOnHeap(
  t: Record<'weight' | 'moment1' | 'moment2' | 'gradient' | 'state', TensorInfo>,
  start: number,
  n: AdamNumbers,
): void {
  if (skipped(t.state)) return;
  const { beta1, beta2, epsilon, l2, keep, stepSize, rootCorrection2 } = n;
  const [m, size, scale] = [wasmMemory().f32, sizeOf(t.weight), scaleIn(t.state)];
  const [weight, gradient] = [wasmMemory().at(t.weight), wasmMemory().at(t.gradient)];
  const [first, second] = [wasmMemory().at(t.moment1) + start, wasmMemory().at(t.moment2) + start];
  for (let i = 0; i < size; i++) {
    const g = scale * m[gradient + i]! + l2 * m[weight + i]!;
    const mean = beta1 * m[first + i]! + (1 - beta1) * g;
    const square = beta2 * m[second + i]! + (1 - beta2) * g * g;
    m[first + i] = mean;
    m[second + i] = square;
    m[weight + i] = keep * m[weight + i]! - (stepSize * mean) / (Math.sqrt(square) / rootCorrection2 + epsilon);
  }
}

/** The update of kernels/sgd.ts; the moments of this weight are those from `start` on. */
export function sgdOnHeap(
  t: Record<'weight' | 'moment1' | 'gradient' | 'state', TensorInfo>,
  start: number,
  { rate, momentum, decay }: { rate: number; momentum: number; decay: number },
): void {
  if (skipped(t.state)) return;
  const [m, size, scale] = [wasmMemory().f32, sizeOf(t.weight), scaleIn(t.state)];
  const [weight, gradient, moment] = [
    wasmMemory().at(t.weight),
    wasmMemory().at(t.gradient),
    wasmMemory().at(t.moment1) + start,
  ];
  for (let i = 0; i < size; i++) {
    m[moment + i] = momentum * m[moment + i]! + scale * m[gradient + i]! + decay * m[weight + i]!;
    m[weight + i]! -= rate * m[moment + i]!;
  }
}

/** Σ g² of one tensor, in f64. */
export function squaresOnHeap(gradient: TensorInfo): number {
  const [m, at, size] = [wasmMemory().f32, wasmMemory().at(gradient), sizeOf(gradient)];
  let sum = 0;
  for (let i = at; i < at + size; i++) sum += m[i]! * m[i]!;
  return sum;
}
