import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { add } from '../../../src/engine/ops/pointwise/add';
import { defineOp, gpu, runOp, zeros } from '../../../src/engine/device/kernel';
import { linear } from '../../../src/engine/ops/matmul/linear';
import { matmul } from '../../../src/engine/ops/matmul/matmul';
import { recompute, valueAndGradients } from '../../../src/engine/autodiff/tape';
import { checkOp, onBackend, testEngine } from '../../gpu';
import { randomTensor, toTensor, values } from '../../tensors';

/** An op on the CPU backend alone, whose gradient tells which closures were called. */
const called: string[] = [];
const spy = defineOp<'a' | 'b'>({
  name: 'TestSpy',
  gpu: () => [],
  reference: ({ a, b }) => {
    const [y, other] = [zeros(a.shape, a), zeros(a.shape, a)];
    a.data.forEach((x, i) => ([y.data[i], other.data[i]] = [x * b.data[i]!, x]));
    return [y, other];
  },
  save: { inputs: ['a', 'b'] },
  gradient: ([dy], [a, b]) => ({
    a: () => (called.push('a'), runOp('TestSpy', { a: dy!, b: b! })[0]!),
    b: () => (called.push('b'), runOp('TestSpy', { a: dy!, b: a! })[0]!),
  }),
});

const x23 = () => randomTensor('x', [2, 3]);

describe('the tape', () => {
  test('sums the gradients of a tensor that is used several times', async () => {
    await checkOp({
      run: ({ x, w }) => {
        const h = add(x!, x!);
        const forked = add(linear(h, w!), linear(h, w!, { residual: h }));
        return add(forked, h);
      },
      inputs: { x: randomTensor('x', [5, 7]), w: randomTensor('w', [7, 7]) },
    });
  });

  test('goes through a chain of residual blocks', async () => {
    await checkOp({
      run: ({ x, u, v }) => [1, 2, 3].reduce((h) => linear(linear(h, u!), v!, { residual: h }), x!),
      inputs: { x: randomTensor('x', [9, 4]), u: randomTensor('u', [11, 4], 0.3), v: randomTensor('v', [4, 11], 0.3) },
    });
  });

  test('calls no closure of a frozen input', async () => {
    await onBackend('cpu', async () => {
      const [a, b] = [toTensor(x23()), toTensor(x23())];
      called.length = 0;
      const { values: ys, grads } = valueAndGradients(() => spy({ a, b })[0]!, [b]);
      expect(called).toEqual(['b']);
      tf.dispose([a, b, ys, grads[0]!]);
    });
  });

  test('has no gradient for a weight that the value does not depend on', async () => {
    await onBackend('cpu', async () => {
      const [a, b] = [toTensor(x23()), toTensor(x23())];
      const { values: ys, grads } = valueAndGradients(() => add(a, a), [a, b]);
      expect([...(await values(grads[0]!))]).toEqual([2, 2, 2, 2, 2, 2]);
      expect(grads[1]).toBeUndefined();
      tf.dispose([a, b, ys, grads[0]!]);
    });
  });

  test('gives each weight a gradient of its own, though both are dy', async () => {
    await onBackend('cpu', async () => {
      const [a, b] = [toTensor(x23()), toTensor(x23())];
      const { values: ys, grads } = valueAndGradients(() => add(a, b), [a, b]);
      expect(grads[0]!.dataId).not.toBe(grads[1]!.dataId);
      expect(await values(grads[0]!)).toEqual(await values(grads[1]!));
      tf.dispose([a, b, ys, grads[0]!, grads[1]!]);
    });
  });

  test('leaves nothing behind when the function or a gradient throws', async () => {
    await testEngine();
    const [a, w] = [toTensor(x23()), toTensor(randomTensor('w', [3, 3]))];
    const before = tf.memory().numTensors;
    const broken = () => {
      linear(a, w);
      throw new Error('in the middle');
    };
    expect(() => valueAndGradients(broken, [w])).toThrow('in the middle');
    expect(() => valueAndGradients(() => tf.neg(linear(a, w)), [w])).toThrow('no gradient');
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([a, w]);
  });

  test('holds less than tfjs and the same every time', async () => {
    await testEngine();
    const [x, w] = [toTensor(randomTensor('x', [64, 256])), toTensor(randomTensor('w', [256, 256], 0.05))];
    const blocks = 12;
    const once = () => {
      const forward = () =>
        Array.from({ length: blocks }).reduce<tf.Tensor>((h) => tf.tidy(() => linear(h, w, { residual: h })), x);
      const { values: ys, grads } = valueAndGradients(forward, [w]);
      tf.dispose([ys, grads[0]!]);
    };
    gpu().trim();
    once();
    await gpu().read(x, 0, 4);
    const { allocated } = gpu().bytes();
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) once();
    await gpu().read(x, 0, 4);
    expect(gpu().bytes().allocated).toBe(allocated);
    expect(tf.memory().numTensors).toBe(tensors);
    // x and w, one activation per block, and a bounded number of gradients: dy, dx, the sum for w and its next term.
    const [activation, weight] = [64 * 256 * 4, 256 * 256 * 4];
    expect(allocated).toBeLessThan((blocks + 6) * activation + 4 * weight);
    tf.dispose([x, w]);
  });

  test('differentiates a product of three forms like finite differences', async () => {
    await checkOp({
      run: ({ a, b }) => matmul(matmul(a!, b!, 'NT'), matmul(a!, b!, 'NT'), 'TN'),
      inputs: { a: randomTensor('a', [5, 3]), b: randomTensor('b', [6, 3]) },
    });
  });

  /** Blocks of two products with a residual, some of them in a checkpoint. */
  const blocks = (x: tf.Tensor, weights: [tf.Tensor, tf.Tensor][], recomputedBlocks: number): tf.Tensor =>
    weights.reduce((h, [u, v], i) => {
      const block = (from: tf.Tensor) => linear(linear(from, u), v, { residual: from });
      const y = tf.tidy(() => (i < recomputedBlocks ? recompute(block, h, [u, v]) : block(h)));
      if (h !== x) h.dispose();
      return y;
    }, x);

  /** Bits of value and gradients, and the bytes that this took beyond what was there. */
  async function throughBlocks(recomputedBlocks: number, byInput = true) {
    await testEngine();
    const x = toTensor(randomTensor('x', [64, 16]));
    const pair = (i: number): [tf.Tensor, tf.Tensor] => [
      toTensor(randomTensor(`u${i}`, [256, 16], 0.1)),
      toTensor(randomTensor(`v${i}`, [16, 256], 0.1)),
    ];
    const weights = Array.from({ length: 6 }, (_, i) => pair(i));
    const [by, before] = [[...(byInput ? [x] : []), ...weights.flat()], tf.memory().numTensors];
    await gpu().read(x, 0, 4);
    for (const w of weights.flat()) await gpu().read(w, 0, 4);
    gpu().trim();
    const { allocated } = gpu().bytes();
    const { values: ys, grads } = valueAndGradients(
      () => blocks(x, weights, recomputedBlocks),
      by,
      (y) => tf.clone(y),
    );
    const bits = [];
    for (const t of [...ys, ...grads]) bits.push([...new Uint8Array(await gpu().read(t!))]);
    const bytes = gpu().bytes().allocated - allocated;
    tf.dispose([ys, grads.map((g) => g!)]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, weights]);
    return { bits, bytes };
  }

  test('of recomputed blocks gives the same bits and holds less', async () => {
    const [without, some, all] = [await throughBlocks(0), await throughBlocks(3), await throughBlocks(6)];
    expect(some.bits).toEqual(without.bits);
    expect(all.bits).toEqual(without.bits);
    const wide = 64 * 256 * 4; // what is between the products of a block
    expect(without.bytes - some.bytes).toBeGreaterThanOrEqual(2 * wide);
    expect(without.bytes - all.bytes).toBeGreaterThanOrEqual(4 * wide);
    expect((await throughBlocks(6, false)).bits).toEqual((await throughBlocks(0, false)).bits);
  });

  test('goes through a checkpoint in a checkpoint', async () => {
    await checkOp({
      run: ({ x, w }) => {
        const inner = (h: tf.Tensor) => linear(linear(h, w!), w!, { residual: h });
        return recompute((h) => add(recompute(inner, h, [w!]), h), x!, [w!]);
      },
      inputs: { x: randomTensor('x', [5, 4]), w: randomTensor('w', [4, 4]) },
    });
  });

  test('leaves nothing behind when a recomputed function throws', async () => {
    await testEngine();
    const [a, w] = [toTensor(x23()), toTensor(randomTensor('w', [3, 3]))];
    const before = tf.memory().numTensors;
    const failing = (times: number) => {
      let left = times;
      return () =>
        valueAndGradients(
          () =>
            recompute(
              (h) => {
                if (!left--) throw new Error('in the middle');
                return linear(h, w);
              },
              a,
              [w],
            ),
          [w],
        );
    };
    expect(failing(0)).toThrow('in the middle');
    expect(failing(1)).toThrow('in the middle');
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([a, w]);
  });
});
