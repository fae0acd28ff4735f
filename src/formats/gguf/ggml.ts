// The number types of GGUF that the studio reads and writes (F32, F16, BF16, Q8_0), block by block.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { sizeOf } from '../../base/numbers/dtype';
import { toFloat32, toHalves } from '../floats';
import { encodeFloats } from '../huggingFace/modelTensors';

/** The number formats that we write. */
export type GgmlType = 'F32' | 'F16' | 'BF16' | 'Q8_0';

interface Layout {
  id: number;
  /** Values that are coded together; a row has whole blocks. */
  block: number;
  /** Bytes of a block. */
  bytes: number;
}

const GGML: Record<GgmlType, Layout> = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
  BF16: { id: 30, block: 1, bytes: 2 },
};

export const ggmlId = (type: GgmlType): number => GGML[type].id;
export const ggmlTypeOf = (id: number): GgmlType | undefined =>
  (Object.keys(GGML) as GgmlType[]).find((type) => GGML[type].id === id);
export const fitsBlocks = (type: GgmlType, rowLength: number): boolean => rowLength % GGML[type].block === 0;

export function ggmlBytes(type: GgmlType, shape: readonly number[]): number {
  return (sizeOf(shape) / GGML[type].block) * GGML[type].bytes;
}

/**
 * f32 values, whole blocks of them, as a type stores them.
 * @throws float-overflow
 */
export function encodeGgml(values: Float32Array, type: GgmlType, tensor: string): Uint8Array {
  return type === 'Q8_0' ? quantizeQ8(values) : encodeFloats(values, type, tensor);
}

export function decodeGgml(bytes: Uint8Array, type: GgmlType): Float32Array {
  return type === 'Q8_0' ? dequantizeQ8(bytes) : toFloat32(bytes, type);
}

/**
 * Q8_0: blocks of 32 values as an f16 scale d = max|x| / 127 and 32 signed bytes round(x / d), half away from zero.
 * Each step is rounded to f32 as the reference (ggml, and its Python package) does it, so the bytes are the same.
 */
function quantizeQ8(values: Float32Array): Uint8Array {
  const { block, bytes } = GGML.Q8_0;
  const blocks = values.length / block;
  const out = new Uint8Array(blocks * bytes);
  const view = new DataView(out.buffer);
  const scales = new Float32Array(blocks);
  for (let b = 0; b < blocks; b++) {
    let largest = 0;
    for (let i = b * block; i < (b + 1) * block; i++) largest = Math.max(largest, Math.abs(values[i]!));
    scales[b] = largest / 127;
    const inverse = scales[b] === 0 ? 0 : Math.fround(1 / scales[b]!);
    for (let i = 0; i < block; i++)
      out[b * bytes + 2 + i] = roundHalfAway(Math.fround(values[b * block + i]! * inverse));
  }
  toHalves(scales).forEach((half, b) => view.setUint16(b * bytes, half, true));
  return out;
}

/** Two's complement when it is stored in a byte. */
const roundHalfAway = (x: number): number => (x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5));

function dequantizeQ8(bytes: Uint8Array): Float32Array {
  const { block, bytes: stride } = GGML.Q8_0;
  const out = new Float32Array((bytes.length / stride) * block);
  for (let b = 0; b * stride < bytes.length; b++) {
    const [scale] = toFloat32(bytes.slice(b * stride, b * stride + 2), 'F16');
    for (let i = 0; i < block; i++) out[b * block + i] = scale! * ((bytes[b * stride + 2 + i]! << 24) >> 24);
  }
  return out;
}
