import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { addPositions } from '../../../../src/engine/ops/gather/positions';
import { checkOp } from '../../../gpu';
import { randomTensor } from '../../../tensors';

describe('positions', () => {
  test.each([
    { batch: 1, length: 1, width: 1, rows: 1 },
    { batch: 3, length: 5, width: 17, rows: 9 },
    { batch: 2, length: 65, width: 12, rows: 129, start: 3 },
    { batch: 5, length: 1, width: 64, rows: 17, start: { position: 16 } },
  ])('equal their reference: $batch × $length of $width', ({ batch, width, rows, ...shape }) =>
    checkOp({
      run: ({ x, table }) => addPositions(x!, table!, shape),
      inputs: {
        x: randomTensor('x', [batch * shape.length, width]),
        table: randomTensor('table', [rows, width]),
      },
      tolerance: 1e-6,
    }),
  );

  test('a table that ends before is refused', () => {
    const [x, table] = [tf.zeros([4, 1]), tf.zeros([4, 1])];
    expect(() => addPositions(x, table, { length: 4, start: 1 })).toThrow(RangeError);
    tf.dispose([x, table]);
  });
});
