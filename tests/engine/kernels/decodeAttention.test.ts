import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { attention, decodeAttention, fillCache } from '../../../src/engine/kernels/attention';
import { onBackend, randomTensor, relativeError, toTensor, values } from '../../gpu';

interface Heads {
  heads: number;
  kvHeads: number;
  headDim: number;
}

const widthOf = ({ heads, kvHeads, headDim }: Heads): number => (heads + 2 * kvHeads) * headDim;

/** The last rows of attention over a whole window, once in one piece and once token by token after a prefill. */
function compare(backend: 'webgpu' | 'cpu', heads: Heads, prefill: number, total: number, capacity: number) {
  return onBackend(backend, async () => {
    const width = widthOf(heads);
    const all = randomTensor('qkv', [total, width]);
    const rows = (from: number, to: number) =>
      toTensor({ shape: [to - from, width], data: all.data.slice(from * width, to * width) });
    // what an earlier conversation left in the cache must not matter
    const dirty = () => toTensor(randomTensor('dirty', [heads.kvHeads, capacity, heads.headDim], 50));
    const [qkv, keys, cached] = [rows(0, total), dirty(), dirty()];
    const whole = attention(qkv, { ...heads, batch: 1, length: total });
    const expected = await values(whole);
    const before = tf.memory().numTensors;
    if (prefill) {
      const prompt = rows(0, prefill);
      fillCache(prompt, keys, cached, { ...heads, batch: 1, length: prefill });
      prompt.dispose();
    }
    const errors: number[] = [];
    for (let position = prefill; position < total; position++) {
      const row = rows(position, position + 1);
      const y = decodeAttention(row, keys, cached, { ...heads, batch: 1, length: 1, position });
      const size = heads.heads * heads.headDim;
      errors.push(relativeError(await values(y), expected.slice(position * size, (position + 1) * size)));
      tf.dispose([row, y]);
    }
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
    tf.dispose([qkv, keys, cached, whole]);
    return Math.max(...errors);
  });
}

describe('decodeAttention', () => {
  test.each([
    { heads: 1, kvHeads: 1, headDim: 16, prefill: 0, total: 5, capacity: 5 },
    { heads: 3, kvHeads: 1, headDim: 20, prefill: 17, total: 23, capacity: 65 },
    { heads: 4, kvHeads: 2, headDim: 7, prefill: 1, total: 4, capacity: 9 },
    { heads: 2, kvHeads: 2, headDim: 64, prefill: 125, total: 131, capacity: 131 },
    { heads: 6, kvHeads: 2, headDim: 128, prefill: 255, total: 259, capacity: 300 },
    { heads: 2, kvHeads: 1, headDim: 250, prefill: 63, total: 66, capacity: 67 },
  ])(
    'token by token equals the whole window: heads $heads/$kvHeads of $headDim, $prefill … $total of $capacity',
    async ({ prefill, total, capacity, ...heads }) => {
      expect(await compare('webgpu', heads, prefill, total, capacity)).toBeLessThan(2e-6);
      expect(await compare('cpu', heads, prefill, total, capacity)).toBeLessThan(1e-6);
    },
  );

  test('refuses what does not fit the cache', async () => {
    await onBackend('cpu', () => {
      const heads = { heads: 1, kvHeads: 1, headDim: 4 };
      const [row, keys, cached] = [tf.zeros([1, 12]), tf.zeros([1, 3, 4]), tf.zeros([1, 3, 4])];
      const at = (position: number) => decodeAttention(row, keys, cached, { ...heads, batch: 1, length: 1, position });
      expect(() => at(3)).toThrow(RangeError);
      expect(() => at(-1)).toThrow(RangeError);
      expect(() => fillCache(row, keys, cached, { ...heads, batch: 2, length: 1 })).toThrow(RangeError);
      tf.dispose([at(2), row, keys, cached]);
      return Promise.resolve();
    });
  });
});
