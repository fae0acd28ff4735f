import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import { add } from '../../../../src/engine/ops/pointwise/add';
import { newTensor } from '../../../../src/engine/device/buffers';
import { gpu, withCounter } from '../../../../src/engine/device/kernel';
import { linear } from '../../../../src/engine/ops/matmul/linear';
import { matmul, matmulInto } from '../../../../src/engine/ops/matmul/matmul';
import { sliceOf } from '../../../../src/engine/ops/matmul/matmulSliced';
import type { Form } from '../../../../src/engine/ops/matmul/matmulSpec';
import { quantizeRows } from '../../../../src/engine/ops/matrix/quantize';
import {
  FORMS,
  matmulSize,
  shapeClass,
  SIZES,
  variantFor,
  TILES,
  type Variant,
} from '../../../../src/engine/ops/matmul/matmulVariants';
import { chooseVariantsFor, kernelVariants, useVariants } from '../../../../src/engine/device/variants';
import { checkOp, testEngine } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

/**
 * M, N, K: smaller than a tile and across several; all multiples of 4 (one shader per form), all odd (another), and
 * mixed.
 */
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

describe.each(TILES)('matmul, variant %s', (variant) => {
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
    await only('dots');
    await checkOp({ run: ({ a, b }) => matmul(a!, b!, 'NT'), inputs: inputs('NT', 1, 37, K), tolerance: 2e-6 });
    await checkOp({ run: ({ a, b }) => matmul(a!, b!, 'NT'), inputs: inputs('NT', 1, 200, K), tolerance: 2e-6 });
  });
});

describe('sums in slices', () => {
  // one number; odd and more than a tile; slices that end within a tile's depth; two slices at least in each
  test.each([
    [1, 1, 513],
    [3, 17, 1030],
    [65, 33, 700],
    [8, 64, 512],
  ])('equal the reference in all forms, with addends, at %i × %i × %i', async (M, N, K) => {
    await only('sliced32');
    expect(sliceOf(M, N, K)).toBeLessThan(K);
    for (const form of FORMS) {
      const addends = { bias: randomTensor('bias', [N]), residual: randomTensor('residual', [M, N]) };
      await checkOp({
        run: ({ a, b, bias, residual }) => matmul(a!, b!, form, { bias, residual }),
        inputs: { ...inputs(form, M, N, K), ...addends },
        tolerance: 2e-6,
      });
    }
  });

  test('are added to what is there, give the same bits each time, and free their scratch', async () => {
    await only('sliced32');
    const { a, b } = inputs('TN', 9, 13, 2051);
    const [x, y, c] = [toTensor(a), toTensor(b), toTensor(randomTensor('c', [9, 13]))];
    const [product, again] = [matmul(x, y, 'TN'), matmul(x, y, 'TN')];
    expect(await values(again)).toEqual(await values(product));
    const sum = add(c, product);
    const used = gpu().bytes().used;
    matmulInto(c, x, y, 'TN');
    expect(gpu().bytes().used).toBe(used);
    expect(relativeError(await values(c), await values(sum))).toBeLessThan(1e-6);
    tf.dispose([x, y, c, product, again, sum]);
  });

  test('of a packed matrix equal the reference', async () => {
    await only('sliced32');
    const data = quantizeRows('q4', 1030, Float32Array.from(randomTensor('w', [5, 1030]).data));
    await checkOp({
      run: ({ x, words }) => linear(x!, { kind: 'q4', shape: [5, 1030], words: words! }),
      inputs: { x: randomTensor('x', [3, 1030]), words: { shape: [5, data.length / 5], data } },
      tolerance: 2e-6,
    });
  });

  test('are worth it for few tiles and deep sums only; their scratch is counted and stays small', () => {
    expect([sliceOf(64, 64, 511), sliceOf(1024, 1024, 4096)]).toEqual([511, 4096]);
    expect([sliceOf(32, 32, 65_536), sliceOf(192, 192, 1024), sliceOf(576, 192, 600)]).toEqual([256, 256, 304]);
    const scratch = withCounter((counter) => {
      useVariants({ 'matmul TN small': 'sliced32' });
      const [a, b] = [newTensor([2048, 64]), newTensor([2048, 64])];
      counter.capture({}, () => matmul(a, b, 'TN').dispose());
      return Math.max(...counter.shared);
    });
    expect(scratch).toBe(8 * 64 * 64 * 4);
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
    expect([variantFor('NT', 512, 512), variantFor('NN', 1, 512)]).toEqual(['workgroup', 'registers']);
    expect(kernelVariants()).toEqual({ 'matmul NT middle': 'workgroup', 'matmul NN few': 'registers' });
    expect(variantFor('NT', 1, 512)).toBe('dots');
    chooseVariantsFor('software');
    expect(variantFor('NT', 1, 512)).toBe('registers');
  });

  test('can be fixed by a checkpoint; what it does not name runs the default', () => {
    chooseVariantsFor('gpu');
    expect(useVariants({ 'matmul NN small': 'registers4' })).toEqual([]);
    expect([variantFor('NN', 64, 64), variantFor('NN', 512, 512)]).toEqual(['registers4', 'workgroup']);
    expect(useVariants(kernelVariants())).toEqual([]);
    expect(variantFor('NN', 64, 64)).toBe('registers4');
  });

  test('says what it replaces', () => {
    chooseVariantsFor('gpu');
    const unknown = { 'matmul NN middle': 'tensor-core', 'matmul NT few': 'toString', 'attention short': 'registers' };
    expect(useVariants(unknown)).toEqual(Object.entries(unknown).map(([op, variant]) => ({ op, variant })));
    expect([variantFor('NN', 512, 512), variantFor('NT', 1, 1)]).toEqual(['workgroup', 'dots']);
  });

  test('replaces what needs subgroups where there are none', () => {
    const record = { 'attention short heads': 'quads' };
    chooseVariantsFor('software', new Set(['subgroups']));
    expect(useVariants(record)).toEqual([]);
    chooseVariantsFor('software');
    expect(useVariants(record)).toEqual([{ op: 'attention short heads', variant: 'quads' }]);
  });
});
