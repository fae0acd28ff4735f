import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import { add } from '../../../src/engine/kernels/add';
import { linear, matmul, matmulInto, variantFor, type Variant } from '../../../src/engine/kernels/matmul';
import type { Form } from '../../../src/engine/kernels/matmulSpec';
import { chooseVariantsFor, kernelVariants, useVariants } from '../../../src/engine/kernels/variants';
import { checkOp, randomTensor, relativeError, testEngine, toTensor, values } from '../../gpu';

const VARIANTS: Variant[] = ['registers', 'workgroup'];
const FORMS: Form[] = ['NN', 'NT', 'TN'];
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
  useVariants(Object.fromEntries(FORMS.flatMap((f) => ['few', 'many'].map((c) => [`matmul ${f} ${c}`, variant]))));
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
      run: ({ x, w, residual }) => linear(x!, w!, residual),
      inputs: {
        x: randomTensor('x', [N, width]),
        w: randomTensor('w', [out, width]),
        residual: randomTensor('r', [N, out]),
      },
      tolerance: 2e-6,
    });
  });
});

describe('the choice of variants', () => {
  afterEach(() => chooseVariantsFor('software'));

  test('follows the adapter, keeps few rows in registers, and is remembered', async () => {
    await testEngine();
    chooseVariantsFor('gpu');
    expect([variantFor('NT', 512), variantFor('NT', 1)]).toEqual(['workgroup', 'registers']);
    expect(kernelVariants()).toEqual({ 'matmul NT many': 'workgroup', 'matmul NT few': 'registers' });
  });

  test('can be fixed by a checkpoint, but not to what is unknown', async () => {
    await testEngine();
    chooseVariantsFor('gpu');
    useVariants({ 'matmul NN many': 'registers' });
    expect(variantFor('NN', 512)).toBe('registers');
    expect(() => useVariants({ 'matmul NN many': 'tensor-core' })).toThrow('tensor-core');
    expect(() => useVariants({ 'attention short': 'registers' })).toThrow('attention short');
  });
});
