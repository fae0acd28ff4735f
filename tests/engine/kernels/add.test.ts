import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { add, addInPlace } from '../../../src/engine/kernels/add';
import { checkOp, onBackend, randomTensor, testEngine, toTensor, values } from '../../gpu';

describe('add', () => {
  test.each([{ dims: [1] }, { dims: [3] }, { dims: [17] }, { dims: [65, 4] }, { dims: [129, 33] }])(
    'equals its reference at $dims',
    async ({ dims }) => {
      await checkOp({
        run: ({ a, b }) => add(a!, b!),
        inputs: { a: randomTensor('a', dims), b: randomTensor('b', dims) },
        tolerance: 1e-7,
      });
    },
  );

  test('folds its grid above 65,535 workgroups', async () => {
    await testEngine();
    const size = 65536 * 256 + 3;
    const a = tf.fill([size], 0.5);
    const b = tf.fill([size], 0.25);
    const c = add(a, b);
    const read = await values(c);
    expect([read[0], read[65535 * 256], read[size - 1]]).toEqual([0.75, 0.75, 0.75]);
    tf.dispose([a, b, c]);
  });

  test('in place changes the first tensor and only it', async () => {
    for (const backend of ['webgpu', 'cpu'] as const) {
      await onBackend(backend, async () => {
        const a = toTensor({ shape: [3], data: Float32Array.of(1, 2, 3) });
        const b = toTensor({ shape: [3], data: Float32Array.of(10, 20, 30) });
        addInPlace(a, b);
        expect([...(await values(a)), ...(await values(b))]).toEqual([11, 22, 33, 10, 20, 30]);
        tf.dispose([a, b]);
      });
    }
  });
});
