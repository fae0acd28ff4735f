import { describe, expect, test } from 'vitest';
import { add } from '../../../../src/engine/ops/pointwise/add';
import { rmsNorm } from '../../../../src/engine/ops/norm/rmsNorm';
import { lanesPerRow, ROW_GROUP } from '../../../../src/engine/ops/reduce/rowSum';
import { checkOp, onBackend } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

describe('rmsNorm', () => {
  test.each([
    // ε of the size of x²: with a small one the gradient of a row of one number is a difference of equal numbers
    { rows: 1, width: 1, eps: 0.5 },
    { rows: 3, width: 17 },
    { rows: 65, width: 12 },
    { rows: 129, width: 65 },
    { rows: 17, width: 64 },
    { rows: 257, width: 129 },
    { rows: 5, width: 1028 },
    { rows: 33, width: 576 },
    { rows: 2, width: 8192 },
  ])('equals its reference: $rows rows of $width', async ({ rows, width, eps = 1e-5 }) => {
    await checkOp({
      run: ({ x, w }) => rmsNorm(x!, w!, eps),
      inputs: { x: randomTensor('x', [rows, width], 3), w: randomTensor('w', [width]) },
      tolerance: 3e-6,
    });
  });

  test.each([
    { rows: 3, width: 17 },
    { rows: 65, width: 12 },
    { rows: 300, width: 640 },
  ])('with 1 + w, and a residual beside it: $rows rows of $width', async ({ rows, width }) => {
    const inputs = { x: randomTensor('x', [rows, width], 3), w: randomTensor('w', [width]) };
    await checkOp({ run: ({ x, w }) => rmsNorm(x!, w!, 1e-6, { offset: 1 }), inputs, tolerance: 3e-6 });
    await checkOp({
      run: ({ x, w, residual }) => rmsNorm(x!, w!, 1e-6, { offset: 1, residual: residual! }),
      inputs: { ...inputs, residual: randomTensor('residual', [rows, width]) },
      tolerance: 3e-6,
    });
  });

  test.each([
    { rows: 3, width: 17 },
    { rows: 65, width: 12 },
  ])('a gradient is added to that of other ways, in place where it may be: $rows rows of $width', async (size) => {
    const shape = [size.rows, size.width];
    const w = (name: string) => randomTensor(name, [size.width]);
    await checkOp({
      run: ({ x, a, b, c }) => {
        const once = add(x!, rmsNorm(x!, a!, 1e-5)); // the way around shares its gradient with the norm: a new tensor
        return add(rmsNorm(once, b!, 1e-5), rmsNorm(once, c!, 1e-5)); // the second is added to the first's
      },
      inputs: { x: randomTensor('x', shape, 3), a: w('a'), b: w('b'), c: w('c') },
      tolerance: 3e-6,
    });
  });

  test('the weight gradient adds more rows than one round of chunks holds', async () => {
    await checkOp({
      run: ({ x, w }) => rmsNorm(x!, w!, 1e-5),
      inputs: { x: randomTensor('x', [4099, 3]), w: randomTensor('w', [3]) },
      tolerance: 3e-6,
    });
  });

  test('a row of zeros stays zero', async () => {
    await onBackend('webgpu', async () => {
      const [x, w] = [toTensor({ shape: [1, 3], data: new Float32Array(3) }), toTensor(randomTensor('w', [3]))];
      const y = rmsNorm(x, w, 1e-5);
      expect([...(await values(y))].map(Math.abs)).toEqual([0, 0, 0]);
      [x, w, y].forEach((t) => t.dispose());
    });
  });
});

test('rows take as many lanes as they are worth, a power of two, and fewer where rows are many', () => {
  const lanesOf = (rows: number) => [1, 4, 5, 16, 17, 144, 10_000].map((n) => lanesPerRow(n, rows));
  expect(lanesOf(1)).toEqual([1, 1, 2, 4, 8, 64, ROW_GROUP]);
  expect(lanesOf(1000)).toEqual([1, 1, 1, 1, 2, 16, ROW_GROUP]);
});
