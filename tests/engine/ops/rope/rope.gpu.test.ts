import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { RopeScaling } from '../../../../src/base/modelShape';
import { addInPlace } from '../../../../src/engine/ops/pointwise/add';
import { gpu } from '../../../../src/engine/device/kernel';
import { rope } from '../../../../src/engine/ops/rope/rope';
import { ropeFrequencies } from '../../../../src/engine/ops/rope/ropeAngles';
import { checkOp, onBackend } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

const width = (s: { heads: number; kvHeads: number; headDim: number }): number => (s.heads + 2 * s.kvHeads) * s.headDim;

describe('rope', () => {
  test.each([
    { batch: 1, length: 1, heads: 1, kvHeads: 1, headDim: 2, theta: 10_000 },
    { batch: 2, length: 3, heads: 2, kvHeads: 1, headDim: 20, theta: 10_000 },
    { batch: 3, length: 17, heads: 3, kvHeads: 1, headDim: 16, theta: 500_000 },
    { batch: 1, length: 129, heads: 4, kvHeads: 2, headDim: 64, theta: 10_000 },
    { batch: 2, length: 5, heads: 2, kvHeads: 2, headDim: 6, theta: 100, start: 3999 },
    { batch: 1, length: 1, heads: 2, kvHeads: 1, headDim: 256, theta: 1_000_000, start: 8191 },
    { batch: 1, length: 65, heads: 1, kvHeads: 1, headDim: 64, theta: 10_000, start: 131_072 - 65 },
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

  test('refuses a head without pairs, and a position beyond the last', () => {
    const x = tf.zeros([1, 12]);
    const shape = { batch: 1, length: 1, heads: 2, kvHeads: 1, theta: 1 };
    expect(() => rope(x, { ...shape, headDim: 3 })).toThrow(RangeError);
    expect(() => rope(x, { ...shape, headDim: 2, start: 131_072 })).toThrow(RangeError);
    x.dispose();
  });

  test('a replay turns by the position of then', async () => {
    await onBackend('webgpu', async () => {
      const shape = { batch: 1, length: 1, heads: 2, kvHeads: 1, headDim: 8, theta: 10_000 };
      const x = toTensor(randomTensor('x', [1, width(shape)]));
      const copy = tf.zeros([1, width(shape)]);
      // uploads both: a capture takes no values that wait in JavaScript
      for (const t of [x, copy]) await values(t);
      const start = { position: 3 };
      const step = (): void => {
        const y = rope(x, { ...shape, start });
        addInPlace(copy, y);
        y.dispose();
      };
      const sums: Float32Array[] = [];
      const arena = gpu().newArena();
      const plan = gpu().capture(arena, step);
      for (const position of [3, 300, 70_000]) {
        start.position = position;
        gpu().write(copy, new Float32Array(copy.size));
        gpu().replay(plan);
        sums.push(Float32Array.from(await values(copy)));
      }
      for (const [i, position] of [3, 300, 70_000].entries()) {
        const y = rope(x, { ...shape, start: position });
        expect([...sums[i]!]).toEqual([...(await values(y))]);
        y.dispose();
      }
      gpu().freeArena(arena);
      tf.dispose([x, copy]);
    });
  });
});

const scalings: Record<string, RopeScaling> = {
  linear: { type: 'linear', factor: 4 },
  llama3: { type: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, originalContext: 64 },
};

test('frequencies are those of transformers', () => {
  // LlamaRotaryEmbedding's inv_freq (f32) of a head of 16 and theta 10,000
  const expected: Record<string, number[]> = {
    llama3: [
      1, 0.24438458681106567, 0.013042256236076355, 0.0039528473280370235, 0.0012499999720603228,
      0.00039528473280370235, 0.0001250000059371814, 3.9528473280370235e-5,
    ],
    linear: [
      0.25, 0.07905694097280502, 0.02500000037252903, 0.007905694656074047, 0.0024999999441206455,
      0.0007905694656074047, 0.0002500000118743628, 7.905694656074047e-5,
    ],
  };
  for (const [name, list] of Object.entries(expected))
    ropeFrequencies(16, 10_000, scalings[name]).forEach((f, j) =>
      expect(f / list[j]!, `${name} ${j}`).toBeCloseTo(1, 6),
    );
});

describe('rope with more', () => {
  const shape = { batch: 2, length: 7, heads: 3, kvHeads: 1, headDim: 12, theta: 10_000 };
  const positions = {
    shape: [14],
    data: Int32Array.from({ length: 14 }, (_, n) => ((n * 5) % 9) + (n > 9 ? 1000 : 0)),
  };

  test.each(Object.entries(scalings))('angles stretched: %s', (_, scaling) =>
    checkOp({
      run: ({ x }) => rope(x!, { ...shape, scaling, start: 40 }),
      inputs: { x: randomTensor('x', [14, width(shape)]) },
      tolerance: 2e-7,
    }),
  );

  test('a position for each token', () =>
    checkOp({
      run: ({ x, positions }) => rope(x!, shape, { positions }),
      inputs: { x: randomTensor('x', [14, width(shape)]), positions },
      tolerance: 2e-7,
    }));

  test.each([
    { batch: 1, length: 1, heads: 1, kvHeads: 1, headDim: 2 },
    { batch: 1, length: 3, heads: 2, kvHeads: 1, headDim: 6, offset: 1 as const },
    { batch: 3, length: 17, heads: 3, kvHeads: 1, headDim: 16 },
    { batch: 1, length: 129, heads: 4, kvHeads: 2, headDim: 64, offset: 1 as const },
    { batch: 2, length: 65, heads: 2, kvHeads: 2, headDim: 20, start: 1000 },
    { batch: 1, length: 5, heads: 4, kvHeads: 1, headDim: 256 },
    { batch: 1, length: 5, heads: 2, kvHeads: 1, headDim: 130 },
  ])('heads normed before: $batch × $length, heads $heads/$kvHeads of $headDim', async ({ offset, ...sizes }) => {
    const { headDim } = sizes;
    // ε of the size of x²: a head of two numbers has gradients of its norm that are differences of equal numbers
    await checkOp({
      run: ({ x, qNorm, kNorm }) =>
        rope(x!, { ...sizes, theta: 1000 }, { norms: { qNorm: qNorm!, kNorm: kNorm!, eps: 0.5, offset } }),
      inputs: {
        x: randomTensor('x', [sizes.batch * sizes.length, width(sizes)]),
        qNorm: randomTensor('q', [headDim]),
        kNorm: randomTensor('k', [headDim]),
      },
      tolerance: 2e-6,
    });
  });

  test('heads normed before, a position for each token', () =>
    checkOp({
      run: ({ x, qNorm, kNorm, positions }) =>
        rope(x!, shape, { positions, norms: { qNorm: qNorm!, kNorm: kNorm!, eps: 1e-6 } }),
      inputs: {
        x: randomTensor('x', [14, width(shape)]),
        qNorm: randomTensor('q', [12]),
        kNorm: randomTensor('k', [12]),
        positions,
      },
      tolerance: 2e-6,
    }));
});
