/**
 * Matrix products on the heap. XNNPACK multiplies a [M, K] by b [K, N] and nothing else; tfjs does transposed operands
 * in plain loops, at a tenth of the speed. So the smaller matrix is turned first, which costs a pass over it. Measured
 * in Node on one thread, 512 × 192 × 64: XNNPACK 44 GFLOP/s.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { wasmMemory } from '../../device/wasmMemory';

type Form = 'NN' | 'NT' | 'TN';

interface Sizes {
  M: number;
  N: number;
  K: number;
}

/** Rows that are read together when a matrix is turned: their cache lines are all in use until they are done. */
const TURNED_TOGETHER = 16;
/** Up to this many rows a product is bound by reading b, and turning it would read and write it once more. */
const FEW_ROWS = 3;

/** to [columns, rows] = from [rows, columns]ᵀ, within one view of the heap. */
export function transpose(m: Float32Array, to: number, from: number, rows: number, columns: number): void {
  for (let first = 0; first < rows; first += TURNED_TOGETHER) {
    const end = Math.min(rows, first + TURNED_TOGETHER);
    for (let c = 0; c < columns; c++) {
      const goal = to + c * rows;
      for (let r = first; r < end; r++) m[goal + r] = m[from + r * columns + c]!;
    }
  }
}

/** Index of a scratch copy of `from` [rows, columns], turned. */
function turned(name: string, from: number, rows: number, columns: number): number {
  const to = wasmMemory().scratch(name, rows * columns);
  transpose(wasmMemory().f32, to, from, rows, columns);
  return to;
}

/** c = a bᵀ for few rows of a: one dot product for each number, both operands read along their rows. */
function dots(c: number, a: number, b: number, { M, N, K }: Sizes): void {
  const m = wasmMemory().f32;
  for (let row = 0; row < M; row++)
    for (let n = 0; n < N; n++) {
      const [x, w] = [a + row * K, b + n * K];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      let k = 0;
      for (; k + 3 < K; k += 4) {
        s0 += m[x + k]! * m[w + k]!;
        s1 += m[x + k + 1]! * m[w + k + 1]!;
        s2 += m[x + k + 2]! * m[w + k + 2]!;
        s3 += m[x + k + 3]! * m[w + k + 3]!;
      }
      for (; k < K; k++) s0 += m[x + k]! * m[w + k]!;
      m[c + row * N + n] = s0 + s1 + (s2 + s3);
    }
}

/** c = aᵀ b. Turning b and the result instead of a is less work where a is much the wider. */
function turnedLeft(c: number, a: number, b: number, { M, N, K }: Sizes): void {
  if (N * (K + M) >= K * M) return wasmMemory().product(c, turned('matmul a', a, K, M), b, M, N, K);
  const result = wasmMemory().scratch('matmul c', M * N);
  wasmMemory().product(result, turned('matmul b', b, K, N), a, N, M, K);
  transpose(wasmMemory().f32, c, result, N, M);
}

function multiply(form: Form, c: number, a: number, b: number, sizes: Sizes): void {
  const { M, N, K } = sizes;
  if (form === 'TN') turnedLeft(c, a, b, sizes);
  else if (form === 'NN') wasmMemory().product(c, a, b, M, N, K);
  else if (M <= FEW_ROWS) dots(c, a, b, sizes);
  else wasmMemory().product(c, a, turned('matmul b', b, N, K), M, N, K);
}

function addOver(c: number, more: number, size: number): void {
  const m = wasmMemory().f32;
  for (let i = 0; i < size; i++) m[c + i]! += m[more + i]!;
}

/** Adds a row to each of the matrix' rows. */
function addToRows(c: number, row: number, rows: number, columns: number): void {
  for (let i = 0; i < rows; i++) addOver(c + i * columns, row, columns);
}

/** op(a) op(b) (+ bias) (+ residual) as [M, N]. */
export function matmulOnHeap(
  form: Form,
  sizes: Sizes,
  {
    a,
    b,
    bias,
    residual,
  }: Record<'a' | 'b', TensorInfo> & Partial<Record<'bias' | 'residual', TensorInfo | undefined>>,
): TensorInfo {
  const c = wasmMemory().alloc([sizes.M, sizes.N]);
  const at = wasmMemory().at(c);
  multiply(form, at, wasmMemory().at(a), wasmMemory().at(b), sizes);
  if (bias) addToRows(at, wasmMemory().at(bias), sizes.M, sizes.N);
  if (residual) addOver(at, wasmMemory().at(residual), sizes.M * sizes.N);
  return c;
}

/** c += op(a) op(b). */
export function matmulIntoOnHeap(form: Form, sizes: Sizes, c: TensorInfo, a: TensorInfo, b: TensorInfo): void {
  const sum = wasmMemory().scratch('matmul sum', sizes.M * sizes.N);
  multiply(form, sum, wasmMemory().at(a), wasmMemory().at(b), sizes);
  addOver(wasmMemory().at(c), sum, sizes.M * sizes.N);
}
