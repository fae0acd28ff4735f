/**
 * Weights in fewer bits, for matrices that are read and never trained. Rows of W [out, in] are cut into blocks along
 * `in`:
 *   f16  IEEE halves
 * q8   blocks of 32:  w ≈ d·q,  d = max|w| / 127 rounded to a half, q the nearest integer (llama.cpp's Q8_0, its values
 * exactly)
 * q4   blocks of 64:  w ≈ d·T[q],  d = max|w|, T the 16 values of 4-bit NormalFloat (Dettmers et al., 2023), q the
 * nearest A row is [values | one f32 scale a block], in words, so that a part of the rows is a part of the bytes.
 * Scales are f32 though halves would do for their precision: a GPU may take halves below 6·10⁻⁵ for zero, and a whole
 * block with them. It costs 0.5 (q4: 0.25) bit a weight.
 */
import { floatToHalf, halfToFloat } from '../../../base/numbers/half';

export type QuantizedKind = 'f16' | 'q8' | 'q4';

/** NF4: the quantiles of the normal distribution in bitsandbytes' choice, which has a zero and both ends. */
export const NF4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
] as const;

/** Between two neighbours of NF4: above it the higher one is nearer. */
const MIDDLES = Float32Array.from(NF4.slice(1), (value, i) => (value + NF4[i]!) / 2);

interface Format {
  /** Weights to a block; a row is padded with zeros to whole blocks. */
  block: number;
  bits: number;
  /** Writes a block at these bytes and returns its scale. */
  encode(values: Float32Array, bytes: DataView): number;
  decode(bytes: DataView, at: number, scale: number): number;
}

const largest = (values: Float32Array): number => values.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
const roundHalfAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

/** The place in NF4 of the value nearest to x, by halving. */
function nearest(x: number): number {
  let code = 0;
  for (let half = 8; half >= 1; half >>= 1) if (x > MIDDLES[code + half - 1]!) code += half;
  return code;
}

const FORMATS: Record<QuantizedKind, Format> = {
  f16: {
    block: 8, // the 16 bytes that a shader reads at once
    bits: 16,
    encode: (values, bytes) => {
      values.forEach((v, i) => bytes.setUint16(2 * i, floatToHalf(v), true));
      return 1;
    },
    decode: (bytes, at) => halfToFloat(bytes.getUint16(2 * at, true)),
  },
  q8: {
    block: 32,
    bits: 8,
    encode: (values, bytes) => {
      const d = Math.fround(largest(values) / 127);
      const inverse = d ? Math.fround(1 / d) : 0;
      values.forEach((v, i) => bytes.setInt8(i, roundHalfAway(Math.fround(v * inverse))));
      return halfToFloat(floatToHalf(d));
    },
    decode: (bytes, at, scale) => bytes.getInt8(at) * scale,
  },
  q4: {
    block: 64,
    bits: 4,
    encode: (values, bytes) => {
      const top = largest(values);
      const code = (v: number): number => nearest(top ? Math.fround(v / top) : 0);
      for (let i = 0; i < values.length; i += 2) bytes.setUint8(i >> 1, code(values[i]!) | (code(values[i + 1]!) << 4));
      return top;
    },
    decode: (bytes, at, scale) => NF4[(bytes.getUint8(at >> 1) >> (4 * (at & 1))) & 15]! * scale,
  },
};

/** How a row of so many columns lies in memory. */
export interface RowLayout {
  block: number;
  blocks: number;
  blockBytes: number;
  /** Words of a row: a multiple of four, so that every row begins where 16 bytes can be read at once. */
  words: number;
  /** First word of the row's scales. */
  scales: number;
}

export function rowLayout(kind: QuantizedKind, columns: number): RowLayout {
  const { block, bits } = FORMATS[kind];
  const blocks = Math.ceil(columns / block);
  const scales = (blocks * block * bits) / 32;
  const words = 4 * Math.ceil((scales + (kind === 'f16' ? 0 : blocks)) / 4);
  return { block, blocks, blockBytes: (block * bits) / 8, words, scales };
}

/** Bytes that a packed matrix takes. */
export const quantizedBytes = (kind: QuantizedKind, [rows, columns]: readonly [number, number]): number =>
  4 * rows * rowLayout(kind, columns).words;

/** Packs whole rows; rows packed part by part, put one after the other, are the matrix. */
export function quantizeRows(kind: QuantizedKind, columns: number, values: Float32Array): Int32Array<ArrayBuffer> {
  const { block, blocks, blockBytes, words, scales } = rowLayout(kind, columns);
  const rows = values.length / columns;
  const quantized = new Int32Array(rows * words);
  const floats = new Float32Array(quantized.buffer);
  const padded = new Float32Array(block);
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      padded
        .fill(0)
        .set(values.subarray(row * columns + b * block, row * columns + Math.min(columns, (b + 1) * block)));
      const bytes = new DataView(quantized.buffer, 4 * row * words + b * blockBytes, blockBytes);
      const scale = FORMATS[kind].encode(padded, bytes);
      if (kind !== 'f16') floats[row * words + scales + b] = scale;
    }
  }
  return quantized;
}

/**
 * The values that packed rows stand for: the reference for every shader that reads them, and the way back to a file.
 */
export function dequantizeRows(kind: QuantizedKind, columns: number, quantized: Int32Array): Float32Array<ArrayBuffer> {
  const { block, blockBytes, words, scales } = rowLayout(kind, columns);
  const rows = quantized.length / words;
  const view = new DataView(quantized.buffer, quantized.byteOffset, quantized.byteLength);
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const [start, column] = [4 * Math.floor(i / columns) * words, i % columns];
    const b = Math.floor(column / block);
    const scale = kind === 'f16' ? 1 : view.getFloat32(start + 4 * (scales + b), true);
    const bytes = new DataView(view.buffer, view.byteOffset + start + b * blockBytes, blockBytes);
    values[i] = FORMATS[kind].decode(bytes, column % block, scale);
  }
  return values;
}
