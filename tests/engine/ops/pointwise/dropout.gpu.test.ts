import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { dropout, type Dropout } from '../../../../src/engine/ops/pointwise/dropout';
import { gpu } from '../../../../src/engine/device/kernel';
import { philox } from '../../../../src/engine/device/philox';
import { addInPlace } from '../../../../src/engine/ops/pointwise/add';
import { checkOp, onBackend, type OpCheck } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

const BASE: Dropout = { rate: 0.25, seed: 0x9abc_def0, site: 3, numbers: { update: 7 } };

/** Which of rows × columns are kept. */
function maskOf(options: Partial<Dropout>, rows = 300, columns = 257): Promise<number[]> {
  return onBackend('webgpu', async () => {
    const x = toTensor({ shape: [rows, columns], data: new Float32Array(rows * columns).fill(1) });
    const y = dropout(x, { ...BASE, ...options });
    const kept = Array.from(await values(y), (v) => (v ? 1 : 0));
    tf.dispose([x, y]);
    return kept;
  });
}

const mean = (xs: number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

/** Pearson's; of n pairs of independent numbers it is within 4/√n but once in 16,000 times. */
function correlation(a: number[], b: number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: number[], mx: number, y: number[], my: number) => mean(x.map((v, i) => (v - mx) * (y[i]! - my)));
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

test('philox gives the known answers of Random123', () => {
  const hex = (words: number[]) => words.map((w) => w.toString(16).padStart(8, '0')).join(' ');
  const ones = 0xffff_ffff;
  expect(hex(philox([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
  expect(hex(philox([ones, ones, ones, ones], [ones, ones]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
  expect(hex(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]))).toBe(
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  );
});

describe('dropout', () => {
  test.each([
    [1, 1],
    [3, 17],
    [65, 12],
    [129, 66],
  ])('equals its reference, and its gradient has the same mask: [%i, %i]', (rows, columns) => {
    const check = (options: Partial<Dropout>): OpCheck => ({
      run: ({ x }) => dropout(x!, { ...BASE, ...options }),
      inputs: { x: randomTensor('x', [rows, columns]) },
      tolerance: 1e-7,
    });
    return checkOp(check({})).then(() => checkOp(check({ rate: 0.9, site: 4_000_000_000, firstRow: 1000 })));
  });

  test('the share, its spread over rows, and no relation between sites, steps, seeds, rows and columns', async () => {
    const columns = 257;
    const mask = await maskOf({});
    const bound = 4 / Math.sqrt(mask.length);
    expect(Math.abs(mean(mask) - 0.75)).toBeLessThan(bound * Math.sqrt(0.25 * 0.75));
    const rows = Array.from({ length: 300 }, (_, r) => mean(mask.slice(r * columns, (r + 1) * columns)));
    const variance = mean(rows.map((m) => (m - 0.75) ** 2)) / ((0.25 * 0.75) / columns);
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 300));
    const others = [{ site: 4 }, { numbers: { update: 8 } }, { seed: 1 }].map((options) => maskOf(options));
    for (const other of [...(await Promise.all(others)), mask.slice(1), mask.slice(columns)])
      expect(Math.abs(correlation(mask.slice(0, other.length), other))).toBeLessThan(bound);
  });

  test('rows have the same mask in whichever micro-batch they stand', async () => {
    const whole = await maskOf({}, 12, 17);
    const parts = [await maskOf({}, 8, 17), await maskOf({ firstRow: 8 }, 4, 17)];
    expect(parts.flat()).toEqual(whole);
  });

  test('rate 0 is the tensor itself; a rate of 1 or NaN is refused', () => {
    const x = tf.zeros([1, 1]);
    expect(dropout(x, { ...BASE, rate: 0 })).toBe(x);
    for (const rate of [-0.1, 1, NaN]) expect(() => dropout(x, { ...BASE, rate })).toThrow(RangeError);
    x.dispose();
  });

  test('a replay has the mask of its own update', async () => {
    await onBackend('webgpu', async () => {
      const [x, kept] = [toTensor({ shape: [5, 66], data: new Float32Array(330).fill(1) }), tf.zeros([5, 66])];
      for (const t of [x, kept]) await values(t);
      const numbers = { update: 1 };
      const arena = gpu().newArena();
      const plan = gpu().capture(arena, () => {
        const y = dropout(x, { ...BASE, numbers });
        addInPlace(kept, y);
        y.dispose();
      });
      for (numbers.update of [2, 3]) {
        gpu().write(kept, new Float32Array(330));
        gpu().replay(plan);
        const replayed = Array.from(await values(kept), (v) => (v ? 1 : 0));
        expect(replayed).toEqual(await maskOf({ numbers }, 5, 66));
      }
      gpu().freeArena(arena);
      tf.dispose([x, kept]);
    });
  });
});
