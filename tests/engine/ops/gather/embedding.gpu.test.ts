import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { stream } from '../../../../src/base/numbers/rng';
import { embedding, embeddingIndex } from '../../../../src/engine/ops/gather/embedding';
import { quantizeRows, dequantizeRows } from '../../../../src/engine/ops/matrix/quantize';
import { valueAndGradients } from '../../../../src/engine/autodiff/tape';
import { checkOp, testEngine } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

const randomIds = (count: number, vocab: number): Int32Array => {
  const random = stream(1, 'test', 'ids');
  return Int32Array.from({ length: count }, () => random.below(vocab));
};

const ints = (data: Int32Array) => ({ data, shape: [data.length] });

/** An index whose gradient is never asked for. */
const unread = (ids: tf.Tensor) => ({ ids, order: ids, starts: ids });

function indexInputs(ids: Int32Array, vocab: number) {
  const { order, starts } = embeddingIndex(ids, vocab);
  return { ids: ints(ids), order: ints(order), starts: ints(starts) };
}

describe('embedding', () => {
  test.each([
    { tokens: 1, vocab: 1, width: 1 },
    { tokens: 3, vocab: 17, width: 5 },
    { tokens: 65, vocab: 7, width: 12 },
    { tokens: 129, vocab: 331, width: 33 },
    { tokens: 257, vocab: 101, width: 64, scale: 8 },
    { tokens: 17, vocab: 5, width: 24, scale: Math.sqrt(24) },
  ])('equals its reference: $tokens tokens, $vocab ids, width $width', async ({ tokens, vocab, width, scale }) => {
    await checkOp({
      run: ({ weight, ids, order, starts }) => embedding(weight!, { ids: ids!, order: order!, starts: starts! }, scale),
      inputs: { weight: randomTensor('weight', [vocab, width]), ...indexInputs(randomIds(tokens, vocab), vocab) },
      tolerance: 1e-6,
    });
  });

  test('one token that fills the batch gives the same bits every time, and rows of unused ids get zero', async () => {
    await testEngine();
    const ids = new Int32Array(1001).fill(2);
    const inputs = indexInputs(ids, 5);
    const run = async () => {
      const weight = toTensor(randomTensor('weight', [5, 8]));
      const index = { ids: toTensor(inputs.ids), order: toTensor(inputs.order), starts: toTensor(inputs.starts) };
      const { values: ys, grads } = valueAndGradients(
        () => embedding(weight, index),
        [weight],
        (y) => toTensor(randomTensor('dy', y.shape)),
      );
      const read = [...(await values(grads[0]!))];
      tf.dispose([ys, grads.map((g) => g!), weight, ...Object.values(index)]);
      return read;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first.map((v) => v !== 0)).toEqual(Array.from({ length: 40 }, (_, i) => i >> 3 === 2));
  });
});

describe('a packed embedding', () => {
  test.each(
    (['f16', 'q8', 'q4'] as const).flatMap((kind) => [
      { kind, tokens: 3, vocab: 5, width: 7 },
      { kind, tokens: 65, vocab: 33, width: 132 },
    ]),
  )(
    'of $kind gives the rows that it stands for: $tokens tokens, width $width',
    async ({ kind, tokens, vocab, width }) => {
      await testEngine();
      const rows = quantizeRows(kind, width, Float32Array.from(randomTensor('weight', [vocab, width]).data));
      const unpackedRows = dequantizeRows(kind, width, rows);
      const ids = randomIds(tokens, vocab);
      const words = toTensor({ shape: [vocab, rows.length / vocab], data: rows });
      const index = toTensor(ints(ids));
      const y = embedding({ kind, shape: [vocab, width], words }, { ids: index, order: index, starts: index }, 3);
      const expected = [...ids].flatMap((id) =>
        [...unpackedRows.slice(id * width, (id + 1) * width)].map((v) => 3 * v),
      );
      expect(y.shape).toEqual([tokens, width]);
      expect(relativeError(await values(y), expected)).toBeLessThan(1e-6);
      tf.dispose([words, index, y]);
      await checkOp({
        run: ({ words, ids }) => embedding({ kind, shape: [vocab, width], words: words! }, unread(ids!), 3),
        inputs: { words: { shape: [vocab, rows.length / vocab], data: rows }, ids: ints(ids) },
        gradients: false,
      });
    },
  );
});

describe('the index of the gradient', () => {
  test('groups tokens by id and keeps their order', () => {
    const { order, starts } = embeddingIndex(Int32Array.of(2, 0, 2, 3, 0, 2), 5);
    expect([...order]).toEqual([1, 4, 0, 2, 5, 3]);
    expect([...starts]).toEqual([0, 2, 2, 5, 6, 6]);
  });

  test.each([-1, 5])('refuses id %i of a vocabulary of 5', (id) => {
    expect(() => embeddingIndex(Int32Array.of(1, id), 5)).toThrow(RangeError);
  });
});
