import { describe, test } from 'vitest';
import { row } from '../../../src/engine/kernels/row';
import { checkOp, randomTensor } from '../../gpu';

describe('row', () => {
  test.each([
    [5, 7, 0],
    [3, 65, 2],
    [9, 128, 4],
  ])('of [%i, %i], number %i', (rows, width, index) =>
    checkOp({ run: ({ x }) => row(x!, index), inputs: { x: randomTensor('x', [rows, width]) }, gradients: false }),
  );
});
