import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import { add } from '../../../src/engine/kernels/add';
import { linear } from '../../../src/engine/kernels/linear';
import { matmul, matmulInto } from '../../../src/engine/kernels/matmul';
import type { Form } from '../../../src/engine/kernels/matmulSpec';
import {
  FORMS,
  matmulSize,
  shapeClass,
  SIZES,
  variantFor,
  VARIANTS,
  type Variant,
} from '../../../src/engine/kernels/matmulVariants';
import { chooseVariantsFor, kernelVariants, useVariants } from '../../../src/engine/kernels/variants';
import { checkOp, randomTensor, relativeError, testEngine, toTensor, values } from '../../gpu';

/** M, N, K: smaller than a tile and across several; all multiples of 4 (one shader per form), all odd (another), and mixed. */
const SHAPES = [
  [12, 20, 36],
  [68, 132, 20],
  [1, 65, 3],
  [65, 129, 17],
  [8, 3, 12],
] as const;

const inputs = (form: Form, M: number, N: number, K: number) => ({
  a: randomTensor(`a ${M} ${K}`, form === 'TN' ? [K, M] : [M, K]),
  b: randomTensor(`b ${N} ${K}`, form === 'NT' ? [N, K] : [K, N]),
});

/** Fixes one variant for all shape classes, small ones too. */
async function only(variant: Variant): Promise<void> {
  await testEngine();
  useVariants(Object.fromEntries(FORMS.flatMap((form) => SIZES.map((size) => [shapeClass(form, size), variant]))));
}

describe.each(VARIANTS)('matmul, variant %s', (variant) => {
  describe.each(FORMS)('form %s', (form) => {
    test.each(SHAPES)('equals its reference with both gradients at %i × %i × %i', async (M, N, K) => {
      await only(variant);
      await checkOp({ run: ({ a, b }) => matmul(a!, b!, form), inputs: inputs(form, M, N, K), tolerance: 2e-6 });
    });

    test('sums K above 2,000 without losing a term', async () => {
      await only(variant);
      await checkOp({ run: ({ a, b }) => matmul(a!, b!, form), inputs: inputs(form, 9, 13, 2051), tolerance: 2e-6 });
      await checkOp({ run: ({ a, b }) => matmul(a!, b!, form), inputs: inputs(form, 4, 8, 2048), tolerance: 2e-6 });
    });

    test('adds into a collected gradient', async () => {
      await only(variant);
      const { a, b } = inputs(form, 17, 33, 65);
      const [x, y, c] = [toTensor(a), toTensor(b), toTensor(randomTensor('c', [17, 33]))];
      const expected = tf.tidy(() => add(c, matmul(x, y, form)));
      matmulInto(c, x, y, form);
      expect(relativeError(await values(c), await values(expected))).toBeLessThan(1e-6);
      tf.dispose([x, y, c, expected]);
    });

    test('gives the same bits each time', async () => {
      await only(variant);
      const { a, b } = inputs(form, 65, 33, 129);
      const [x, y] = [toTensor(a), toTensor(b)];
      const first = matmul(x, y, form);
      const second = matmul(x, y, form);
      expect(await values(second)).toEqual(await values(first));
      tf.dispose([x, y, first, second]);
    });
  });

  test.each([
    [5, 7, 3],
    [64, 8, 12],
  ])('linear adds its residual, and hands dy on to it, at %i × %i × %i', async (N, out, width) => {
    await only(variant);
    await checkOp({
      run: ({ x, w, residual }) => linear(x!, w!, { residual }),
      inputs: {
        x: randomTensor('x', [N, width]),
        w: randomTensor('w', [out, width]),
        residual: randomTensor('r', [N, out]),
      },
      tolerance: 2e-6,
    });
  });
});

describe('batches and addends', () => {
  test.each(FORMS)('every pair of a batch is multiplied, with its gradients, in form %s', async (form) => {
    await checkOp({
      run: ({ a, b }) => matmul(a!, b!, form),
      inputs: {
        a: randomTensor('batch a', form === 'TN' ? [3, 7, 5] : [3, 5, 7]),
        b: randomTensor('batch b', form === 'NT' ? [3, 9, 7] : [3, 7, 9]),
      },
      tolerance: 2e-6,
    });
  });

  test('a batch adds into a batch', async () => {
    await testEngine();
    const [a, b] = [toTensor(randomTensor('a', [2, 12, 8])), toTensor(randomTensor('b', [2, 8, 16]))];
    const c = tf.zeros([2, 12, 16]);
    matmulInto(c, a, b, 'NN');
    const expected = matmul(a, b);
    expect(await values(c)).toEqual(await values(expected));
    tf.dispose([a, b, c, expected]);
  });

  test.each([1, 17, 128, 129, 700])('the gradient of a bias is the sum over %i rows', async (N) => {
    await checkOp({
      run: ({ x, w, bias }) => linear(x!, w!, { bias }),
      inputs: { x: randomTensor('x', [N, 5]), w: randomTensor('w', [65, 5]), bias: randomTensor('bias', [65]) },
      tolerance: 4e-6,
    });
  });
});

describe('one row', () => {
  test.each([1, 3, 17, 65, 129, 1024, 2050])('times a matrix equals the reference at K = %i', async (K) => {
    await checkOp({ run: ({ a, b }) => matmul(a!, b!, 'NT'), inputs: inputs('NT', 1, 37, K), tolerance: 2e-6 });
    await checkOp({ run: ({ a, b }) => matmul(a!, b!, 'NT'), inputs: inputs('NT', 1, 200, K), tolerance: 2e-6 });
  });
});

describe('the tile of registers', () => {
  test.each(FORMS)('does not change the sums, nor their order, in form %s', async (form) => {
    const bits = [];
    for (const variant of ['registers', 'registers4'] as const) {
      await only(variant);
      const { a, b } = inputs(form, 37, 29, 130);
      const [x, y] = [toTensor(a), toTensor(b)];
      const product = matmul(x, y, form);
      bits.push(await values(product));
      tf.dispose([x, y, product]);
    }
    expect(bits[1]).toEqual(bits[0]);
  });
});

describe('the choice of variants', () => {
  afterEach(() => chooseVariantsFor('software'));

  test('tells few rows and the number of results apart', () => {
    const sizes = [matmulSize(8, 1e6), matmulSize(9, 7), matmulSize(256, 256), matmulSize(256, 257)];
    expect(sizes).toEqual(['few', 'small', 'small', 'middle']);
    expect([matmulSize(1024, 1024), matmulSize(1024, 1025)]).toEqual(['middle', 'large']);
  });

  test('follows the adapter, keeps few rows in registers, and is remembered', () => {
    chooseVariantsFor('gpu');
    expect([variantFor('NT', 512, 512), variantFor('NT', 1, 512)]).toEqual(['workgroup', 'registers']);
    expect(kernelVariants()).toEqual({ 'matmul NT middle': 'workgroup', 'matmul NT few': 'registers' });
  });

  test('can be fixed by a checkpoint; what it does not name runs the default', () => {
    chooseVariantsFor('gpu');
    expect(useVariants({ 'matmul NN small': 'registers4' })).toEqual([]);
    expect([variantFor('NN', 64, 64), variantFor('NN', 512, 512)]).toEqual(['registers4', 'workgroup']);
    expect(useVariants(kernelVariants())).toEqual([]);
    expect(variantFor('NN', 64, 64)).toBe('registers4');
  });

  test('understands checkpoints that told only few rows from many', () => {
    chooseVariantsFor('gpu');
    useVariants({ 'matmul TN many': 'registers', 'matmul TN few': 'workgroup' });
    const sizes = [variantFor('TN', 9, 9), variantFor('TN', 512, 512), variantFor('TN', 2048, 2048)];
    expect(sizes).toEqual(['registers', 'registers', 'registers']);
    expect([variantFor('TN', 3, 512), variantFor('NN', 512, 512)]).toEqual(['workgroup', 'workgroup']);
  });

  test('says what it replaces', () => {
    chooseVariantsFor('gpu');
    const unknown = { 'matmul NN middle': 'tensor-core', 'matmul NT few': 'toString', 'attention short': 'registers' };
    expect(useVariants(unknown)).toEqual(Object.entries(unknown).map(([op, variant]) => ({ op, variant })));
    expect([variantFor('NN', 512, 512), variantFor('NT', 1, 1)]).toEqual(['workgroup', 'registers']);
  });
});
