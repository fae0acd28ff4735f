import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { attention, decodeAttention, fillCache } from '../../../../src/engine/ops/attention/attention';
import { newTensor } from '../../../../src/engine/device/buffers';
import { gpu, type CpuTensor } from '../../../../src/engine/device/kernel';
import { copyInto } from '../../../../src/engine/ops/rows/selectRow';
import { onBackend } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

interface Heads {
  window?: number;
  scale?: number;
  heads: number;
  kvHeads: number;
  headDim: number;
}

const widthOf = ({ heads, kvHeads, headDim }: Heads): number => (heads + 2 * kvHeads) * headDim;

/**
 * The last rows of attention over a whole window, once in one piece and once after a prefill, `step` tokens at a time.
 */
function compare(backend: 'webgpu' | 'cpu', heads: Heads, prefill: number, total: number, capacity: number, step = 1) {
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
    for (let position = prefill; position < total; position += step) {
      const end = Math.min(total, position + step);
      const row = rows(position, end);
      const y = decodeAttention(row, keys, cached, { ...heads, batch: 1, length: end - position }, { position });
      const size = heads.heads * heads.headDim;
      errors.push(relativeError(await values(y), expected.slice(position * size, end * size)));
      tf.dispose([row, y]);
    }
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
    tf.dispose([qkv, keys, cached, whole]);
    return Math.max(...errors);
  });
}

/**
 * A tensor in a buffer: tfjs keeps the values of its own in JavaScript until they are used, and a captured step binds
 * buffers.
 */
function uploaded({ shape, data }: CpuTensor): tf.Tensor {
  const tensor = newTensor(shape);
  gpu().write(tensor, Float32Array.from(data));
  return tensor;
}

describe('decodeAttention', () => {
  test.each([
    { heads: 1, kvHeads: 1, headDim: 16, prefill: 0, total: 5, capacity: 5 },
    { heads: 3, kvHeads: 1, headDim: 20, prefill: 17, total: 23, capacity: 65 },
    { heads: 4, kvHeads: 2, headDim: 7, prefill: 1, total: 4, capacity: 9 },
    { heads: 2, kvHeads: 2, headDim: 64, prefill: 125, total: 131, capacity: 131 },
    { heads: 6, kvHeads: 2, headDim: 128, prefill: 255, total: 259, capacity: 300 },
    { heads: 2, kvHeads: 1, headDim: 250, prefill: 63, total: 66, capacity: 67 },
    { heads: 2, kvHeads: 1, headDim: 24, window: 9, scale: 0.4, prefill: 3, total: 21, capacity: 40 },
    { heads: 2, kvHeads: 1, headDim: 64, window: 130, prefill: 252, total: 262, capacity: 300 },
    { heads: 4, kvHeads: 1, headDim: 16, window: 1, prefill: 126, total: 131, capacity: 140 },
  ])(
    'token by token equals the whole window: heads $heads/$kvHeads of $headDim, $prefill … $total of $capacity',
    async ({ prefill, total, capacity, ...heads }) => {
      expect(await compare('webgpu', heads, prefill, total, capacity)).toBeLessThan(2e-6);
      expect(await compare('cpu', heads, prefill, total, capacity)).toBeLessThan(1e-6);
      expect(await compare('webgpu', heads, prefill, total, capacity, 3)).toBeLessThan(2e-6);
      expect(await compare('cpu', heads, prefill, total, capacity, 3)).toBeLessThan(1e-6);
    },
  );

  test.each([{}, { window: 150 }])(
    'a captured step, replayed at every place of its room, gives the bits of eager ones: %o',
    async (mask) => {
      await onBackend('webgpu', async () => {
        const shape = { heads: 2, kvHeads: 1, headDim: 20, batch: 1, length: 1, ...mask };
        const [room, capacity] = [400, 512];
        const cache = () => uploaded(randomTensor('cache', [1, capacity, 20]));
        const [keys, cached, keys2, cached2] = [cache(), cache(), cache(), cache()];
        const [qkv, kept] = [uploaded(randomTensor('row', [1, 80])), newTensor([1, 40])];
        const place = { position: 0 };
        const arena = gpu().newArena();
        const plan = gpu().capture(arena, () => {
          const y = decodeAttention(qkv, keys, cached, shape, place, room);
          copyInto(kept, y);
          y.dispose();
        });
        for (place.position of [0, 5, 127, 128, 130, 255, 256, 300, 399]) {
          gpu().replay(plan);
          const y = decodeAttention(qkv, keys2, cached2, shape, place);
          expect(await values(kept), `at ${place.position}`).toEqual(await values(y));
          y.dispose();
        }
        gpu().freeArena(arena);
        tf.dispose([keys, cached, keys2, cached2, qkv, kept]);
      });
    },
  );

  test('refuses what does not fit the cache', async () => {
    await onBackend('cpu', () => {
      const heads = { heads: 1, kvHeads: 1, headDim: 4 };
      const [row, keys, cached] = [tf.zeros([1, 12]), tf.zeros([1, 3, 4]), tf.zeros([1, 3, 4])];
      const at = (position: number, room?: number) =>
        decodeAttention(row, keys, cached, { ...heads, batch: 1, length: 1 }, { position }, room);
      expect(() => at(3)).toThrow(RangeError);
      expect(() => at(-1)).toThrow(RangeError);
      const rows = tf.zeros([2, 12]);
      expect(() => decodeAttention(rows, keys, cached, { ...heads, batch: 1, length: 2 }, { position: 2 })).toThrow(
        RangeError,
      );
      rows.dispose();
      expect(() => at(1, 1)).toThrow(RangeError);
      expect(() => at(1, 4)).toThrow(RangeError);
      expect(() => fillCache(row, keys, cached, { ...heads, batch: 2, length: 1 })).toThrow(RangeError);
      tf.dispose([at(2), row, keys, cached]);
      return Promise.resolve();
    });
  });
});
