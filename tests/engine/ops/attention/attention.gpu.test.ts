import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attention, type AttentionShape } from '../../../../src/engine/ops/attention/attention';
import { GROUP, tileFor } from '../../../../src/engine/ops/attention/attentionTile';
import { directFor, LONGEST_DIRECT } from '../../../../src/engine/ops/attention/attentionDirect.wgsl';
import { chooseVariantsFor, kernelVariants } from '../../../../src/engine/device/variants';
import { valueAndGradients } from '../../../../src/engine/autodiff/tape';
import type { CpuTensor } from '../../../../src/engine/device/kernel';
import { checkOp, onBackend, testEngine } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

const widthOf = ({ heads, kvHeads, headDim }: AttentionShape): number => (heads + 2 * kvHeads) * headDim;
const qkvOf = (shape: AttentionShape, scale = 1) =>
  randomTensor('qkv', [shape.batch * shape.length, widthOf(shape)], scale);

/** Each window holds sequences of these lengths, then padding; the next one has one token less of the first. */
function startsOf({ batch, length }: AttentionShape, documents: number[]): CpuTensor {
  const starts = Array.from({ length: batch }, (_, window) => {
    const row = new Int32Array(length).fill(length);
    let at = 0;
    documents.forEach((size, i) => row.fill(at, at, (at += i ? size : Math.max(1, size - window))));
    return [...row];
  });
  return { shape: [batch * length], data: Int32Array.from(starts.flat()) };
}

const VARIANTS = [
  ['direct', 'software', []],
  ['quads', 'software', ['subgroups']],
  ['staged', 'gpu', []],
] as const;

// a head size costs its shaders' compilation, some seconds on a software adapter, so the cases share a few
describe.each(VARIANTS)('attention, variant %s', (variant, adapter, features) => {
  /** Long heads have one variant, and are tested once. */
  const chosen = <T extends AttentionShape>(cases: T[]): T[] =>
    cases.filter(({ headDim }) => variant === 'staged' || headDim <= LONGEST_DIRECT);

  beforeAll(async () => {
    await testEngine();
    chooseVariantsFor(adapter, new Set(features));
  });
  afterAll(() => {
    expect(kernelVariants()).toMatchObject({ 'attention short heads': variant });
    chooseVariantsFor('software');
  });

  test.each(
    chosen([
      { batch: 1, length: 1, heads: 1, kvHeads: 1, headDim: 16 },
      { batch: 3, length: 1, heads: 2, kvHeads: 1, headDim: 16 },
      { batch: 2, length: 3, heads: 2, kvHeads: 2, headDim: 16 },
      { batch: 1, length: 17, heads: 3, kvHeads: 1, headDim: 19 },
      { batch: 1, length: 5, heads: 1, kvHeads: 1, headDim: 1 },
      { batch: 2, length: 65, heads: 4, kvHeads: 2, headDim: 48 },
      { batch: 1, length: 129, heads: 3, kvHeads: 1, headDim: 64 },
      { batch: 1, length: 33, heads: 2, kvHeads: 2, headDim: 80 },
      { batch: 1, length: 65, heads: 2, kvHeads: 1, headDim: 128 },
      { batch: 2, length: 17, heads: 3, kvHeads: 3, headDim: 256 },
      { batch: 1, length: 35, heads: 1, kvHeads: 1, headDim: 250 },
    ]),
  )('equals its reference: $batch × $length, heads $heads/$kvHeads of $headDim', async (shape) => {
    await checkOp({ run: ({ qkv }) => attention(qkv!, shape), inputs: { qkv: qkvOf(shape) }, tolerance: 3e-6 });
  });

  test.each(
    chosen([
      { batch: 2, length: 33, heads: 2, kvHeads: 1, headDim: 16, window: 7 },
      { batch: 1, length: 129, heads: 2, kvHeads: 1, headDim: 64, window: 65, scale: 0.3 },
      { batch: 1, length: 70, heads: 3, kvHeads: 3, headDim: 19, window: 1 },
      { batch: 1, length: 65, heads: 1, kvHeads: 1, headDim: 256, window: 17, scale: 0.05 },
      { batch: 1, length: 17, heads: 1, kvHeads: 1, headDim: 16, window: 500 },
    ]),
  )('a sliding window of $window and a scale: $batch × $length, heads $heads/$kvHeads of $headDim', async (shape) => {
    await checkOp({ run: ({ qkv }) => attention(qkv!, shape), inputs: { qkv: qkvOf(shape) }, tolerance: 3e-6 });
  });

  test.each(
    chosen([
      { batch: 2, length: 129, heads: 2, kvHeads: 1, headDim: 64, documents: [1, 3, 17, 65] },
      { batch: 2, length: 70, heads: 3, kvHeads: 1, headDim: 19, documents: [33, 20], window: 9 },
      { batch: 1, length: 35, heads: 2, kvHeads: 1, headDim: 80, documents: [10, 20], scale: 1 },
    ]),
  )(
    'sequences packed into a window see themselves alone, padding nothing: $documents of $length, heads of $headDim',
    async ({ documents, ...shape }) => {
      await checkOp({
        run: ({ qkv, starts }) => attention(qkv!, shape, starts),
        inputs: { qkv: qkvOf(shape), starts: startsOf(shape, documents) },
        tolerance: 3e-6,
      });
    },
  );

  test('what other sequences of a window hold changes no bit, and padding gets zeros', async () => {
    await onBackend('webgpu', async () => {
      const shape = { batch: 1, length: 140, heads: 2, kvHeads: 1, headDim: 19 };
      const run = async (data: Float32Array) => {
        const [qkv, starts] = [toTensor({ shape: [140, 76], data }), toTensor(startsOf(shape, [70, 37]))];
        const y = attention(qkv, shape, starts);
        const read = Array.from(await values(y));
        tf.dispose([qkv, starts, y]);
        return read;
      };
      const plain = qkvOf(shape).data as Float32Array;
      const other = plain.map((v, i) => (i >= 70 * 76 && i < 107 * 76 ? v : 1000));
      const [y, changed] = [await run(plain), await run(other)];
      expect(changed.slice(70 * 38, 107 * 38)).toEqual(y.slice(70 * 38, 107 * 38));
      expect(new Set(y.slice(107 * 38))).toEqual(new Set([0]));
    });
  });

  test('a token sees nothing after it and nothing of other windows, bit by bit', async () => {
    await onBackend('webgpu', async () => {
      const shape = { batch: 3, length: 70, heads: 2, kvHeads: 1, headDim: 16 };
      const run = async (data: Float32Array) => {
        const qkv = toTensor({ shape: [210, widthOf(shape)], data });
        const y = attention(qkv, shape);
        const read = await values(y);
        tf.dispose([qkv, y]);
        return read;
      };
      const plain = qkvOf(shape).data as Float32Array;
      // other windows, and this window's tokens from 37 on, become huge
      const changed = plain.map((v, i) => {
        const token = Math.floor(i / widthOf(shape));
        return token >= 70 && token < 70 + 37 ? v : 1000;
      });
      const part = (y: ArrayLike<number>) => Array.from(y).slice(70 * 32, (70 + 37) * 32);
      expect(part(await run(changed))).toEqual(part(await run(plain)));
    });
  });

  test('scores far apart neither overflow nor blur', async () => {
    const shape = { batch: 1, length: 65, heads: 2, kvHeads: 1, headDim: 16 };
    await checkOp({
      run: ({ qkv }) => attention(qkv!, shape),
      inputs: { qkv: qkvOf(shape, 12) },
      tolerance: 2e-4, // scores of hundreds: an f32 rounding of one is 3e-5 of its weight
    });
  });

  test('the same bits every time, forward and backward', async () => {
    await onBackend('webgpu', async () => {
      const shape = { batch: 2, length: 65, heads: 6, kvHeads: 2, headDim: 48 };
      const run = async () => {
        const qkv = toTensor(qkvOf(shape));
        const { values: ys, grads } = valueAndGradients(
          () => attention(qkv, shape),
          [qkv],
          (y) => toTensor(randomTensor('dy', y.shape)),
        );
        const read = [...(await values(ys[0]!)), ...(await values(grads[0]!))];
        tf.dispose([qkv, ys, grads.map((g) => g!)]);
        return read;
      };
      expect(await run()).toEqual(await run());
    });
  });
});

test('tiles of every head size fit the workgroup memory that all adapters have', () => {
  for (let headDim = 1; headDim <= 256; headDim++)
    for (const dots of [1, 2] as const) {
      const { parts, chunk, rows, tile } = tileFor(headDim, dots);
      expect(4 * parts * chunk).toBeGreaterThanOrEqual(headDim);
      expect(parts * rows).toBe(GROUP);
      expect(tile).toBeGreaterThanOrEqual(4);
      expect(tile * (32 * parts * chunk + 4 * dots * GROUP + 12) + 4 * GROUP + 4).toBeLessThanOrEqual(16_384);
    }
});

test('heads that are not split leave every invocation at least one row', () => {
  for (let headDim = 1; headDim <= LONGEST_DIRECT; headDim++)
    for (const dots of [1, 2] as const) {
      const { rows, chunk } = directFor(headDim, dots, false);
      expect(4 * chunk).toBeGreaterThanOrEqual(headDim);
      expect(rows).toBeGreaterThanOrEqual(1);
      expect(dots * rows * headDim).toBeLessThanOrEqual(128);
    }
});
