// What is odd among the numbers of weights on their way into storage: NaN, infinities, what 16 bits do not hold.
import { INFINITE_HALF, LARGEST_HALF } from '../../base/numbers/half';
import type { Notice } from '../../base/records/model';
import { isBlockType, type BlockType } from '../../base/numbers/dtype';
import type { FloatType } from '../../formats/floats';
import { hasLargeScale } from '../../formats/gguf/dequantise/scales';
import { decodeGgml } from '../../formats/gguf/ggml';

/** The bits, without the sign, of the first number from 65,520 on, which halves have no room for. */
const FROM: Record<Exclude<FloatType, 'F64'>, number> = { F32: 0x477ff000, BF16: 0x4780, F16: 0x7c00 };

/** Looks at the bytes of weights as they pass, and remembers the first oddity of each kind with its tensor. */
export class OddNumbers {
  #broken: Notice | undefined;
  #large: Notice | undefined;

  look(tensor: string, bytes: Uint8Array, dtype: FloatType | BlockType): void {
    if (this.#broken && this.#large) return;
    if (dtype !== 'F64' && !reaches(bytes, dtype)) return; // gigabytes pass here: bits are compared, nothing is converted
    for (const value of decodeGgml(bytes, dtype)) {
      if (!Number.isFinite(value)) this.#broken ??= noticeOf('weights-not-finite', tensor, value);
      else if (Math.abs(value) >= INFINITE_HALF) this.#large ??= noticeOf('base-beyond-halves', tensor, value);
    }
  }

  notices(): Notice[] {
    return [this.#broken, this.#large].filter((notice) => notice !== undefined);
  }
}

function reaches(bytes: Uint8Array, dtype: keyof typeof FROM | BlockType): boolean {
  if (isBlockType(dtype)) return hasLargeScale(bytes, dtype);
  const [from, wide] = [FROM[dtype], dtype === 'F32'];
  const { buffer, byteOffset, byteLength } = alignedWords(bytes);
  const bits = wide
    ? new Uint32Array(buffer, byteOffset, byteLength / 4)
    : new Uint16Array(buffer, byteOffset, byteLength / 2);
  const mask = wide ? 0x7fffffff : 0x7fff;
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & mask) >= from) return true;
  return false;
}

/** Views of words need an aligned start. */
const alignedWords = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : bytes.slice());

const noticeOf = (code: string, tensor: string, found: number): Notice => ({
  code,
  facts: { tensor, found: String(found), ...(code === 'base-beyond-halves' && { limit: LARGEST_HALF }) },
});
