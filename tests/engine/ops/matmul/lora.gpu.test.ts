import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { gpu } from '../../../../src/engine/device/kernel';
import { linear, type Lora } from '../../../../src/engine/ops/matmul/linear';
import type { Matrix } from '../../../../src/engine/ops/matrix/matrix';
import { FORMS, shapeClass, SIZES, TILES, type Variant } from '../../../../src/engine/ops/matmul/matmulVariants';
import { quantizeRows, rowLayout } from '../../../../src/engine/ops/matrix/quantize';
import { useVariants } from '../../../../src/engine/device/variants';
import { valueAndGradients } from '../../../../src/engine/autodiff/tape';
import { checkOp, testEngine } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

interface Case {
  rows: number;
  width: number;
  out: number;
  rank: number;
  segments: [start: number, rows: number][];
}

const inputsOf = ({ rows, width, out, rank, segments }: Case) => ({
  x: randomTensor('x', [rows, width]),
  w: randomTensor('w', [out, width]),
  a: randomTensor('a', [segments.length * rank, width]),
  b: randomTensor('b', [segments.reduce((n, [, r]) => n + r, 0), rank]),
});

const loraOf = ({ segments }: Case, a: tf.Tensor, b: tf.Tensor, x?: tf.Tensor): Lora => ({
  ...{ a, b, x, scale: 1.7 },
  segments: segments.map(([start, rows]) => ({ start, rows })),
});

/**
 * One segment, query and value without key, and all three; every size in every remainder of 4, and all in multiples of
 * 4.
 */
const CASES: Case[] = [
  { rows: 1, width: 17, out: 3, rank: 1, segments: [[0, 3]] },
  { rows: 3, width: 65, out: 17, rank: 3, segments: [[0, 17]] },
  { rows: 17, width: 12, out: 18, rank: 3, segments: [[0, 8], [13, 5]] }, // prettier-ignore
  { rows: 65, width: 33, out: 129, rank: 8, segments: [[0, 65], [65, 32], [97, 32]] }, // prettier-ignore
  { rows: 36, width: 64, out: 96, rank: 8, segments: [[0, 64], [64, 16], [80, 16]] }, // prettier-ignore
  { rows: 1, width: 64, out: 96, rank: 8, segments: [[0, 64], [80, 16]] }, // prettier-ignore
];

async function only(variant: Variant): Promise<void> {
  await testEngine();
  useVariants(Object.fromEntries(FORMS.flatMap((form) => SIZES.map((size) => [shapeClass(form, size), variant]))));
}

const check = (c: Case): Promise<void> =>
  checkOp({
    run: ({ x, w, a, b }) => linear(x!, w!, { lora: loraOf(c, a!, b!) }),
    inputs: inputsOf(c),
    tolerance: 3e-6,
  });

test.each(CASES)('equal the reference with all gradients: $rows rows, $width to $out, rank $rank', async (c) => {
  await only('registers4');
  await check(c);
});

test.each(TILES)('several segments are one dispatch with variant %s', async (variant) => {
  await only(variant);
  await check(CASES[2]!);
});

describe('adapters', () => {
  const CASE = CASES[2]!;
  beforeEach(() => only('registers4')); // the tile that compiles quickest

  test('add to bias and residual, and read an x of their own', async () => {
    await checkOp({
      run: ({ x, w, a, b, dropped, bias, residual }) =>
        linear(x!, w!, { bias, residual, lora: loraOf(CASE, a!, b!, dropped) }),
      inputs: {
        ...inputsOf(CASE),
        dropped: randomTensor('dropped', [CASE.rows, CASE.width]),
        bias: randomTensor('bias', [CASE.out]),
        residual: randomTensor('residual', [CASE.rows, CASE.out]),
      },
      tolerance: 3e-6,
    });
  });

  test.each(['f16', 'q8', 'q4'] as const)('stand beside a W in %s', async (kind) => {
    for (const c of [CASE, CASES[5]!]) {
      const { x, w, a, b } = inputsOf(c);
      const words = {
        shape: [c.out, rowLayout(kind, c.width).words],
        data: quantizeRows(kind, c.width, Float32Array.from(w.data)),
      };
      const packed = (t: tf.Tensor): Matrix => ({ kind, shape: [c.out, c.width], words: t });
      await checkOp({
        run: (t) => linear(t['x']!, packed(t['words']!), { lora: loraOf(c, t['a']!, t['b']!) }),
        inputs: { x, a, b, words },
        tolerance: 3e-6,
      });
    }
  });

  test('of zero in B change no bit', async () => {
    await testEngine();
    const t = Object.fromEntries(Object.entries(inputsOf(CASE)).map(([name, c]) => [name, toTensor(c)]));
    const zero = tf.zeros(t['b']!.shape);
    const [y, plain] = [linear(t['x']!, t['w']!, { lora: loraOf(CASE, t['a']!, zero) }), linear(t['x']!, t['w']!)];
    expect(await values(y)).toEqual(await values(plain));
    tf.dispose([Object.values(t), zero, y, plain]);
  });

  test('give the same bits each time, and take 3 dispatches forward and 5 backward', async () => {
    await testEngine();
    const t = Object.fromEntries(Object.entries(inputsOf(CASES[3]!)).map(([name, c]) => [name, toTensor(c)]));
    const forward = () => linear(t['x']!, t['w']!, { lora: loraOf(CASES[3]!, t['a']!, t['b']!) });
    const y = forward();
    const seed = toTensor(randomTensor('dy', y.shape));
    const gradients = () => valueAndGradients(forward, [t['x']!, t['a']!, t['b']!], () => seed.clone());
    const [first, second] = [gradients(), gradients()];
    const free = ({ values: ys, grads }: typeof first) => tf.dispose([ys, grads.map((g) => g!)]);
    const arena = gpu().newArena();
    const dispatches = [() => forward().dispose(), () => free(gradients())].map((f) => gpu().capture(arena, f).length);
    expect(dispatches).toEqual([3, 8]);
    gpu().freeArena(arena);
    const bits = async ({ values: ys, grads }: typeof first) =>
      Promise.all([...ys, ...grads.map((g) => g!)].map(values));
    expect(await bits(second)).toEqual(await bits(first));
    [first, second].forEach(free);
    tf.dispose([Object.values(t), y, seed]);
  });
});

test("a layer that peft adapts has PyTorch's result and gradients", async () => {
  await testEngine();
  const { scale, ...golden } = (
    JSON.parse(readFileSync(new URL('../../../fixtures/goldens/linear.json', import.meta.url), 'utf8')) as {
      lora: { scale: number } & Record<'x' | 'dy' | 'w' | 'bias' | 'a' | 'b' | 'y' | 'dx' | 'da' | 'db', number[]>;
    }
  ).lora;
  const tensor = (name: keyof typeof golden, shape: number[]): tf.Tensor => tf.tensor(golden[name], shape);
  const [x, w, bias] = [tensor('x', [7, 12]), tensor('w', [18, 12]), tensor('bias', [18])];
  const [a, b] = [tensor('a', [6, 12]), tensor('b', [13, 3])];
  const segments = [{ start: 0, rows: 8 }, { start: 13, rows: 5 }]; // prettier-ignore
  const { values: ys, grads } = valueAndGradients(
    () => linear(x, w, { bias, lora: { a, b, segments, scale } }),
    [x, a, b],
    () => tensor('dy', [7, 18]),
  );
  for (const [found, name] of [
    [ys[0]!, 'y'],
    [grads[0]!, 'dx'],
    [grads[1]!, 'da'],
    [grads[2]!, 'db'],
  ] as const)
    // prettier-ignore
    expect(relativeError(await values(found), golden[name]), name).toBeLessThan(2e-6);
  tf.dispose([x, w, bias, a, b, ys, grads.map((g) => g!)]);
});
