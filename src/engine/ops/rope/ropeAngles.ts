/**
 * Angles of the rotary position embedding (Su et al., 2021): position·f_j for the pair j < D/2 of a head, f_j =
 * theta^(−2j/D), stretched for longer texts where a model says so. They are computed in f64: at position 4,000 an angle
 * in f32 is off by 2e-4. A table of all positions would take 134 MB for a head of 256, so there are two, of positions 0
 * … 255 and of multiples of 256, and their angles are added:
 *   cos(a + b) = cos a·cos b − sin a·sin b,  sin(a + b) = sin a·cos b + cos a·sin b
 * which is off by two roundings of f32, and not at all below position 256.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { RopeScaling } from '../../../base/modelShape';
import { gpu, type CpuTensor, type Gpu } from '../../device/kernel';
import { typeOf, type Lanes } from '../../device/lanes';
import { startOf, type WindowStart } from '../../device/windowStart';

export interface RopeShape {
  /** Windows of `length` tokens, one after the other: N = batch·length. */
  batch: number;
  length: number;
  heads: number;
  kvHeads: number;
  /** Even. */
  headDim: number;
  theta: number;
  scaling?: RopeScaling | undefined;
  /** Default 0. */
  start?: WindowStart;
}

export type RopeAttrs = RopeShape & Required<Pick<RopeShape, 'start'>>;

/** Positions 0 … MOST_POSITIONS − 1 have angles. */
export const MOST_POSITIONS = 131_072;
const FINE = 256;

/** Radians per position of the D/2 pairs; the variants as transformers has them, llama3 as in Llama 3.1. */
export function ropeFrequencies(headDim: number, theta: number, scaling?: RopeScaling): Float64Array {
  return Float64Array.from({ length: headDim / 2 }, (_, j) => {
    const f = theta ** ((-2 * j) / headDim);
    if (!scaling) return f;
    return scaling.type === 'linear' ? f / scaling.factor : stretched(f, scaling);
  });
}

/**
 * High frequencies stay, low ones are divided by the factor, those between are blended by how often they turn in the
 * original context.
 */
function stretched(
  f: number,
  { factor, lowFactor, highFactor, originalContext }: RopeScaling & { type: 'llama3' },
): number {
  const turns = (originalContext * f) / (2 * Math.PI);
  if (turns > highFactor) return f;
  if (turns < lowFactor) return f / factor;
  const share = (turns - lowFactor) / (highFactor - lowFactor);
  return ((1 - share) * f) / factor + share * f;
}

const tables = new WeakMap<Gpu, Map<string, TensorInfo>>();

/**
 * [256 + 512, D]: cosines, then sines, of the D/2 angles, of positions 0, 1, … 255, then 0, 256, 512, …; made once per
 * GPU and frequencies. To be called before an op that reads it: after one, tfjs' debug mode counts whatever is no
 * output as a leak.
 */
export function tableFor({ theta, scaling, headDim }: RopeShape): TensorInfo {
  const known = tables.get(gpu()) ?? new Map<string, TensorInfo>();
  tables.set(gpu(), known);
  const key = JSON.stringify([theta, headDim, scaling]);
  const found = known.get(key);
  if (found) return found;
  const frequencies = ropeFrequencies(headDim, theta, scaling);
  const rows = FINE + MOST_POSITIONS / FINE;
  const data = new Float32Array(rows * headDim);
  for (let row = 0; row < rows; row++) {
    const position = row < FINE ? row : (row - FINE) * FINE;
    frequencies.forEach((f, j) => {
      data[row * headDim + j] = Math.cos(position * f);
      data[row * headDim + headDim / 2 + j] = Math.sin(position * f);
    });
  }
  const table = gpu().constant([rows, headDim], data);
  known.set(key, table);
  return table;
}

/**
 * Fields in the params of a kernel that turns heads. `half` is in elements of T, `heads` counts query, key and value
 * heads, `queries` the first of them, `turned` those of queries and keys.
 */
export const SHAPE_FIELDS = {
  half: 'u32',
  length: 'u32',
  heads: 'u32',
  queries: 'u32',
  turned: 'u32',
  start: 'u32',
} as const;

/** What they hold, but for `start`. */
export const shapeValues = ({ heads, kvHeads, headDim, length }: RopeAttrs, lanes: Lanes) => ({
  ...{ half: headDim / 2 / lanes, length, heads: heads + 2 * kvHeads, queries: heads, turned: heads + kvHeads },
});

/**
 * WGSL of `angleOf(token, j)`: cosine and sine of pair(s) j of a token. `table` and, where `positioned`, `positions`
 * take the bindings from
 * `binding` on.
 */
export const angleOf = (lanes: Lanes, binding: number, positioned: boolean): string => `
struct Angle { c: ${typeOf(lanes)}, s: ${typeOf(lanes)} };
@group(0) @binding(${binding}) var<storage, read> table: array<${typeOf(lanes)}>;
${positioned ? `@group(0) @binding(${binding + 1}) var<storage, read> positions: array<i32>;` : ''}
fn angleOf(token: u32, j: u32) -> Angle {
  let position = ${positioned ? 'u32(positions[token])' : 'p.start + token % p.length'};
  let fine = position % ${FINE}u * 2u * p.half + j;
  let coarse = (${FINE}u + position / ${FINE}u) * 2u * p.half + j;
  let a = Angle(table[fine], table[fine + p.half]);
  let b = Angle(table[coarse], table[coarse + p.half]);
  return Angle(a.c * b.c - a.s * b.s, a.s * b.c + a.c * b.s);
}`;

/** The position of every token, for the references. */
export function positionsOf(tokens: number, { length, start }: RopeAttrs, positions?: CpuTensor): number[] {
  return Array.from({ length: tokens }, (_, n) => positions?.data[n] ?? startOf(start) + (n % length));
}

/**
 * Rotates one head in place or from array to array, at element `at` of both. A negative position gives the inverse
 * rotation, which the gradient needs.
 */
export function turnHead(
  to: CpuTensor['data'],
  from: CpuTensor['data'],
  at: number,
  frequencies: Float64Array,
  position: number,
): void {
  frequencies.forEach((f, j) => {
    const [c, s] = [Math.cos(position * f), Math.sin(position * f)];
    const [a, b] = [from[at + j]!, from[at + j + frequencies.length]!];
    to[at + j] = a * c - b * s;
    to[at + j + frequencies.length] = b * c + a * s;
  });
}
