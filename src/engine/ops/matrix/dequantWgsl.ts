/** How a shader reads a matrix in fewer bits: dequantised where a product loads it, never in memory. */
import { NF4, type QuantizedKind } from './quantize';

/** Kinds of right-hand sides. */
export type RightKind = 'f32' | QuantizedKind;

/** Four signed bytes of a word; unpack4x8snorm would divide by 127 and round once more. */
const SIGNED = `fn signed(word: u32) -> vec4f { return vec4f(vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u)); }`;

/**
 * NF4 in workgroup memory, one bank to a value: no two invocations wait for each other. `fillCodes` is to be called by
 * the whole workgroup before the first `coded`, which takes the low 16 bits as four codes.
 */
const CODED = `
const NF4 = array<f32, 16>(${NF4.map((v) => v.toPrecision(17)).join(', ')});
var<workgroup> codes: array<f32, 16>;
fn coded(word: u32) -> vec4f {
  return vec4f(codes[word & 15u], codes[(word >> 4u) & 15u], codes[(word >> 8u) & 15u], codes[(word >> 12u) & 15u]);
}`;

/** WGSL that the readers of a kind need. */
export const dequantFunctions = (kind: QuantizedKind): string => ({ f16: '', q8: SIGNED, q4: CODED })[kind];

/**
 * First statement of a `main` that reads this kind, for workgroups of 16 invocations or more, `local` the index in one.
 */
export const dequantSetup = (kind: RightKind, local: string): string =>
  kind === 'q4' ? `if (${local} < 16u) { codes[${local}] = NF4[${local}]; } workgroupBarrier();` : '';

/**
 * `fn right(row, k)`: the weights k … k + 3 (k a multiple of 4) of the row whose first word is `row`; `scales`: first
 * word of its scales. `native`: B is declared as halves by four, which needs `enable f16`.
 */
export function rightWGSL(kind: QuantizedKind, scales: string, native = false): string {
  const scale = (shift: number): string => `bitcast<f32>(B[row + ${scales} + (k >> ${shift}u)])`;
  const body = {
    f16: native
      ? 'return vec4f(B[(row >> 1u) + (k >> 2u)]);'
      : `let at = row + (k >> 1u); return vec4f(unpack2x16float(B[at]), unpack2x16float(B[at + 1u]));`,
    q8: `return ${scale(5)} * signed(B[row + (k >> 2u)]);`,
    q4: `return ${scale(6)} * coded(B[row + (k >> 3u)] >> (4u * (k & 4u)));`,
  }[kind];
  return `${dequantFunctions(kind)}
fn right(row: u32, k: u32) -> vec4f { ${body} }`;
}
