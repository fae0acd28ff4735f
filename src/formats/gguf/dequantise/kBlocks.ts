// Values of GGUF's blocks of 256: Q4_K, Q5_K, Q6_K. Those of 32 are in smallBlocks.ts.
// https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h
import { BLOCKS } from '../../../base/numbers/dtype';
import { scaleAt } from './scales';

const VALUES = 256;

/**
 * Q4_K and Q5_K: x = (d·s)·q − (dmin·m), with s and m of six bits for each 32 values. Both products are exact in f32,
 * the difference is rounded once, as in the reference. The lower four bits of 64 values share 32 bytes.
 */
export function scaledBlocks(bytes: Uint8Array, type: 'Q4_K' | 'Q5_K'): Float32Array<ArrayBuffer> {
  const stride = BLOCKS[type].bytes;
  const out = new Float32Array((bytes.length / stride) * VALUES);
  for (let at = 0, to = 0; at < bytes.length; at += stride, to += VALUES) {
    const [d, least] = [scaleAt(bytes, at), scaleAt(bytes, at + 2)];
    const high = at + 16;
    const low = type === 'Q5_K' ? high + 32 : high;
    for (let group = 0; group < 8; group++) {
      const scale = d * sixBits(bytes, at + 4, group, false);
      const offset = least * sixBits(bytes, at + 4, group, true);
      const from = low + 32 * (group >> 1);
      for (let i = 0; i < 32; i++) {
        const byte = bytes[from + i]!;
        const fifth = type === 'Q5_K' ? ((bytes[high + i]! >> group) & 1) << 4 : 0;
        out[to + 32 * group + i] = scale * ((group & 1 ? byte >> 4 : byte & 15) | fifth) - offset;
      }
    }
  }
  return out;
}

/** Twelve bytes hold eight scales and eight offsets; the two highest bits of the last four lie above the first ones. */
function sixBits(bytes: Uint8Array, at: number, group: number, offset: boolean): number {
  const own = bytes[at + (offset ? 4 : 0) + (group & 3)]!;
  if (group < 4) return own & 63;
  const packed = bytes[at + 4 + group]!;
  return (offset ? packed >> 4 : packed & 15) | ((own >> 6) << 4);
}

/** Q6_K: x = (d·s)·(q − 32), with a signed byte s for each 16 values; the product is rounded once. */
export function sixBitBlocks(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const stride = BLOCKS.Q6_K.bytes;
  const out = new Float32Array((bytes.length / stride) * VALUES);
  for (let at = 0, to = 0; at < bytes.length; at += stride, to += VALUES) {
    const d = scaleAt(bytes, at + 208);
    for (let i = 0; i < VALUES; i++) {
      // each half of 128 values: four times 32, whose lower bits lie in 64 bytes and whose upper in 32
      const [half, quarter, place] = [i >> 7, (i >> 5) & 3, i & 31];
      const low = bytes[at + 64 * half + 32 * (quarter & 1) + place]! >> (4 * (quarter >> 1));
      const high = bytes[at + 128 + 32 * half + place]! >> (2 * quarter);
      const scale = (bytes[at + 192 + (i >> 4)]! << 24) >> 24;
      out[to + i] = d * scale * (((low & 15) | ((high & 3) << 4)) - 32);
    }
  }
  return out;
}
