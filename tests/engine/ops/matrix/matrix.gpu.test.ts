import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { embedding, embeddingIndex } from '../../../../src/engine/ops/gather/embedding';
import { withCounter } from '../../../../src/engine/device/kernel';
import { linear } from '../../../../src/engine/ops/matmul/linear';
import { newMatrix, partsOf, type PartedMatrix } from '../../../../src/engine/ops/matrix/matrix';
import { rowLayout } from '../../../../src/engine/ops/matrix/quantize';
import { useVariants } from '../../../../src/engine/device/variants';
import { checkOp, testEngine } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

beforeAll(async () => void (await testEngine()));

/** Rows in each part, as a run has them that begins with this matrix: it would keep to where an earlier one was cut. */
function split(precision: 'f32' | 'q8', shape: [number, number], mostBytes: number): number[] {
  useVariants({});
  return withCounter(() => partsOf(newMatrix(precision, shape)).map(({ matrix }) => matrix.shape[0]), mostBytes);
}

describe('a matrix that is larger than a tensor may be', () => {
  test('is in parts of whole rows, nearly equal, that begin where four numbers or a tile do', () => {
    expect(split('f32', [300, 10], 12_000)).toEqual([300]);
    expect(split('f32', [300, 10], 11_999)).toEqual([192, 108]);
    expect(split('f32', [1000, 10], 4 * 10 * 300)).toEqual([256, 256, 256, 232]);
    expect(split('f32', [30, 10], 4 * 10 * 11)).toEqual([8, 8, 8, 6]);
    expect(split('f32', [7, 10], 4 * 10 * 3)).toEqual([3, 3, 1]);
    expect(split('q8', [300, 32], 4 * rowLayout('q8', 32).words * 150)).toEqual([128, 128, 44]);
  });

  test('has rows of one part each even where no row fits, which is refused where it is made', () => {
    expect(split('f32', [3, 10], 39)).toEqual([1, 1, 1]);
  });

  test('an embedding of 151,936 × 896 has parts below what WebGPU guarantees', () => {
    const parts = split('f32', [151_936, 896], 2 ** 27);
    expect(parts.reduce((a, b) => a + b, 0)).toBe(151_936);
    expect(4 * 896 * Math.max(...parts)).toBeLessThanOrEqual(2 ** 27);
    expect(parts).toHaveLength(5);
  });
});

/** Tensors as one matrix. */
function joined(parts: tf.Tensor[]): PartedMatrix {
  let rows = 0;
  const placed = parts.map((matrix) => ({ matrix, first: (rows += matrix.shape[0]) - matrix.shape[0] }));
  return { shape: [rows, parts[0]!.shape[1]!], parts: placed };
}

const inputs = (sizes: readonly number[], columns: number) =>
  Object.fromEntries(sizes.map((rows, i) => [`part ${i}`, randomTensor(`part ${rows} ${i}`, [rows, columns])]));
const matrixIn = (tensors: Record<string, tf.Tensor>, sizes: readonly number[]): PartedMatrix =>
  joined(sizes.map((_, i) => tensors[`part ${i}`]!));

const CASES = [
  { N: 1, sizes: [4, 4, 3], columns: 17 },
  { N: 9, sizes: [3, 1], columns: 5 },
  { N: 17, sizes: [64, 65], columns: 12 },
];

describe('a product with a matrix in parts', () => {
  test.each(CASES)('equals the reference with all gradients: %o', async ({ N, sizes, columns }) => {
    const rows = sizes.reduce((a, b) => a + b, 0);
    await checkOp({
      run: ({ x, bias, residual, ...rest }) => linear(x!, matrixIn(rest, sizes), { bias, residual }),
      inputs: {
        x: randomTensor('x', [N, columns]),
        bias: randomTensor('bias', [rows]),
        residual: randomTensor('residual', [N, rows]),
        ...inputs(sizes, columns),
      },
      tolerance: 3e-6,
    });
  });

  test('with adapters beside it equals the reference with all gradients', async () => {
    const [N, sizes, columns, rank] = [6, [8, 5], 12, 3];
    const segments = [
      { start: 0, rows: 7 },
      { start: 9, rows: 4 },
    ];
    await checkOp({
      run: ({ x, dropped, bias, a, b, ...rest }) =>
        linear(x!, matrixIn(rest, sizes), { bias, lora: { a: a!, b: b!, segments, scale: 1.7, x: dropped } }),
      inputs: {
        x: randomTensor('x', [N, columns]),
        dropped: randomTensor('dropped', [N, columns]),
        bias: randomTensor('bias', [13]),
        a: randomTensor('a', [2 * rank, columns]),
        b: randomTensor('b', [11, rank]),
        ...inputs(sizes, columns),
      },
      tolerance: 3e-6,
    });
  });

  test('has the bits of the product with the same matrix in one', async () => {
    const [x, w] = [toTensor(randomTensor('x', [33, 20])), toTensor(randomTensor('w', [150, 20]))];
    const rows = (first: number, count: number) => tf.slice(w, [first, 0], [count, 20]);
    const parts = [rows(0, 64), rows(64, 64), rows(128, 22)];
    const [whole, split] = [linear(x, w), linear(x, joined(parts))];
    expect(await values(split)).toEqual(await values(whole));
    tf.dispose([x, w, parts, whole, split]);
  });
});

test('rows of an embedding in parts, and the gradient of each part, equal the reference', async () => {
  const sizes = [4, 4, 3];
  const ids = Int32Array.of(10, 0, 4, 3, 4, 7, 8, 3, 3);
  const { order, starts } = embeddingIndex(ids, 11);
  const ints = (data: Int32Array) => ({ data, shape: [data.length] });
  await checkOp({
    run: ({ ids, order, starts, ...rest }) =>
      embedding(matrixIn(rest, sizes), { ids: ids!, order: order!, starts: starts! }, 1.5),
    inputs: { ids: ints(ids), order: ints(order), starts: ints(starts), ...inputs(sizes, 6) },
  });
});
