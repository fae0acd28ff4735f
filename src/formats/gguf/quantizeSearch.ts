// The GGUF types of 256 values a block that search for the scales with the least error (Q4_K, Q5_K, Q6_K), as llama.cpp
// does it without an importance matrix. Each step is rounded to f32 where the reference rounds it, so the bytes are the
// same. https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c
import { BLOCKS } from '../../base/numbers/dtype';
import { putScale } from './dequantise/scales';

const BLOCK = 256;
const round = Math.fround;

/** Below this a group counts as zeros. */
const LEAST_GROUP = round(1e-15);

/** To the nearest integer, ties to even: an f32 of this size has no bits behind the point. */
const NEAREST = 12_582_912;
const nearest = (x: number): number => round(x + NEAREST) - NEAREST;
const clamp = (x: number, least: number, most: number): number => (x < least ? least : x > most ? most : x);

/** How a type with a least value for each group of 32 searches. */
interface Search {
  /** The largest level. */
  most: number;
  /** The trials: levels up to `most` + `first` + `STEP` · trial are spread over the range of the group. */
  first: number;
  trials: number;
}

const STEP = round(0.1);
const GROUP = 32;

/** Sums of a group that do not change from trial to trial, and where it lies. */
interface Group {
  x: Float32Array;
  from: number;
  /** Σ w, Σ w·x */
  weight: number;
  weighted: number;
  least: number;
}

const levels = new Uint8Array(GROUP);
const weights = new Float32Array(GROUP);

/** Weights √(Σx² / 32) + |x|: large values matter more, small ones still count. */
function groupOf(x: Float32Array, from: number): Group & { largest: number } {
  let squares = 0;
  for (let i = 0; i < GROUP; i++) squares = round(squares + round(x[from + i]! * x[from + i]!));
  const mean = round(Math.sqrt(round(squares / GROUP)));
  for (let i = 0; i < GROUP; i++) weights[i] = mean + Math.abs(x[from + i]!);
  let [least, largest, weight, weighted] = [x[from]!, x[from]!, weights[0]!, round(weights[0]! * x[from]!)];
  for (let i = 1; i < GROUP; i++) {
    const value = x[from + i]!;
    if (value < least) least = value;
    if (value > largest) largest = value;
    weight = round(weight + weights[i]!);
    weighted = round(weighted + round(weights[i]! * value));
  }
  return { x, from, weight, weighted, least: Math.min(0, least), largest };
}

/** Σ w·(scale·level + least - x)² of the present levels. */
function errorOf({ x, from }: Group, scale: number, least: number): number {
  let error = 0;
  for (let i = 0; i < GROUP; i++) {
    const off = round(round(round(scale * levels[i]!) + least) - x[from + i]!);
    error = round(error + round(weights[i]! * round(off * off)));
  }
  return error;
}

function setLevels({ x, from }: Group, least: number, inverse: number, most: number): void {
  for (let i = 0; i < GROUP; i++) levels[i] = clamp(nearest(round(inverse * round(x[from + i]! - least))), 0, most);
}

/** The scale and the least value that fit the present levels best (weighted least squares); undefined without one. */
function fitted({ x, from, weight, weighted }: Group): { scale: number; least: number } | undefined {
  let [sum, squares, products] = [0, 0, 0];
  for (let i = 0; i < GROUP; i++) {
    const scaled = round(weights[i]! * levels[i]!);
    sum = round(sum + scaled);
    squares = round(squares + round(scaled * levels[i]!));
    products = round(products + round(scaled * x[from + i]!));
  }
  const determinant = round(round(weight * squares) - round(sum * sum));
  if (!(determinant > 0)) return undefined;
  const least = round(round(round(squares * weighted) - round(sum * products)) / determinant);
  if (least > 0) return { scale: round(products / squares), least: 0 };
  return { scale: round(round(round(weight * products) - round(weighted * sum)) / determinant), least };
}

/** The scale of a group of 32 and what is taken from its values (≥ 0); its levels go to `result`. */
function searchGroup(
  x: Float32Array,
  from: number,
  { most, first, trials }: Search,
  result: Uint8Array,
): { scale: number; offset: number } {
  const group = groupOf(x, from);
  const range = round(group.largest - group.least);
  if (range === 0) return { scale: 0, offset: -group.least };
  const inverse = round(most / range);
  let best = { scale: round(1 / inverse), least: group.least };
  setLevels(group, group.least, inverse, most);
  result.set(levels);
  let error = errorOf(group, best.scale, best.least);
  for (let trial = 0; trial <= trials; trial++) {
    const spread = round(group.largest - best.least); // from the best least value so far, as the reference has it
    setLevels(group, best.least, round(round(round(first + round(STEP * trial)) + most) / spread), most);
    const fit = fitted(group);
    if (!fit) continue;
    const found = errorOf(group, fit.scale, fit.least);
    if (!(found < error)) continue;
    [best, error] = [fit, found];
    result.set(levels);
  }
  return { scale: best.scale, offset: -best.least };
}

/** Scales and offsets of eight groups in 6 bits each: twelve bytes, as Q4_K and Q5_K pack them. */
function packSixBits(out: Uint8Array, at: number, scales: readonly number[], offsets: readonly number[]): void {
  for (let j = 0; j < 4; j++) {
    out[at + j] = scales[j]! | ((scales[j + 4]! >> 4) << 6);
    out[at + 4 + j] = offsets[j]! | ((offsets[j + 4]! >> 4) << 6);
    out[at + 8 + j] = (scales[j + 4]! & 15) | ((offsets[j + 4]! & 15) << 4);
  }
}

const SIX_BITS = 63;
const sixBits = (values: readonly number[], largest: number): number[] => {
  const inverse = largest > 0 ? round(SIX_BITS / largest) : 0;
  return values.map((value) => Math.min(SIX_BITS, nearest(round(inverse * value))));
};

/**
 * Writes the head of a block of Q4_K or Q5_K (f16 d, f16 dmin, twelve bytes of scales and offsets) and gives its
 * levels: x ≈ d·scale·level - dmin·offset.
 */
function headOf(x: Float32Array, from: number, search: Search, out: Uint8Array, at: number): Uint8Array {
  const result = new Uint8Array(BLOCK);
  const found = Array.from({ length: BLOCK / GROUP }, (_, j) =>
    searchGroup(x, from + j * GROUP, search, result.subarray(j * GROUP)),
  );
  const [ownScales, ownOffsets] = [found.map(({ scale }) => scale), found.map(({ offset }) => offset)];
  const [largestScale, largestOffset] = [Math.max(0, ...ownScales), Math.max(0, ...ownOffsets)];
  const [scales, offsets] = [sixBits(ownScales, largestScale), sixBits(ownOffsets, largestOffset)];
  const d = putScale(out, at, round(largestScale / SIX_BITS));
  const least = putScale(out, at + 2, round(largestOffset / SIX_BITS));
  packSixBits(out, at + 4, scales, offsets);
  for (let j = 0; j < BLOCK / GROUP; j++) {
    const scale = round(d * scales[j]!);
    if (scale === 0) continue; // as the reference, which keeps the levels of the search
    const offset = round(least * offsets[j]!);
    for (let i = j * GROUP; i < (j + 1) * GROUP; i++)
      result[i] = clamp(nearest(round(round(x[from + i]! + offset) / scale)), 0, search.most);
  }
  return result;
}

/** Bytes before the levels of Q4_K and Q5_K. */
const HEAD = 2 + 2 + 12;

/** Q4_K: eight groups of 32 with a scale and an offset of 6 bits each; levels of 4 bits, two groups in 32 bytes. */
export function quantizeQ4K(x: Float32Array): Uint8Array {
  const { bytes } = BLOCKS.Q4_K;
  const out = new Uint8Array((x.length / BLOCK) * bytes);
  for (let from = 0, at = 0; from < x.length; from += BLOCK, at += bytes) {
    const found = headOf(x, from, { most: 15, first: -1, trials: 20 }, out, at);
    for (let i = 0; i < BLOCK; i++) out[at + HEAD + lowByteOf(i)]! |= found[i]! << (i & GROUP ? 4 : 0);
  }
  return out;
}

/** Levels i and i + 32 of each 64 share a byte. */
const lowByteOf = (i: number): number => ((i >> 6) << 5) + (i & 31);

/** Q5_K: as Q4_K, with a fifth bit of each level in 32 bytes before the low ones: bit g of byte i is of group g. */
export function quantizeQ5K(x: Float32Array): Uint8Array {
  const { bytes } = BLOCKS.Q5_K;
  const out = new Uint8Array((x.length / BLOCK) * bytes);
  for (let from = 0, at = 0; from < x.length; from += BLOCK, at += bytes) {
    const found = headOf(x, from, { most: 31, first: -0.5, trials: 15 }, out, at);
    for (let i = 0; i < BLOCK; i++) {
      out[at + HEAD + (i & 31)]! |= (found[i]! >> 4) << (i >> 5);
      out[at + HEAD + BLOCK / 8 + lowByteOf(i)]! |= (found[i]! & 15) << (i & GROUP ? 4 : 0);
    }
  }
  return out;
}

/** Values that share a scale in Q6_K. */
const SMALL_GROUP = 16;
/** Levels of Q6_K lie between -32 and 31 and are stored from 0. */
const MIDDLE = 32;

const signed = new Int8Array(SMALL_GROUP);

/** Sets the levels of a group and sums Σ w·x·level and Σ w·level² with w = x². */
function tryScale(x: Float32Array, from: number, inverse: number): { products: number; squares: number } {
  let [products, squares] = [0, 0];
  for (let i = 0; i < SMALL_GROUP; i++) {
    const value = x[from + i]!;
    const level = clamp(nearest(round(inverse * value)), -MIDDLE, MIDDLE - 1);
    signed[i] = level;
    const weight = round(value * value);
    products = round(products + round(round(weight * value) * level));
    squares = round(squares + round(round(weight * level) * level));
  }
  return { products, squares };
}

const keepSigned = (result: Uint8Array): void => {
  for (let i = 0; i < SMALL_GROUP; i++) result[i] = signed[i]! + MIDDLE;
};

/** The scale of 16 values with the least weighted error of nineteen trials; their levels from 0 go to `result`. */
function searchScale(x: Float32Array, from: number, result: Uint8Array): number {
  let [distance, farthest] = [0, 0];
  for (let i = from; i < from + SMALL_GROUP; i++)
    if (Math.abs(x[i]!) > distance) [distance, farthest] = [Math.abs(x[i]!), x[i]!];
  if (distance < LEAST_GROUP) return 0;
  const first = tryScale(x, from, round(-MIDDLE / farthest));
  keepSigned(result);
  let scale = first.squares === 0 ? 0 : round(first.products / first.squares);
  let best = round(scale * first.products);
  for (let trial = -9; trial <= 9; trial++) {
    if (trial === 0) continue;
    const inverse = round(-round(MIDDLE + round(STEP * trial)) / farthest);
    const { products, squares } = tryScale(x, from, inverse);
    if (!(squares > 0 && round(products * products) > round(best * squares))) continue;
    keepSigned(result);
    scale = round(products / squares);
    best = round(scale * products);
  }
  return scale;
}

/** The levels of a block of Q6_K; its sixteen scales of 8 bits and its f16 d go to `out`. Undefined: all zeros. */
function levelsOfSixBits(x: Float32Array, from: number, out: Uint8Array, at: number): Uint8Array | undefined {
  const result = new Uint8Array(BLOCK);
  const own = Array.from({ length: BLOCK / SMALL_GROUP }, (_, j) =>
    searchScale(x, from + j * SMALL_GROUP, result.subarray(j * SMALL_GROUP)),
  );
  const largest = own.reduce((most, scale) => (Math.abs(scale) > Math.abs(most) ? scale : most), 0);
  if (Math.abs(largest) < LEAST_GROUP) return undefined;
  const inverse = round(-128 / largest);
  const d = putScale(out, at + SCALES + 16, round(1 / inverse));
  own.forEach((own, j) => {
    const small = Math.min(127, nearest(round(inverse * own)));
    out[at + SCALES + j] = small; // two's complement
    const scale = round(d * small);
    if (scale === 0) return;
    for (let i = j * SMALL_GROUP; i < (j + 1) * SMALL_GROUP; i++)
      result[i] = clamp(nearest(round(x[from + i]! / scale)), -MIDDLE, MIDDLE - 1) + MIDDLE;
  });
  return result;
}

/** Where a block of Q6_K has its scales: after 128 bytes of low bits and 64 of high ones. */
const SCALES = BLOCK / 2 + BLOCK / 4;

/**
 * Q6_K: sixteen groups of 16 with a scale of 8 bits each; levels of 6 bits. Of each 128 levels, byte i of the low bits
 * has levels i and i + 64 (i < 64), byte i of the high ones the upper two bits of i, i + 32, i + 64 and i + 96
 * (i < 32).
 */
export function quantizeQ6K(x: Float32Array): Uint8Array {
  const { bytes } = BLOCKS.Q6_K;
  const out = new Uint8Array((x.length / BLOCK) * bytes);
  for (let from = 0, at = 0; from < x.length; from += BLOCK, at += bytes) {
    const found = levelsOfSixBits(x, from, out, at);
    if (!found) continue;
    for (let i = 0; i < BLOCK; i++) {
      const [half, within] = [i >> 7, i & 127];
      out[at + half * 64 + (within & 63)]! |= (found[i]! & 15) << (within & 64 ? 4 : 0);
      out[at + BLOCK / 2 + half * 32 + (within & 31)]! |= (found[i]! >> 4) << (2 * (within >> 5));
    }
  }
  return out;
}
