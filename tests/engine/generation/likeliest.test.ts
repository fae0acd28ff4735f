import { describe, expect, test } from 'vitest';
import { likeliestOf } from '../../../src/engine/generation/likeliest';
import { FAMILY_GOLDENS, golden } from '../../fixtures/goldens';

describe('the likeliest tokens', () => {
  test('come in order with their shares of the whole; among equal logits the lower id goes first', () => {
    const logits = Float32Array.from([0, 3, 1, 3, -Infinity, 2], (v) => v * Math.LN2);
    const { likeliest, drawn } = likeliestOf(logits, 3, 0);
    expect(likeliest.map(({ id, rank }) => [id, rank])).toEqual([
      [1, 1],
      [3, 2],
      [5, 3],
    ]);
    // 8 + 8 + 4 + 2 + 1
    likeliest.forEach(({ probability }, i) => expect(probability).toBeCloseTo([8, 8, 4][i]! / 23, 6));
    expect(drawn).toMatchObject({ id: 0, rank: 5 });
    expect(drawn.probability).toBeCloseTo(1 / 23, 6);
    expect(likeliestOf(logits, 3, 3).drawn.rank).toBe(2);
    expect(likeliestOf(logits.subarray(0, 2), 5, 0).likeliest).toHaveLength(2);
  });

  test('large logits do not overflow, nor does a large vocabulary lose anything', () => {
    const logits = Float32Array.from({ length: 140_000 }, (_, i) => 1000 - (i % 7));
    const { likeliest } = likeliestOf(logits, 5, 0);
    const whole = [0, 1, 2, 3, 4, 5, 6].reduce((sum, i) => sum + 20_000 * Math.exp(-i), 0);
    expect(likeliest.map(({ id }) => id)).toEqual([0, 7, 14, 21, 28]);
    expect(likeliest[0]!.probability * whole).toBeCloseTo(1, 10);
  });

  test.each(FAMILY_GOLDENS)('are those of logits that transformers computed, in f64: %s', (name) => {
    const g = golden(name);
    const { vocabSize } = g.model;
    const all = g.floats('logits');
    for (let at = 0; at < all.length; at += vocabSize) {
      const row = all.slice(at, at + vocabSize);
      const whole = row.reduce((sum, v) => sum + Math.exp(v), 0);
      const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]! || a - b);
      const { likeliest, drawn } = likeliestOf(row, 5, order[9]!);
      expect(likeliest.map(({ id }) => id)).toEqual(order.slice(0, 5));
      for (const { id, probability } of [...likeliest, drawn])
        expect(probability).toBeCloseTo(Math.exp(row[id]!) / whole, 9);
      expect(drawn.rank).toBe(10);
    }
  });
});
