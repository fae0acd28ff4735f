/** Matrices in fewer bits on the GPU, and how a shader reads them: dequantised where a product loads them, never in memory. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { newTensor } from '../buffers';
import { device } from './door';
import { NF4, rowLayout, packRows, type PackedKind } from './quantize';

/** W [rows, columns] as the right-hand side of products x Wᵀ and dy W. It is frozen, or the copy of a matrix that is trained. */
export interface PackedMatrix {
  kind: PackedKind;
  shape: [rows: number, columns: number];
  /** int32 [rows, words of a row], as `packRows` makes them. */
  words: Tensor;
  /** The f32 matrix that this is a copy of: gradients belong to it. Absent: W is frozen. */
  master?: Tensor;
}

export type Matrix = Tensor | PackedMatrix;

export const isPacked = (matrix: Matrix): matrix is PackedMatrix => 'kind' in matrix;

/** The tensor that gets the gradient of a matrix; a frozen one has none. */
export const trainedOf = (matrix: Matrix): Tensor | undefined => (isPacked(matrix) ? matrix.master : matrix);

/** Room for a packed matrix. The caller disposes `words`. */
export const newPacked = (kind: PackedKind, shape: [rows: number, columns: number]): PackedMatrix => ({
  kind,
  shape,
  words: newTensor([shape[0], rowLayout(kind, shape[1]).words], 'int32'),
});

/** Puts a matrix on the GPU that comes in parts of whole rows, each packed when it comes. The caller disposes `words`. */
export async function uploadPacked(
  kind: PackedKind,
  shape: [rows: number, columns: number],
  parts: Iterable<Float32Array> | AsyncIterable<Float32Array>,
): Promise<PackedMatrix> {
  const matrix = newPacked(kind, shape);
  const { words } = matrix;
  let at = 0;
  try {
    for await (const part of parts) {
      const packed = packRows(kind, shape[1], part);
      device().write(words, packed, at);
      at += packed.byteLength;
    }
    if (at !== 4 * words.size) throw new Error(`${at} of ${4 * words.size} bytes of a packed matrix`);
  } catch (thrown) {
    words.dispose();
    throw thrown;
  }
  return matrix;
}

/** Kinds of right-hand sides. */
export type RightKind = 'f32' | PackedKind;

/** Four signed bytes of a word; unpack4x8snorm would divide by 127 and round once more. */
const SIGNED = `fn signed(word: u32) -> vec4f { return vec4f(vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u)); }`;

/**
 * NF4 in workgroup memory, one bank to a value: no two invocations wait for each other. `fillCodes` is to be called by the whole workgroup
 * before the first `coded`, which takes the low 16 bits as four codes.
 */
const CODED = `
const NF4 = array<f32, 16>(${NF4.map((v) => v.toPrecision(17)).join(', ')});
var<workgroup> codes: array<f32, 16>;
fn coded(word: u32) -> vec4f {
  return vec4f(codes[word & 15u], codes[(word >> 4u) & 15u], codes[(word >> 8u) & 15u], codes[(word >> 12u) & 15u]);
}`;

/** WGSL that the readers of a kind need. */
export const unpackers = (kind: PackedKind): string => ({ f16: '', q8: SIGNED, q4: CODED })[kind];

/** First statement of a `main` that reads this kind, for workgroups of 16 invocations or more, `local` the index in one. */
export const prepare = (kind: RightKind, local: string): string =>
  kind === 'q4' ? `if (${local} < 16u) { codes[${local}] = NF4[${local}]; } workgroupBarrier();` : '';

/**
 * `fn right(row, k)`: the weights k … k + 3 (k a multiple of 4) of the row whose first word is `row`; `scales`: first word of its scales. `native`: B
 * is declared as halves by four, which needs `enable f16`.
 */
export function rightWGSL(kind: PackedKind, scales: string, native = false): string {
  const scale = (shift: number): string => `bitcast<f32>(B[row + ${scales} + (k >> ${shift}u)])`;
  const body = {
    f16: native
      ? 'return vec4f(B[(row >> 1u) + (k >> 2u)]);'
      : `let at = row + (k >> 1u); return vec4f(unpack2x16float(B[at]), unpack2x16float(B[at + 1u]));`,
    q8: `return ${scale(5)} * signed(B[row + (k >> 2u)]);`,
    q4: `return ${scale(6)} * coded(B[row + (k >> 3u)] >> (4u * (k & 4u)));`,
  }[kind];
  return `${unpackers(kind)}
fn right(row: u32, k: u32) -> vec4f { ${body} }`;
}
