import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { layerNorm } from '../../../../src/engine/ops/norm/layerNorm';
import { checkOp, onBackend } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

describe('layerNorm', () => {
  test.each([
    // ε of the size of x²: with a small one the gradient of a row of two numbers is a difference of equal numbers
    { rows: 1, width: 2, eps: 0.5 },
    { rows: 3, width: 17 },
    { rows: 65, width: 12 },
    { rows: 129, width: 65 },
    { rows: 17, width: 64 },
    { rows: 257, width: 129 },
    { rows: 5, width: 1028 },
    { rows: 2, width: 8191 },
    { rows: 33, width: 768 },
  ])('equals its reference: $rows rows of $width', async ({ rows, width, eps = 1e-5 }) => {
    await checkOp({
      run: ({ x, w, b }) => layerNorm(x!, w!, b!, eps),
      inputs: {
        x: randomTensor('x', [rows, width], 3),
        w: randomTensor('w', [width]),
        b: randomTensor('b', [width]),
      },
      tolerance: 3e-6,
    });
  });

  test('the weight gradients add more rows than one round of chunks holds', async () => {
    await checkOp({
      run: ({ x, w, b }) => layerNorm(x!, w!, b!, 1e-5),
      inputs: { x: randomTensor('x', [4099, 3]), w: randomTensor('w', [3]), b: randomTensor('b', [3]) },
      tolerance: 3e-6,
    });
  });

  test('a mean far above the spread costs no digits of the variance', async () => {
    await onBackend('webgpu', async () => {
      const x = toTensor({ shape: [1, 4], data: Float32Array.of(4095, 4096, 4097, 4098) });
      const [w, b] = [toTensor({ shape: [4], data: new Float32Array(4).fill(1) }), tf.zeros([4])];
      const y = layerNorm(x, w, b, 0);
      const expected = [-1.5, -0.5, 0.5, 1.5].map((v) => v / Math.sqrt(1.25));
      (await values(y)).forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 6));
      tf.dispose([x, w, b, y]);
    });
  });
});
