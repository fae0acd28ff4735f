// Products with a matrix in f16, q8 and q4, by every variant, against the reference on the CPU.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { linear } from '../../../../src/engine/ops/matmul/linear';
import { matmul } from '../../../../src/engine/ops/matmul/matmul';
import { FORMS, shapeClass, SIZES, TILES, type Variant } from '../../../../src/engine/ops/matmul/matmulVariants';
import { isQuantized, newMatrix, writeRows, type QuantizedMatrix } from '../../../../src/engine/ops/matrix/matrix';
import {
  quantizeRows,
  rowLayout,
  dequantizeRows,
  type QuantizedKind,
} from '../../../../src/engine/ops/matrix/quantize';
import { useVariants } from '../../../../src/engine/device/variants';
import { valueAndGradients } from '../../../../src/engine/autodiff/tape';
import { checkOp, testEngine } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

const KINDS: QuantizedKind[] = ['f16', 'q8', 'q4'];

/** Rows of x, of W, columns: below a block and across several, in every remainder of 4. */
const SHAPES = [
  [3, 17, 65],
  [65, 67, 130],
  [12, 129, 36],
] as const;

const packedInput = (kind: QuantizedKind, out: number, width: number) => {
  const data = quantizeRows(kind, width, Float32Array.from(randomTensor(`w ${out} ${width}`, [out, width]).data));
  return { shape: [out, rowLayout(kind, width).words], data };
};

/** A matrix on the GPU, its first rows written. */
function packed(kind: QuantizedKind, shape: [number, number], values: Float32Array<ArrayBuffer>): QuantizedMatrix {
  const made = newMatrix(kind, shape);
  writeRows(made, 0, values);
  if (!isQuantized(made)) throw new TypeError('not packed');
  return made;
}

const matrix = (kind: QuantizedKind, shape: [number, number], words: tf.Tensor): QuantizedMatrix => ({
  kind,
  shape,
  words,
});

/** Fixes one variant for all shape classes. */
async function only(variant: Variant): Promise<void> {
  await testEngine();
  useVariants(Object.fromEntries(FORMS.flatMap((form) => SIZES.map((size) => [shapeClass(form, size), variant]))));
}

describe.each(KINDS)('a product with W in %s', (kind) => {
  describe.each(TILES)('variant %s', (variant) => {
    beforeAll(async () => {
      await only(variant);
    });

    test.each(SHAPES)(
      'x Wᵀ and its gradient dy W equal the reference, x with %i rows, W %i × %i',
      async (N, out, width) => {
        await checkOp({
          run: ({ x, words }) => linear(x!, matrix(kind, [out, width], words!)),
          inputs: { x: randomTensor('x', [N, width]), words: packedInput(kind, out, width) },
          tolerance: 2e-6,
        });
      },
    );

    test('x W and its gradient dy Wᵀ equal the reference', async () => {
      await checkOp({
        run: ({ x, words }) => matmul(x!, matrix(kind, [33, 70], words!)),
        inputs: { x: randomTensor('x', [5, 33]), words: packedInput(kind, 33, 70) },
        tolerance: 2e-6,
      });
    });
  });

  test.each([1, 3, 17, 65, 129, 300, 2050, 4096])(
    'one row of x times W equals the reference at %i columns',
    async (width) => {
      await only('dots');
      await checkOp({
        run: ({ x, words }) => linear(x!, matrix(kind, [19, width], words!)),
        inputs: { x: randomTensor('x', [1, width]), words: packedInput(kind, 19, width) },
        tolerance: 2e-6,
      });
    },
  );

  test.each([1, 12])('bias and residual are added, and have their gradients, with %i rows', async (rows) => {
    await checkOp({
      run: ({ x, words, bias, residual }) => linear(x!, matrix(kind, [9, 40], words!), { bias, residual }),
      inputs: {
        x: randomTensor('x', [rows, 40]),
        words: packedInput(kind, 9, 40),
        bias: randomTensor('bias', [9]),
        residual: randomTensor('residual', [rows, 9]),
      },
      tolerance: 2e-6,
    });
  });

  test('gives the same bits each time, uploaded whole or in parts', async () => {
    await testEngine();
    const w = Float32Array.from(randomTensor('w', [33, 70]).data);
    const x = toTensor(randomTensor('x', [20, 70]));
    const whole = packed(kind, [33, 70], w);
    const parts = packed(kind, [33, 70], w.subarray(0, 700));
    writeRows(parts, 10, w.subarray(700));
    const products = [linear(x, whole), linear(x, parts), linear(x, whole)];
    const [first, ...others] = await Promise.all(products.map(values));
    for (const other of others) expect(other).toEqual(first);
    tf.dispose([x, whole.words, parts.words, products]);
  });

  test('is the product with the values that were packed', async () => {
    await testEngine();
    const w = Float32Array.from(randomTensor('w', [33, 70]).data);
    const matrix = packed(kind, [33, 70], w);
    const plain = tf.tensor(dequantizeRows(kind, 70, quantizeRows(kind, 70, w)), [33, 70]);
    const x = toTensor(randomTensor('x', [20, 70]));
    const [found, expected] = [linear(x, matrix), linear(x, plain)];
    expect(relativeError(await values(found), await values(expected))).toBeLessThan(1e-6);
    tf.dispose([x, matrix.words, plain, found, expected]);
  });
});

test('rows that do not fit are refused', async () => {
  await testEngine();
  const matrix = packed('q8', [4, 8], new Float32Array(16));
  expect(() => writeRows(matrix, 3, new Float32Array(16))).toThrow('16 numbers from row 3 on of a matrix of 4 × 8');
  expect(() => writeRows(matrix, 0, new Float32Array(12))).toThrow(RangeError);
  matrix.words.dispose();
});

test('a packed matrix is frozen: differentiating by it is refused', async () => {
  await testEngine();
  const matrix = packed('f16', [4, 8], new Float32Array(32));
  const x = toTensor(randomTensor('x', [3, 8]));
  expect(() => valueAndGradients(() => linear(x, matrix), [matrix.words])).toThrow('no gradient');
  tf.dispose([x, matrix.words]);
});
