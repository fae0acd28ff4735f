// Tensors outside the GPU: name, number format, shape and bytes.
import type { DType } from './dtype';

/** What a tensor is called and how large it is, without its values. */
export interface TensorSpec {
  name: string;
  dtype: DType;
  shape: number[];
}

/** A tensor outside the GPU: row-major, little-endian, `bytes.byteLength` = product of shape × size of dtype. */
export interface TensorData extends TensorSpec {
  bytes: Uint8Array;
}

/** Rows of a parameter in f32, row-major; vectors count elements as rows. */
export type ReadParameterRows = (parameter: string, row: number, rows: number) => Promise<Float32Array<ArrayBuffer>>;
