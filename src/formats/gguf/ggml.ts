// The number types of GGUF: those that the studio reads, and of them those that it writes.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { BLOCKS, BYTES_OF, isBlockType, sizeOf, type BlockType } from '../../base/numbers/dtype';
import { toFloat32, toHalves, type FloatType } from '../floats';
import { encodeFloats } from '../huggingFace/modelTensors';
import { dequantise } from './dequantise/dequantise';

/** The number formats that we write. */
export type GgmlType = 'F32' | 'F16' | 'BF16' | 'Q8_0';
/** Those that we read. */
export type ReadType = Exclude<FloatType, 'F64'> | BlockType;

/** All types that a file can name, by their number there; what we do not read is refused by its name. */
const NAMES: Record<number, string> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  30: 'BF16',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
  40: 'NVFP4',
};
const READ: readonly ReadType[] = [
  'F32',
  'F16',
  'BF16',
  'Q8_0',
  'Q4_0',
  'Q4_1',
  'Q5_0',
  'Q5_1',
  'Q4_K',
  'Q5_K',
  'Q6_K',
];
export const READ_TYPES = READ.join(', ');

export const ggmlName = (id: number): string => NAMES[id] ?? `ggml_type ${id}`;
export const ggmlId = (type: GgmlType): number => Number(Object.keys(NAMES).find((id) => NAMES[Number(id)] === type));
export const ggmlTypeOf = (id: number): ReadType | undefined => READ.find((type) => type === NAMES[id]);

/** Whether a row has whole blocks. */
export const fitsBlocks = (type: ReadType, rowLength: number): boolean =>
  !isBlockType(type) || rowLength % BLOCKS[type].values === 0;

export const ggmlBytes = (type: ReadType, shape: readonly number[]): number => sizeOf(shape) * BYTES_OF[type];

/**
 * f32 values, whole blocks of them, as a type stores them.
 * @throws float-overflow
 */
export function encodeGgml(values: Float32Array, type: GgmlType, tensor: string): Uint8Array {
  return type === 'Q8_0' ? quantizeQ8(values) : encodeFloats(values, type, tensor);
}

export const decodeGgml = (bytes: Uint8Array, type: ReadType): Float32Array<ArrayBuffer> =>
  isBlockType(type) ? dequantise(bytes, type) : toFloat32(bytes, type);

/**
 * Q8_0: blocks of 32 values as an f16 scale d = max|x| / 127 and 32 signed bytes round(x / d), half away from zero.
 * Each step is rounded to f32 as the reference (ggml, and its Python package) does it, so the bytes are the same.
 */
function quantizeQ8(values: Float32Array): Uint8Array {
  const { values: block, bytes } = BLOCKS.Q8_0;
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
