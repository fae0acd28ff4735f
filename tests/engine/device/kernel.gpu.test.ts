import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { add } from '../../../src/engine/ops/pointwise/add';
import { fixedShader, flatIndex, gpu, grid1d, type Dispatch } from '../../../src/engine/device/kernel';
import { testEngine } from '../../gpu';
import { toTensor, values } from '../../tensors';

const floats = (...data: number[]) => toTensor({ shape: [data.length], data: Float32Array.from(data) });

/** y[i] = factor, from params; `times` is baked into the text. */
const fill = (y: tf.TensorInfo, factor: number, times: number, key = `test fill ${times}`): Dispatch => ({
  shader: fixedShader(
    key,
    `
struct Params { factor: f32 };
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> p: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(64)};
  if (i < arrayLength(&y)) { y[i] = p.factor * ${times}.0; }
}`,
  ),
  binds: [{ tensor: y, write: true }],
  params: (view) => view.setFloat32(0, factor, true),
  workgroups: grid1d(tf.util.sizeFromShape(y.shape), 64),
});

describe('raw dispatches', () => {
  test('each keep their own params over many submits', async () => {
    await testEngine();
    const outputs = Array.from({ length: 150 }, () => gpu().alloc([3]));
    outputs.forEach((y, i) => gpu().run(fill(y, i, 2)));
    for (const [i, y] of outputs.entries()) {
      const read = new Float32Array(await gpu().read(y));
      expect([...read]).toEqual([2 * i, 2 * i, 2 * i]);
    }
    outputs.forEach((y) => gpu().dispose(y));
  });

  test('stand in one order with writes, tfjs kernels and recycled buffers', async () => {
    await testEngine();
    const a = floats(1, 2, 3);
    const sum = add(a, a);
    gpu().write(a, Float32Array.of(10, 20, 30));
    const scratch = gpu().alloc([3]);
    gpu().run(fill(scratch, 7, 1));
    const after = add(a, toTensorOf(scratch));
    gpu().dispose(scratch);
    const doubled = tf.mul(after, 2);
    expect([...(await values(sum))]).toEqual([2, 4, 6]);
    expect([...(await values(doubled))]).toEqual([34, 54, 74]);
    tf.dispose([a, sum, after, doubled]);
  });

  test('read and write parts of a tensor', async () => {
    await testEngine();
    const a = floats(1, 2, 3, 4, 5);
    gpu().write(a, Float32Array.of(9), 8);
    expect([...new Float32Array(await gpu().read(a, 4, 12))]).toEqual([2, 9, 4]);
    a.dispose();
  });

  test('leave no old value in tfjs after a kernel wrote in place', async () => {
    await testEngine();
    const a = floats(1, 2);
    await a.data();
    gpu().run(fill(a, 5, 1));
    expect([...(await a.data())]).toEqual([5, 5]);
    a.dispose();
  });

  test('refuse one key for two shaders', async () => {
    await testEngine();
    const a = floats(1);
    gpu().run(fill(a, 1, 3, 'test clash'));
    expect(() => gpu().run(fill(a, 1, 4, 'test clash'))).toThrow('test clash');
    a.dispose();
  });
});

/** The tensor of an `alloc`, with a reference of its own to the buffer. */
function toTensorOf(info: tf.TensorInfo): tf.Tensor {
  tf.engine().backend.incRef(info.dataId);
  return tf.engine().makeTensorFromTensorInfo(info);
}

describe('memory', () => {
  test('is recycled before the submit, counted, and given back by trim', async () => {
    await testEngine();
    gpu().trim();
    const before = gpu().bytes();
    const size = 4 * 1013;
    for (let i = 0; i < 10; i++) {
      const scratch = gpu().alloc([1013]);
      gpu().run(fill(scratch, i, 1));
      gpu().dispose(scratch);
    }
    expect(gpu().bytes()).toEqual({ allocated: before.allocated + size, used: before.used });
    gpu().trim();
    expect(gpu().bytes()).toEqual(before);
  });

  test('grids fold above 65,535 workgroups', () => {
    expect([grid1d(1, 64), grid1d(65, 64), grid1d(65535 * 64, 64)]).toEqual([
      [1, 1, 1],
      [2, 1, 1],
      [65535, 1, 1],
    ]);
    const [x, y] = grid1d(65536 * 64 + 1, 64);
    expect(x * y).toBeGreaterThanOrEqual(65537);
    expect(x).toBeLessThanOrEqual(65535);
  });
});
