import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { rope } from '../../../src/engine/kernels/rope';
import { checkOp, onBackend, randomTensor, toTensor, values } from '../../gpu';

const width = (s: { heads: number; kvHeads: number; headDim: number }): number => (s.heads + 2 * s.kvHeads) * s.headDim;

describe('rope', () => {
  test.each([
    { batch: 1, length: 1, heads: 1, kvHeads: 1, headDim: 2, theta: 10_000 },
    { batch: 2, length: 3, heads: 2, kvHeads: 1, headDim: 20, theta: 10_000 },
    { batch: 3, length: 17, heads: 3, kvHeads: 1, headDim: 16, theta: 500_000 },
    { batch: 1, length: 129, heads: 4, kvHeads: 2, headDim: 64, theta: 10_000 },
    { batch: 2, length: 5, heads: 2, kvHeads: 2, headDim: 6, theta: 100, start: 3999 },
    { batch: 1, length: 1, heads: 2, kvHeads: 1, headDim: 256, theta: 1_000_000, start: 8191 },
  ])('equals its reference: $batch × $length from $start, heads $heads/$kvHeads of $headDim', async (shape) => {
    await checkOp({
      run: ({ x }) => rope(x!, shape),
      inputs: { x: randomTensor('x', [shape.batch * shape.length, width(shape)]) },
      tolerance: 2e-7,
    });
  });

  test('turns pairs half a head apart, as transformers does, and leaves values alone', async () => {
    await onBackend('webgpu', async () => {
      // one query, key and value head of 4; position 1 turns the pairs by 1 and by theta^(-1/2) = 0.1
      const x = toTensor({ shape: [2, 12], data: new Float32Array(24).fill(1) });
      const y = rope(x, { batch: 1, length: 2, heads: 1, kvHeads: 1, headDim: 4, theta: 100 });
      const turned = [1, 0.1].map((a) => Math.cos(a) - Math.sin(a));
      const crossed = [1, 0.1].map((a) => Math.cos(a) + Math.sin(a));
      const expected = [...new Array<number>(12).fill(1), ...turned, ...crossed, ...turned, ...crossed, 1, 1, 1, 1];
      const got = await values(y);
      expected.forEach((v, i) => expect(got[i], `element ${i}`).toBeCloseTo(v, 6));
      tf.dispose([x, y]);
    });
  });

  test('the position of a row is that of its token in its window, plus the start', async () => {
    await onBackend('webgpu', async () => {
      const shape = { heads: 2, kvHeads: 1, headDim: 8, theta: 10_000 };
      const whole = randomTensor('x', [7, width(shape)]);
      const x = toTensor(whole);
      const last = toTensor({ shape: [1, width(shape)], data: whole.data.slice(6 * width(shape)) });
      const ys = [
        rope(x, { ...shape, batch: 1, length: 7 }),
        rope(last, { ...shape, batch: 1, length: 1, start: 6 }),
        rope(x, { ...shape, batch: 7, length: 1 }),
      ];
      const [together, alone, first] = [await values(ys[0]!), await values(ys[1]!), await values(ys[2]!)];
      expect([...alone]).toEqual([...together.slice(6 * width(shape))]);
      expect([...first]).toEqual([...whole.data]);
      tf.dispose([x, last, ys]);
    });
  });

  test('refuses a head without pairs', () => {
    const x = tf.zeros([1, 9]);
    expect(() => rope(x, { batch: 1, length: 1, heads: 1, kvHeads: 1, headDim: 3, theta: 1 })).toThrow(RangeError);
    x.dispose();
  });
});
