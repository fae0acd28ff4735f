// Block values of GGUF as f32, to the bit as ggml's Python package gives them. Writing them is ggml.ts.
import type { BlockType } from '../../../base/numbers/dtype';
import { scaledBlocks, sixBitBlocks } from './kBlocks';
import { bytesBlocks, smallBlocks } from './smallBlocks';

/** @param bytes whole blocks */
export function dequantise(bytes: Uint8Array, type: BlockType): Float32Array<ArrayBuffer> {
  switch (type) {
    case 'Q4_0':
    case 'Q4_1':
    case 'Q5_0':
    case 'Q5_1':
      return smallBlocks(bytes, type);
    case 'Q8_0':
      return bytesBlocks(bytes);
    case 'Q4_K':
    case 'Q5_K':
      return scaledBlocks(bytes, type);
    case 'Q6_K':
      return sixBitBlocks(bytes);
  }
}
