// Values of GGUF's blocks of 32: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0. Those of 256 are in kBlocks.ts.
// https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h
import { BLOCKS } from '../../../base/numbers/dtype';
import { scaleAt } from './scales';

const VALUES = 32;

type SmallType = 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1';

/**
 * `fifth`: the highest bits of the 32 numbers lie together before their lower four. `least`: a block has an offset in
 * f16 beside its scale; else its numbers count from the middle of their range.
 */
const LAYOUT: Record<SmallType, { fifth: boolean; least: boolean }> = {
  Q4_0: { fifth: false, least: false },
  Q4_1: { fifth: false, least: true },
  Q5_0: { fifth: true, least: false },
  Q5_1: { fifth: true, least: true },
};

/**
 * x = d·q + m, whose product is exact in f32 and whose sum is rounded once, as in the reference. The lower four bits of
 * value i and of value i + 16 share a byte.
 */
export function smallBlocks(bytes: Uint8Array, type: SmallType): Float32Array<ArrayBuffer> {
  const { fifth, least } = LAYOUT[type];
  const stride = BLOCKS[type].bytes;
  const out = new Float32Array((bytes.length / stride) * VALUES);
  const middle = least ? 0 : fifth ? 16 : 8;
  for (let at = 0, to = 0; at < bytes.length; at += stride, to += VALUES) {
    const scale = scaleAt(bytes, at);
    let from = at + 2;
    const offset = least ? scaleAt(bytes, from) : undefined;
    if (least) from += 2;
    const high = fifth ? wordAt(bytes, from) : 0;
    if (fifth) from += 4;
    for (let i = 0; i < VALUES; i++) {
      const byte = bytes[from + (i & 15)]!;
      const q = ((i < 16 ? byte & 15 : byte >> 4) | (((high >>> i) & 1) << 4)) - middle;
      out[to + i] = offset === undefined ? scale * q : scale * q + offset;
    }
  }
  return out;
}

/** x = d·q with signed bytes. */
export function bytesBlocks(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const stride = BLOCKS.Q8_0.bytes;
  const out = new Float32Array((bytes.length / stride) * VALUES);
  for (let at = 0, to = 0; at < bytes.length; at += stride, to += VALUES) {
    const scale = scaleAt(bytes, at);
    for (let i = 0; i < VALUES; i++) out[to + i] = scale * ((bytes[at + 2 + i]! << 24) >> 24);
  }
  return out;
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
