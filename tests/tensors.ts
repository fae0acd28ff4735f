// Plain values for the tests of tensors: random ones, their distance, and the way into tfjs and back. Opens no device.
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { stream } from '../src/base/numbers/rng';
import { device } from '../src/engine/device/currentDevice';
import type { CpuTensor } from '../src/engine/device/kernel';

/** Standard normal values times `scale`, the same for the same name. */
export function randomTensor(name: string, shape: number[], scale = 1): CpuTensor {
  const random = stream(1, 'test', name);
  return {
    shape,
    data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => scale * random.normal()),
  };
}

/** ‖a − b‖ / ‖b‖ (just ‖a‖ where b is zero), in f64; NaN anywhere gives NaN, which fails every comparison. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(difference) / (norm > 0 ? Math.sqrt(norm) : 1);
}

/** A tensor on the current backend; on `cpu` it keeps the array as it is, f64 too. */
export function toTensor({ data, shape }: CpuTensor): tf.Tensor {
  const dtype = data instanceof Int32Array ? 'int32' : 'float32';
  if (tf.getBackend() !== 'cpu')
    return tf.tensor(data instanceof Float64Array ? Float32Array.from(data) : data, shape, dtype);
  return tf
    .engine()
    .makeTensorFromTensorInfo((tf.backend() as MathBackendCPU).makeTensorInfo(shape, dtype, data as Float32Array));
}

/** The values of a tensor, from either backend, without tfjs' cache. */
export async function values(tensor: tf.Tensor): Promise<CpuTensor['data']> {
  if (tf.getBackend() === 'cpu')
    return (tf.backend() as MathBackendCPU).data.get(tensor.dataId).values as CpuTensor['data'];
  const bytes = await device().read(tensor);
  return tensor.dtype === 'int32' ? new Int32Array(bytes) : new Float32Array(bytes);
}
