// f32 to and from F16 and BF16 as files hold them. Block formats of GGUF are in `gguf/dequantise`.
import type { DType } from '../base/numbers/dtype';
import { floatToHalf, halfToFloat } from '../base/numbers/half';

/** The number formats that hold weights. */
export type FloatType = 'F32' | 'F16' | 'BF16' | 'F64';

export const isFloat = (dtype: DType): dtype is FloatType => ['F32', 'F16', 'BF16', 'F64'].includes(dtype);

/** Values as f32, whatever float format holds them. Little-endian bytes, as in files and on every machine we run on. */
export function toFloat32(bytes: Uint8Array, dtype: FloatType): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = aligned(bytes);
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4).slice();
    case 'F16':
      return halves(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'BF16':
      return brains(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
  }
}

/** f32 values in another float format, rounded to the nearest, ties to even. */
export function fromFloat32(values: Float32Array, dtype: FloatType): Uint8Array {
  switch (dtype) {
    case 'F32':
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    case 'F16':
      return bytesOf(toHalves(values));
    case 'BF16':
      return bytesOf(toBrains(values));
    case 'F64':
      return bytesOf(Float64Array.from(values));
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Typed-array views need an aligned start; a slice of a larger buffer may not have one. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 8 === 0 ? bytes : bytes.slice());

/** bfloat16 is the upper half of an f32. */
function brains(from: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(from.length);
  for (let i = 0; i < from.length; i++) bits[i] = from[i]! << 16;
  return new Float32Array(bits.buffer);
}

let halfTable: Float32Array | undefined;

/** By a table of all 65,536 halves (256 KiB): models have hundreds of millions. */
function halves(from: Uint16Array): Float32Array<ArrayBuffer> {
  const table = (halfTable ??= Float32Array.from({ length: 65_536 }, (_, half) => halfToFloat(half)));
  const out = new Float32Array(from.length);
  for (let i = 0; i < from.length; i++) out[i] = table[from[i]!]!;
  return out;
}

/** f32 → binary16; what is too large for it becomes infinite. */
export function toHalves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = floatToHalf(values[i]!);
  return out;
}

/** f32 → bfloat16. */
function toBrains(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const b = bits[i]!;
    const nan = (b & 0x7fffffff) > 0x7f800000; // rounding could carry it into infinity
    out[i] = nan ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return out;
}
