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
