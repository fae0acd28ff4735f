/** Tensors that own memory of the open device outside of tfjs' tidies: weights, moments, caches, batches. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../base/numbers/dtype';
import { device } from './currentDevice';

/** Zeros are written in parts of this size, so that a large tensor does not stand in JavaScript too. */
const ZEROS = new Uint8Array(1024 * 1024);

/** A tensor that owns memory of the device, with whatever it held; outside of every tidy. The caller disposes it. */
export function newTensor(shape: number[], dtype: 'float32' | 'int32' = 'float32'): Tensor {
  return tf.keep(tf.engine().makeTensorFromTensorInfo(device().alloc(shape, dtype)));
}

/** f32 zeros; the caller disposes the tensor. */
export function zeroTensor(shape: number[]): Tensor {
  const tensor = newTensor(shape);
  const bytes = 4 * sizeOf(shape);
  for (let at = 0; at < bytes; at += ZEROS.length) {
    device().write(tensor, ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at)), at);
  }
  return tensor;
}

/** A row of integers; the caller disposes the tensor. */
export function intTensor(values: Int32Array): Tensor {
  const tensor = newTensor([values.length], 'int32');
  device().write(tensor, unshared(values));
  return tensor;
}

/** The values in memory that is not shared, as `Device.write` takes them: copied if need be. */
export const unshared = (values: Int32Array): Int32Array<ArrayBuffer> =>
  values.buffer instanceof ArrayBuffer ? (values as Int32Array<ArrayBuffer>) : new Int32Array(values);
