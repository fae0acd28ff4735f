import { sizeOf, type DType } from '../base/dtype';
import { AtelierError } from '../base/errors/errors';
import { halfToFloat } from '../base/half';
import type { TensorData } from '../base/tensorData';

/** The number formats that hold weights. */
export const isFloat = (dtype: DType): boolean => ['F32', 'F16', 'BF16', 'F64'].includes(dtype);

/** A tensor's values as f32, whatever float format holds them. Errors: tensor-dtype. */
export function toFloat32(tensor: TensorData, file: string): Float32Array<ArrayBuffer> {
  const count = sizeOf(tensor.shape);
  const { buffer, byteOffset, byteLength } = aligned(tensor.bytes);
  const view = new DataView(buffer, byteOffset, byteLength);
  const out = new Float32Array(count);
  switch (tensor.dtype) {
    case 'F32':
      out.set(new Float32Array(buffer, byteOffset, count));
      return out;
    case 'F16':
      return halves(new Uint16Array(buffer, byteOffset, count), out);
    case 'BF16':
      return brains(new Uint16Array(buffer, byteOffset, count), out);
    case 'F64':
      for (let i = 0; i < count; i++) out[i] = view.getFloat64(8 * i, true);
      return out;
    default:
      throw new AtelierError('tensor-dtype', { file, tensor: tensor.name, dtype: tensor.dtype });
  }
}

/** Typed-array views need an aligned start; a slice of a larger buffer may not have one. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 8 === 0 ? bytes : bytes.slice());

/** bfloat16 is the upper half of an f32. */
function brains(from: Uint16Array, out: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < from.length; i++) bits[i] = from[i]! << 16;
  return out;
}

function halves(from: Uint16Array, out: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  for (let i = 0; i < from.length; i++) out[i] = halfToFloat(from[i]!);
  return out;
}
