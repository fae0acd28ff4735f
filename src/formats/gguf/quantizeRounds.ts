// The GGUF types of 32 values a block that round each value once (Q8_0, Q4_0, Q5_0, Q5_1). The types of 256 values a
// block, which search for their scales, are in quantizeSearch.ts.
// https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c
import { BLOCKS } from '../../base/numbers/dtype';
import { putScale } from './dequantise/scales';

const BLOCK = 32;
const HALF_BLOCK = BLOCK / 2;
const round = Math.fround;

/** The value of a block that is farthest from 0, with its sign; the first of equals. */
function farthest(x: Float32Array, from: number): number {
  let value = 0;
  let distance = 0;
  for (let i = from; i < from + BLOCK; i++) {
    const here = Math.abs(x[i]!);
    if (distance >= here) continue;
    distance = here;
    value = x[i]!;
  }
  return value;
}

const inverseOf = (scale: number): number => (scale === 0 ? 0 : round(1 / scale));

/**
 * Q4_0: an f16 scale d = x / -8 of the value x farthest from 0, and 32 numbers of 4 bits, min(15, ⌊x / d + 8.5⌋), the
 * second half of the block above the first.
 */
export function quantizeQ4_0(x: Float32Array): Uint8Array {
  const { bytes } = BLOCKS.Q4_0;
  const out = new Uint8Array((x.length / BLOCK) * bytes);
  for (let from = 0, at = 0; from < x.length; from += BLOCK, at += bytes) {
    const scale = farthest(x, from) / -8;
    const inverse = inverseOf(scale);
    const level = (i: number): number => Math.min(15, Math.trunc(round(round(x[i]! * inverse) + 8.5)));
    putScale(out, at, scale);
    for (let i = 0; i < HALF_BLOCK; i++) out[at + 2 + i] = level(from + i) | (level(from + i + HALF_BLOCK) << 4);
  }
  return out;
}

/** Numbers of 5 bits: the fifth bits of a block in four bytes before the low ones, as Q5_0 and Q5_1 have them. */
function writeFiveBits(out: Uint8Array, at: number, level: (i: number) => number): void {
  for (let i = 0; i < BLOCK; i++) {
    const value = level(i);
    out[at + (i >> 3)]! |= (value >> 4) << (i & 7);
    out[at + 4 + (i % HALF_BLOCK)]! |= (value & 15) << (i < HALF_BLOCK ? 0 : 4);
  }
}

/** Q5_0: as Q4_0 with 5 bits, d = x / -16. */
export function quantizeQ5_0(x: Float32Array): Uint8Array {
  const { bytes } = BLOCKS.Q5_0;
  const out = new Uint8Array((x.length / BLOCK) * bytes);
  for (let from = 0, at = 0; from < x.length; from += BLOCK, at += bytes) {
    const scale = farthest(x, from) / -16;
    const inverse = inverseOf(scale);
    putScale(out, at, scale);
    writeFiveBits(out, at + 2, (i) => Math.min(31, Math.trunc(round(round(x[from + i]! * inverse) + 16.5))));
  }
  return out;
}

/** Q5_1: f16 d = (max - min) / 31 and f16 min, then 32 numbers of 5 bits, ⌊(x - min) / d + 0.5⌋. */
export function quantizeQ5_1(x: Float32Array): Uint8Array {
  const { bytes } = BLOCKS.Q5_1;
  const out = new Uint8Array((x.length / BLOCK) * bytes);
  for (let from = 0, at = 0; from < x.length; from += BLOCK, at += bytes) {
    const block = x.subarray(from, from + BLOCK);
    const least = Math.min(...block);
    const scale = round(round(Math.max(...block) - least) / 31);
    const inverse = inverseOf(scale);
    putScale(out, at, scale);
    putScale(out, at + 2, least);
    writeFiveBits(out, at + 4, (i) => Math.trunc(round(round(round(block[i]! - least) * inverse) + 0.5)));
  }
  return out;
}

/**
 * Q8_0: blocks of 32 values as an f16 scale d = max|x| / 127 and 32 signed bytes round(x / d), half away from zero.
 * Each step is rounded to f32 as the reference (ggml, and its Python package) does it, so the bytes are the same.
 */
export function quantizeQ8(x: Float32Array): Uint8Array {
  const { bytes } = BLOCKS.Q8_0;
  const out = new Uint8Array((x.length / BLOCK) * bytes);
  for (let from = 0, at = 0; from < x.length; from += BLOCK, at += bytes) {
    const scale = round(Math.abs(farthest(x, from)) / 127);
    const inverse = inverseOf(scale);
    putScale(out, at, scale);
    for (let i = 0; i < BLOCK; i++) out[at + 2 + i] = roundHalfAway(round(x[from + i]! * inverse));
  }
  return out;
}

/** Two's complement when it is stored in a byte. */
const roundHalfAway = (x: number): number => (x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5));
