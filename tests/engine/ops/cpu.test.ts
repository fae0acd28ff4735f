// The ops of the engine on the CPU path, in WebAssembly, against their references.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { attention, decodeAttention, fillCache } from '../../../src/engine/ops/attention/attention';
import { gated } from '../../../src/engine/ops/pointwise/activation';
import { add } from '../../../src/engine/ops/pointwise/add';
import { linear } from '../../../src/engine/ops/matmul/linear';
import { matmul, matmulInto } from '../../../src/engine/ops/matmul/matmul';
import type { QuantizedMatrix } from '../../../src/engine/ops/matrix/matrix';
import { quantizeRows, rowLayout } from '../../../src/engine/ops/matrix/quantize';
import { rmsNorm } from '../../../src/engine/ops/norm/rmsNorm';
import { rope } from '../../../src/engine/ops/rope/rope';
import { valueAndGradients } from '../../../src/engine/autodiff/tape';
import { testCpu } from '../../cpu';
import type { CpuTensor } from '../../../src/engine/device/kernel';
import { randomTensor, relativeError, toTensor, values } from '../../tensors';

type Inputs = Record<string, CpuTensor>;

beforeAll(async () => void (await testCpu()));

/** Outputs and gradients on tfjs' backend `name`: 'wasm' has our loops and XNNPACK, 'cpu' the references. */
async function computed(name: 'wasm' | 'cpu', run: (t: Record<string, tf.Tensor>) => tf.Tensor, inputs: Inputs) {
  await tf.setBackend(name);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([key, t]) => [key, toTensor({ shape: t.shape, data: t.data.slice() })]),
  );
  const floats = Object.values(tensors).filter((t) => t.dtype === 'float32');
  const before = tf.memory().numTensors;
  const result = valueAndGradients(
    () => run(tensors),
    floats,
    (y) => toTensor(randomTensor('dy', y.shape)),
  );
  const found = [...result.values, ...result.grads.map((g) => g!)];
  const numbers = await Promise.all(found.map(async (t) => Float64Array.from(await values(t))));
  tf.dispose(found);
  expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
  tf.dispose(Object.values(tensors));
  await tf.setBackend('wasm');
  return numbers;
}

async function compare(run: (t: Record<string, tf.Tensor>) => tf.Tensor, inputs: Inputs, tolerance = 2e-6) {
  const reference = await computed('cpu', run, inputs);
  const ours = await computed('wasm', run, inputs);
  ours.forEach((numbers, i) => expect(relativeError(numbers, reference[i]!), `number ${i}`).toBeLessThan(tolerance));
}

const SIZES = [1, 3, 17, 65, 129];

test.each(SIZES)('products of %d rows in all forms, with bias and residual, and their gradients', async (n) => {
  const shapes = {
    NN: [
      [n, 21],
      [21, 34],
    ],
    NT: [
      [n, 21],
      [34, 21],
    ],
    TN: [
      [21, n],
      [21, 34],
    ],
  } as const;
  for (const form of ['NN', 'NT', 'TN'] as const) {
    const [a, b] = shapes[form].map((shape, i) => randomTensor(`${form} ${i}`, [...shape]));
    const residual = randomTensor('residual', [n, 34]);
    const bias = randomTensor('bias', [34]);
    const run = ({ a, b, ...added }: Record<string, tf.Tensor>) => matmul(a!, b!, form, added);
    await compare(run, { a: a!, b: b!, residual, bias });
  }
});

test('a product whose right side changes in place is not the old one', async () => {
  const [x, w] = [randomTensor('x', [9, 8]), randomTensor('w', [8, 7])].map(toTensor);
  const before = matmul(x!, w!);
  const more = matmul(x!, w!);
  matmulInto(w!, toTensor(randomTensor('c', [8, 3])), toTensor(randomTensor('d', [3, 7])), 'NN');
  const after = matmul(x!, w!);
  expect(relativeError(await values(more), await values(before))).toBe(0);
  expect(relativeError(await values(after), await values(before))).toBeGreaterThan(0.1);
});

test.each([...SIZES, 260])('attention over %d tokens, grouped heads', async (length) => {
  const shape = { batch: 2, length, heads: 4, kvHeads: 2, headDim: 6 };
  const qkv = randomTensor('qkv', [2 * length, 48]);
  await compare((t) => attention(t['qkv']!, shape), { qkv }, 5e-6);
  await compare((t) => attention(t['qkv']!, { ...shape, scale: 0.3, window: 5 }), { qkv }, 5e-6);
});

test.each([
  { length: 17, documents: [3, 9] }, // then padding, which sees nothing
  { length: 300, documents: [10, 150, 133] },
  { length: 300, documents: [290], window: 100 },
])('attention of $documents in a window of $length', async ({ length, documents, ...mask }) => {
  const shape = { batch: 2, length, heads: 2, kvHeads: 1, headDim: 6, ...mask };
  const starts = new Int32Array(2 * length).fill(length);
  let at = 0;
  for (const size of documents) starts.fill(at, at, (at += size)).fill(at - size, length + at - size, length + at);
  const inputs = { qkv: randomTensor('qkv', [2 * length, 24]), starts: { shape: [2 * length], data: starts } };
  await compare((t) => attention(t['qkv']!, shape, t['starts']), inputs, 5e-6);
});

test.each([{}, { window: 4, scale: 0.3 }])('attention token by token over a cache: %o', async (mask) => {
  const shape = { batch: 1, heads: 4, kvHeads: 2, headDim: 6, ...mask };
  const all = randomTensor('qkv', [9, 48]).data as Float32Array;
  const rows = (from: number, to: number) => toTensor({ shape: [to - from, 48], data: all.slice(48 * from, 48 * to) });
  const expected = await values(attention(rows(0, 9), { ...shape, length: 9 }));
  const [keys, cached] = [tf.zeros([2, 12, 6]), tf.zeros([2, 12, 6])];
  fillCache(rows(0, 3), keys, cached, { ...shape, length: 3 });
  for (const [position, length] of [
    [3, 1],
    [4, 1],
    [5, 4],
  ] as const) {
    // the last ones at once
    const y = decodeAttention(rows(position, position + length), keys, cached, { ...shape, length }, { position });
    expect(relativeError(await values(y), expected.slice(24 * position, 24 * (position + length)))).toBeLessThan(2e-6);
  }
});

test.each(SIZES)('norms, gates, rotations and sums of %d rows', async (n) => {
  const x = randomTensor('x', [n, 38]);
  const w = randomTensor('w', [38]);
  const residual = randomTensor('residual', [n, 38]);
  await compare((t) => rmsNorm(t['x']!, t['w']!, 1e-5), { x, w });
  await compare((t) => rmsNorm(t['x']!, t['w']!, 1e-5, { offset: 1, residual: t['residual']! }), { x, w, residual });
  await compare((t) => gated(t['x']!, 'silu'), { x });
  await compare((t) => gated(t['x']!, 'gelu'), { x });
  await compare((t) => add(t['x']!, t['residual']!), { x, residual });
  const shape = { batch: 1, length: n, heads: 2, kvHeads: 1, headDim: 8, theta: 100, start: 300 };
  await compare((t) => rope(t['x']!, shape), { x: randomTensor('qkv', [n, 32]) });
});

test('a batch of products, and a product with a packed matrix', async () => {
  const [a, b] = [randomTensor('a', [3, 5, 7]), randomTensor('b', [3, 9, 7])];
  await compare((t) => matmul(t['a']!, t['b']!, 'NT'), { a, b });
  const words = {
    shape: [9, rowLayout('q4', 70).words],
    data: quantizeRows('q4', 70, Float32Array.from(randomTensor('w', [9, 70]).data)),
  };
  const w = (t: Record<string, tf.Tensor>): QuantizedMatrix => ({ kind: 'q4', shape: [9, 70], words: t['words']! });
  await compare((t) => linear(t['x']!, w(t)), { x: randomTensor('x', [5, 70]), words });
});
