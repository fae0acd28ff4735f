import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { add, addInPlace, addPairsInPlace } from '../../../../src/engine/ops/pointwise/add';
import { checkOp, onBackend, testEngine } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

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

  test('in place, of more pairs than one dispatch binds and of all kinds of sizes, adds each to its own', async () => {
    await testEngine();
    const sizes = [3, 4, 1021, 256 * 4, 256 * 4 + 4, 1, 64, 7];
    const given = sizes.map((size, i) => [randomTensor(`a${i}`, [size]), randomTensor(`b${i}`, [size])] as const);
    const pairs = given.map(([a, b]) => [toTensor(a), toTensor(b)] as const);
    addPairsInPlace(pairs);
    for (const [i, [a, b]] of pairs.entries()) {
      const expected = given[i]![0].data.map((x, j) => x + given[i]![1].data[j]!);
      expect([...(await values(a))]).toEqual([...expected]);
      expect([...(await values(b))]).toEqual([...given[i]![1].data]);
    }
    tf.dispose(pairs.flat());
  });
});
