/** The loops of rmsNorm on the heap; the maths is in kernels/rmsNorm.ts. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { wasmMemory } from '../../device/wasmMemory';
import { addInPlaceOnHeap } from '../pointwise/pointwise.cpu';

const sizes = (x: TensorInfo) => ({ rows: x.shape[0]!, width: x.shape[1]! });

/** [y, r] of x, w and the residual. */
export function rmsNormOnHeap(
  { x, w, residual }: { x: TensorInfo; w: TensorInfo; residual?: TensorInfo | undefined },
  { eps, offset }: { eps: number; offset: number },
): TensorInfo[] {
  const { rows, width } = sizes(x);
  const [y, r] = [wasmMemory().alloc(x.shape), wasmMemory().alloc([rows])];
  const m = wasmMemory().f32;
  const weight = wasmMemory().at(w);
  const scales = wasmMemory().at(r);
  for (let row = 0; row < rows; row++) {
    const from = wasmMemory().at(x) + row * width;
    const to = wasmMemory().at(y) + row * width;
    let sum = 0;
    for (let i = from; i < from + width; i++) sum += m[i]! * m[i]!;
    const scale = 1 / Math.sqrt(sum / width + eps);
    m[scales + row] = scale;
    for (let c = 0; c < width; c++) m[to + c] = m[from + c]! * scale * (offset + m[weight + c]!);
  }
  if (residual) addInPlaceOnHeap(y, residual);
  return [y, r];
}

/** dx, plus `sum` where there is one: in place, or in a new tensor. */
export function rmsNormDxOnHeap(
  t: Record<'x' | 'w' | 'r' | 'dy', TensorInfo> & { sum?: TensorInfo | undefined },
  offset: number,
  inPlace: boolean,
): TensorInfo {
  const { rows, width } = sizes(t.x);
  const dx = inPlace ? t.sum! : wasmMemory().alloc(t.x.shape);
  if (t.sum && !inPlace) wasmMemory().view(dx).set(wasmMemory().view(t.sum));
  const m = wasmMemory().f32;
  const weight = wasmMemory().at(t.w);
  for (let row = 0; row < rows; row++) {
    const x = wasmMemory().at(t.x) + row * width;
    const dy = wasmMemory().at(t.dy) + row * width;
    const to = wasmMemory().at(dx) + row * width;
    const scale = m[wasmMemory().at(t.r) + row]!;
    let sum = 0;
    for (let c = 0; c < width; c++) sum += m[dy + c]! * (offset + m[weight + c]!) * m[x + c]!;
    const along = (sum * scale * scale) / width;
    for (let c = 0; c < width; c++) {
      const alone = scale * (m[dy + c]! * (offset + m[weight + c]!) - m[x + c]! * along);
      m[to + c] = t.sum ? m[to + c]! + alone : alone;
    }
  }
  return dx;
}

export function rmsNormDwOnHeap(t: Record<'x' | 'r' | 'dy', TensorInfo>): TensorInfo {
  const { rows, width } = sizes(t.x);
  const dw = wasmMemory().alloc([width]);
  const m = wasmMemory().f32;
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const x = wasmMemory().at(t.x) + row * width;
    const dy = wasmMemory().at(t.dy) + row * width;
    const scale = m[wasmMemory().at(t.r) + row]!;
    for (let c = 0; c < width; c++) sums[c]! += m[dy + c]! * m[x + c]! * scale;
  }
  m.set(sums, wasmMemory().at(dw));
  return dw;
}
