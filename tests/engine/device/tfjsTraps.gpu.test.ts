/**
 * What makes our own kernels necessary: results of tfjs' WebGPU kernels that are wrong without an error, in the pinned
 * version. Each test states today's wrong behaviour; one that fails after an upgrade says that the upgrade changed it,
 * for better or worse.
 */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { fixedShader, gpu } from '../../../src/engine/device/kernel';
import { matmul } from '../../../src/engine/ops/matmul/matmul';
import { testEngine } from '../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../tensors';

beforeAll(async () => {
  await testEngine();
});

describe('traps of tfjs-backend-webgpu', () => {
  test('the umbrella package and the engine share one core', () => {
    expect([tf.version.tfjs, tf.getBackend()]).toEqual(['4.22.0', 'webgpu']);
  });

  test('a long product with a transposed right side is wrong, and so are gradients through it; ours is right', async () => {
    const [a, b] = [toTensor(randomTensor('a', [16, 2048])), toTensor(randomTensor('b', [16, 2048]))];
    const [theirs, ours] = [tf.matMul(a, b, false, true), matmul(a, b, 'NT')];
    const exact = toTensor({ shape: [16, 16], data: productNT(await values(a), await values(b), 16, 2048) });
    expect(relativeError(await values(theirs), await values(exact))).toBeGreaterThan(0.1);
    expect(relativeError(await values(ours), await values(exact))).toBeLessThan(1e-5);
    tf.dispose([a, b, theirs, ours, exact]);
  });

  test('the second length of a reverse cumulative sum runs the shader of the first', async () => {
    const first = tf.tidy(() => tf.cumsum(tf.ones([100]), 0, false, true));
    const second = tf.tidy(() => tf.cumsum(tf.ones([150]), 0, false, true));
    expect((await values(first))[0]).toBe(100);
    expect((await values(second))[0]).not.toBe(150);
    tf.dispose([first, second]);
  });

  test('the first multinomial sample is always index 0', async () => {
    const logits = toTensor({ shape: [1, 3], data: Float32Array.of(0, 0, 50) });
    for (const seed of [1, 2, 3]) {
      const drawn = tf.multinomial(logits as tf.Tensor2D, 1, seed) as tf.Tensor;
      expect((await values(drawn))[0]).toBe(0);
      drawn.dispose();
    }
    logits.dispose();
  });

  test('int32 above 2²⁴ goes through float32', async () => {
    const a = toTensor({ shape: [1], data: Int32Array.of(16777217) });
    const sum = tf.add(a, tf.scalar(0, 'int32'));
    expect((await values(sum))[0]).toBe(16777216);
    tf.dispose([a, sum]);
  });
});

describe('of its kernels', () => {
  test('one number of a softmax over more than 65,535 rows is wrong', async () => {
    const x = toTensor({ shape: [66_000, 2], data: Float32Array.from(randomTensor('x', [66_000, 2]).data) });
    const y = tf.softmax(x);
    const sums = tf.sum(y, 1);
    const wrong = Array.from(await values(sums)).filter((sum) => Math.abs(sum - 1) > 1e-3);
    expect(wrong).toHaveLength(1);
    sums.dispose();
    tf.dispose([x, y]);
  });

  test('a transposition of int32 of rank 3 does not compile, and gives something all the same', async () => {
    const x = toTensor({ shape: [2, 3, 4], data: Int32Array.from({ length: 24 }, (_, i) => i + 1) });
    const [y, fault] = await expectingFault(() => tf.transpose(x, [2, 0, 1]));
    expect(fault?.message).toMatch(/ShaderModule|ComputePipeline|shader/i);
    expect((await values(y)).slice(0, 3)).not.toEqual(Int32Array.of(1, 5, 9));
    tf.dispose([x, y]);
  });

  test('sums of int32 over segments are the bits of floats', async () => {
    const [x, ids] = [toTensor(ints(3, 4, 5)), toTensor(ints(0, 1, 0))];
    const sums = tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 2);
    expect([...(await values(sums))]).not.toEqual([8, 4]);
    tf.dispose([x, ids, sums]);
  });

  test('a batch of rows times one matrix has no gradient', async () => {
    const [x, w] = [toTensor(randomTensor('x', [2, 3, 4])), toTensor(randomTensor('w', [4, 5]))];
    expect(() => tf.grads((x, w) => tf.sum(tf.matMul(x, w)))([x, w])).toThrow();
    await gpu().read(x); // the device is well
    tf.dispose([x, w]);
  });
});

describe('of its buffers', () => {
  const backend = () => tf.backend() as WebGPUBackend;

  test('what was read once is kept in JavaScript, and read there again after a kernel wrote', async () => {
    const x = tf.keep(tf.fill([1], 7));
    expect((await x.data())[0]).toBe(7);
    const { resource } = backend().tensorMap.get(x.dataId);
    backend().queue.writeBuffer(resource as GPUBuffer, 0, Float32Array.of(8));
    expect((await x.data())[0]).toBe(7);
    expect((await values(x))[0]).toBe(8); // ours
    x.dispose();
  });

  test('values that are still in JavaScript cannot be given as a buffer', () => {
    const x = tf.tensor1d([1, 2, 3]);
    expect(() => x.dataToGPU()).toThrow();
    x.dispose();
  });

  test('zeros and ones wait in JavaScript; a fill does not', () => {
    const made = [tf.zeros([3]), tf.ones([3]), tf.fill([3], 2)];
    const onGpu = made.map(({ dataId }) => backend().tensorMap.get(dataId).resource !== undefined);
    expect(onGpu).toEqual([false, false, true]);
    tf.dispose(made);
  });

  test('a free list for every size is never given back', () => {
    gpu().trim();
    const before = gpu().bytes().allocated;
    const sizes = [101, 203, 307, 409, 503];
    for (const size of sizes) tf.fill([size], 1).dispose();
    gpu().flush();
    expect(gpu().bytes().allocated - before).toBeGreaterThanOrEqual(4 * sizes.reduce((a, b) => a + b));
    gpu().trim();
    expect(gpu().bytes().allocated).toBe(before);
  });

  test('a buffer that a dispatch both reads and writes fails the whole submit, and throws nowhere', async () => {
    const [x, y] = [toTensor(randomTensor('x', [64])), toTensor(randomTensor('y', [64]))];
    await values(y);
    const wgsl = `@group(0) @binding(0) var<storage, read_write> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@compute @workgroup_size(1) fn main() { a[0] = b[1]; }`;
    const binds = [{ tensor: x, write: true as const }, { tensor: x }];
    const [, fault] = await expectingFault(() =>
      gpu().run({ shader: fixedShader('trap', wgsl), binds, workgroups: [1, 1, 1] }),
    );
    expect(fault?.message).toContain('writable usage');
    tf.dispose([x, y]);
  });
});

describe('of its tape', () => {
  test('gradients within gradients lose the outer tape', () => {
    const squared = tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      const gradFunc = (dy: tf.Tensor, [x]: tf.Tensor[]): tf.Tensor => tf.mul(dy, tf.grad((v) => tf.square(v))(x!));
      return {
        value: tf.square(x as tf.Tensor),
        gradFunc: gradFunc,
      };
    });
    const x = tf.scalar(3);
    expect(() => tf.grad((v) => tf.sum(squared(v)))(x)).toThrow("reading 'forEach'");
    x.dispose();
  });

  test('a comparison on the way has no gradient, though nothing depends on it', () => {
    const x = tf.tensor1d([1, -1]);
    expect(() => tf.grad((v) => tf.sum(tf.where(tf.greater(v, 0), v, tf.zerosLike(v))))(x)).toThrow('Greater');
    x.dispose();
  });
});

const ints = (...data: number[]) => ({ shape: [data.length], data: Int32Array.from(data) });

/** What `f` gives, and the error that the device has of it. */
async function expectingFault<T>(f: () => T): Promise<[T, GPUError | null]> {
  const { device } = gpu();
  gpu().flush();
  device.pushErrorScope('validation');
  const result = f();
  gpu().flush();
  return [result, await device.popErrorScope()];
}

function productNT(a: ArrayLike<number>, b: ArrayLike<number>, n: number, K: number): Float32Array {
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[i * K + k]! * b[j * K + k]!;
    return sum;
  };
  return Float32Array.from({ length: n * n }, (_, at) => dot(Math.floor(at / n), at % n));
}
