import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { copyInto, row } from '../../../../src/engine/ops/rows/selectRow';
import { checkOp, onBackend } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

describe('row', () => {
  test.each([
    [5, 7, 0],
    [3, 65, 2],
    [9, 128, 4],
  ])('of [%i, %i], number %i', (rows, width, index) =>
    checkOp({ run: ({ x }) => row(x!, index), inputs: { x: randomTensor('x', [rows, width]) }, gradients: false }),
  );
});

describe('copyInto', () => {
  test.each(['webgpu', 'cpu'] as const)('puts parts into longer ones and leaves the rest: %s', async (backend) => {
    await onBackend(backend, async () => {
      const x = toTensor({ shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
      const y = toTensor({ shape: [2, 2, 3], data: new Float32Array(12).fill(9) });
      copyInto(y, x);
      expect([...(await values(y))]).toEqual([1, 2, 3, 9, 9, 9, 4, 5, 6, 9, 9, 9]);
      expect(() => copyInto(x, y)).toThrow(RangeError);
      tf.dispose([x, y]);
    });
  });
});
