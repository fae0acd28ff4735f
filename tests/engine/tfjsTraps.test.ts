/**
 * What makes our own kernels necessary: results of tfjs' WebGPU kernels that are wrong without an error, in the pinned version. Each test
 * states today's wrong behaviour; one that fails after an upgrade says that the upgrade changed it, for better or worse.
 */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { matmul } from '../../src/engine/kernels/matmul';
import { randomTensor, relativeError, testEngine, toTensor, values } from '../gpu';

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

function productNT(a: ArrayLike<number>, b: ArrayLike<number>, n: number, K: number): Float32Array {
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[i * K + k]! * b[j * K + k]!;
    return sum;
  };
  return Float32Array.from({ length: n * n }, (_, at) => dot(Math.floor(at / n), at % n));
}
