// The f16 scales of GGUF's blocks, where they lie in a block, and which are so large that f16 values may not hold.
import { BLOCKS, type BlockType } from '../../../base/numbers/dtype';
import { floatToHalf, halfToFloat } from '../../../base/numbers/half';

const bitsAt = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** The half at a byte. */
export const scaleAt = (bytes: Uint8Array, at: number): number => halfToFloat(bitsAt(bytes, at));

/** Writes the half nearest to a value, and gives the value that it holds. */
export function putScale(bytes: Uint8Array, at: number, value: number): number {
  const half = floatToHalf(value);
  bytes[at] = half & 0xff;
  bytes[at + 1] = half >> 8;
  return halfToFloat(half);
}

/** Bytes from a block's begin to its scales. */
const SCALES: Record<BlockType, readonly number[]> = {
  Q4_0: [0],
  Q4_1: [0, 2],
  Q5_0: [0],
  Q5_1: [0, 2],
  Q8_0: [0],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
};

/** The half 8, without its sign: with smaller scales no value of any type reaches 65,520 (Q6_K: 8 · 128 · 32). */
const LARGE = 0x4800;

/** Whether a block may hold an infinity, no number, or what halves have no room for; looks at scales alone. */
export function hasLargeScale(bytes: Uint8Array, type: BlockType): boolean {
  const stride = BLOCKS[type].bytes;
  for (let at = 0; at < bytes.length; at += stride)
    for (const offset of SCALES[type]) if ((bitsAt(bytes, at + offset) & 0x7fff) >= LARGE) return true;
  return false;
}
