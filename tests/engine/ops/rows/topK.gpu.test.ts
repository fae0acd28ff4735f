import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { topK } from '../../../../src/engine/ops/rows/topK';
import { onBackend } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

const on = (backend: 'webgpu' | 'cpu', data: Float32Array, k: number) =>
  onBackend(backend, async () => {
    const x = toTensor({ shape: [1, data.length], data });
    const y = topK(x, k);
    const read = Array.from(await values(y));
    tf.dispose([x, y]);
    return { bits: read.slice(0, k), places: read.slice(k) };
  });

const normal = (n: number): Float32Array => Float32Array.from(randomTensor('x', [n]).data);
/** Few different numbers, so that what is equal decides. */
const coarse = (n: number): Float32Array => normal(n).map(Math.round);

describe('topK', () => {
  test.each([
    [1, 1, normal],
    [3, 2, normal],
    [17, 17, normal],
    [65, 5, coarse],
    [129, 128, coarse],
    [300, 1, coarse],
    [5000, 512, normal],
    [5000, 300, coarse],
    [70_000, 64, coarse],
  ])('of %i the %i largest, with the bits and places of the reference', async (n, k, make) => {
    const data = make(n);
    expect(await on('webgpu', data, k)).toEqual(await on('cpu', data, k));
  });

  test('of equal numbers the lower places, of both zeros too; infinities and a NaN in their order', async () => {
    const zeros = Float32Array.of(-1, 0, -0, 0, -0);
    expect((await on('webgpu', zeros, 3)).places).toEqual([1, 2, 3]);
    const odd = Float32Array.of(5, -Infinity, Infinity, NaN, 3e38, -NaN, -3e38);
    for (const [k, places] of [
      [2, [3, 5]],
      [3, [2, 3, 5]],
      [4, [2, 3, 4, 5]],
      [6, [0, 2, 3, 4, 5, 6]],
    ] as const)
      expect((await on('webgpu', odd, k)).places, `${k}`).toEqual(places);
  });

  test('refuses more than there are, or than have room', async () => {
    await expect(on('cpu', normal(3), 4)).rejects.toThrow(RangeError);
    await expect(on('cpu', normal(600), 513)).rejects.toThrow(RangeError);
  });
});
