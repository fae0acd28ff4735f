import { describe, expect, test } from 'vitest';
import { RandomStream, stream } from '../../../src/base/numbers/rng';

describe('random streams', () => {
  test('are xoshiro128**: the values that its reference gives from the state 1, 2, 3, 4', () => {
    const random = new RandomStream([1, 2, 3, 4]);
    // computed with 64-bit integers from the definition by Blackman and Vigna, apart from our code
    const expected = reference([1n, 2n, 3n, 4n], 50);
    expect(expected.slice(0, 4)).toEqual([11520, 0, 5927040, 70819200]);
    expect(Array.from({ length: 50 }, () => random.uint32())).toEqual(expected);
  });

  test('go on from a kept state', () => {
    const random = stream(3, 'a');
    random.uint32();
    const again = new RandomStream(random.state);
    expect(Array.from({ length: 9 }, () => again.uint32())).toEqual(Array.from({ length: 9 }, () => random.uint32()));
  });

  test('differ by seed and by every part of the name', () => {
    const firsts = [
      stream(1, 'a'),
      stream(2, 'a'),
      stream(1, 'b'),
      stream(1, 'a', 0),
      stream(1, 'a', '0'),
      stream(1, 'a0'),
    ];
    expect(new Set(firsts.map((s) => s.uint32())).size).toBe(firsts.length);
  });

  test('are uniform and normal within four standard errors', () => {
    const random = stream(5, 'moments');
    const n = 40_000;
    const uniform = Array.from({ length: n }, () => random.next());
    const normal = Array.from({ length: n }, () => random.normal());
    const mean = (xs: number[]): number => xs.reduce((a, b) => a + b, 0) / n;
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(mean(normal))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(mean(normal.map((x) => x * x)) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.max(...uniform)).toBeLessThan(1);
  });

  test('shuffle to a permutation, and draw below a bound', () => {
    const shuffled = stream(1, 'x').shuffle(Uint32Array.from({ length: 101 }, (_, i) => i));
    expect([...shuffled].sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, i) => i));
    expect([...shuffled]).not.toEqual(Array.from({ length: 101 }, (_, i) => i));
    const random = stream(1, 'y');
    expect(new Set(Array.from({ length: 500 }, () => random.below(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });
});

function reference(state: bigint[], count: number): number[] {
  const M = 0xffff_ffffn;
  const rotated = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & M;
  const s = [...state] as [bigint, bigint, bigint, bigint];
  return Array.from({ length: count }, () => {
    const result = (rotated((s[1] * 5n) & M, 7n) * 9n) & M;
    const t = (s[1] << 9n) & M;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 11n);
    return Number(result);
  });
}
