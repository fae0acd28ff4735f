// The number types of GGUF: those that the studio reads, and of them those that it writes.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { BLOCKS, BYTES_OF, isBlockType, sizeOf, type BlockType } from '../../base/numbers/dtype';
import { AtelierError } from '../../base/errors/errors';
import { INFINITE_HALF } from '../../base/numbers/half';
import { toFloat32, type FloatType } from '../floats';
import { encodeFloats } from '../huggingFace/modelTensors';
import { dequantise } from './dequantise/dequantise';
import { quantizeQ4_0, quantizeQ5_0, quantizeQ5_1, quantizeQ8 } from './quantizeRounds';
import { quantizeQ4K, quantizeQ5K, quantizeQ6K } from './quantizeSearch';

/** The number formats that we read. */
export type ReadType = Exclude<FloatType, 'F64'> | BlockType;
/** Those that we write. */
export type GgmlType = Exclude<ReadType, 'Q4_1'>;

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

/** How a type of blocks is written, and the magnitude from which a scale of it may be infinite. */
interface Quantizer {
  write: (values: Float32Array) => Uint8Array;
  limit: number;
}

const QUANTIZERS: Record<Extract<GgmlType, BlockType>, Quantizer> = {
  Q8_0: { write: quantizeQ8, limit: 127 * INFINITE_HALF },
  Q4_0: { write: quantizeQ4_0, limit: 8 * INFINITE_HALF },
  Q5_0: { write: quantizeQ5_0, limit: 16 * INFINITE_HALF },
  Q5_1: { write: quantizeQ5_1, limit: INFINITE_HALF },
  Q4_K: { write: quantizeQ4K, limit: INFINITE_HALF },
  Q5_K: { write: quantizeQ5K, limit: INFINITE_HALF },
  Q6_K: { write: quantizeQ6K, limit: INFINITE_HALF },
};

/**
 * f32 values, whole blocks of them, as a type stores them.
 * @throws float-overflow
 */
export function encodeGgml(values: Float32Array, type: GgmlType, tensor: string): Uint8Array {
  if (!isBlockType(type)) return encodeFloats(values, type, tensor);
  const { write, limit } = QUANTIZERS[type];
  const large = values.find((v) => Math.abs(v) >= limit);
  if (large !== undefined) throw new AtelierError('float-overflow', { tensor, found: large, limit });
  return write(values);
}

export const decodeGgml = (bytes: Uint8Array, type: FloatType | BlockType): Float32Array<ArrayBuffer> =>
  isBlockType(type) ? dequantise(bytes, type) : toFloat32(bytes, type);
