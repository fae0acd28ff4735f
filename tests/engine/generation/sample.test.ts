import { describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../../src/base/chat';
import { AtelierError } from '../../../src/base/errors/errors';
import { stream } from '../../../src/base/numbers/rng';
import { drawToken, idsToDraw, type DrawSettings, type Likeliest } from '../../../src/engine/generation/sample';

const plain: DrawSettings = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

/** How often each id is drawn, as shares. */
function shares(logits: number[], settings: DrawSettings, seen: number[] = [], draws = 20_000): number[] {
  const random = stream(5, 'test');
  const counts = logits.map(() => 0);
  for (let i = 0; i < draws; i++) counts[drawToken(Float32Array.from(logits), settings, seen, random)]!++;
  return counts.map((c) => c / draws);
}
const softmax = (xs: number[]): number[] => {
  const sum = xs.reduce((a, x) => a + Math.exp(x), 0);
  return xs.map((x) => Math.exp(x) / sum);
};
/** 20,000 draws: a share is within 0.015 of its chance in all but one case of 40,000. */
const near = (got: number[], want: number[]): void =>
  got.forEach((g, i) => expect(Math.abs(g - want[i]!)).toBeLessThan(0.015));

describe('drawToken', () => {
  const logits = [0.5, -1, 2, 1.5, 0];

  test('draws each token with its softmax chance', () => near(shares(logits, plain), softmax(logits)));

  test('temperature divides the logits', () => {
    near(shares(logits, { ...plain, temperature: 0.5 }), softmax(logits.map((x) => x / 0.5)));
  });

  test('temperature 0 takes the likeliest, the lower id among equals, and draws no random number', () => {
    const random = stream(1, 'x');
    const before = random.state;
    expect(drawToken(Float32Array.of(1, 3, 3), { ...plain, temperature: 0 }, [], random)).toBe(1);
    expect(random.state).toEqual(before);
  });

  test('a very small temperature does not overflow', () => {
    expect(drawToken(Float32Array.of(80, 100, 90), { ...plain, temperature: 1e-6 }, [], stream(1, 'x'))).toBe(1);
  });

  test('top-k keeps k, the lower ids among equals', () => {
    near(shares([1, 1, 2, 1, 0], { ...plain, topK: 3 }), [...softmax([1, 1, 2]), 0, 0]);
    near(shares(logits, { ...plain, topK: 2 }), [0, 0, 0.6225, 0.3775, 0]);
  });

  test('top-p keeps the fewest whose chances reach p', () => {
    const all = softmax(logits); // 2: 0.485, 3: 0.294, 0: 0.108, 4: 0.066, 1: 0.024 (of which the first two make 0.78)
    const two = all[2]! + all[3]!;
    near(shares(logits, { ...plain, topP: two - 0.01 }), [0, 0, all[2]! / two, all[3]! / two, 0]);
    expect(shares(logits, { ...plain, topP: two + 0.01 }).filter((s) => s > 0)).toHaveLength(3);
    expect(shares(logits, { ...plain, topP: 0 }, [], 100)[2]).toBe(1);
  });

  test('top-k goes before top-p', () => {
    const two = softmax([2, 1.5]);
    const settings = { ...plain, topK: 2, topP: two[0]! - 0.01 };
    expect(shares(logits, settings, [], 100)[2]).toBe(1);
  });

  test('min-p leaves out what has less than its share of the likeliest, at the temperature', () => {
    // relative to the likeliest: 1, e^−0.5 = 0.61, e^−1.5 = 0.22, …
    near(shares(logits, { ...plain, minP: 0.6 }), [0, 0, 0.6225, 0.3775, 0]);
    expect(shares(logits, { ...plain, minP: 0.6, temperature: 0.9 }, [], 100)[2]).toBe(1); // e^(−0.5 / 0.9) = 0.57
    expect(shares(logits, { ...plain, minP: 1 }, [], 100)[2]).toBe(1);
  });

  test('the penalty makes seen tokens less likely, once, whatever their sign', () => {
    near(shares(logits, { ...plain, repetitionPenalty: 2 }, [2, 2, 1]), softmax([0.5, -2, 1, 1.5, 0]));
  });

  test('the caller keeps its logits', () => {
    const mine = Float32Array.from(logits);
    drawToken(mine, { ...DEFAULT_SAMPLING, repetitionPenalty: 2 }, [0, 1], stream(1, 'x'));
    expect([...mine]).toEqual(logits);
  });

  test.each([NaN, Infinity])('%s among the logits is an error, not a token', (bad) => {
    const draw = (): number => drawToken(Float32Array.of(0, bad, 1), plain, [], stream(1, 'x'));
    expect(draw).toThrow(AtelierError);
    expect(draw).toThrow('logits-not-finite');
  });
});

describe('from the likeliest alone', () => {
  const random = stream(8, 'logits');
  // few different numbers: equals stand at every border
  const logits = Float32Array.from({ length: 500 }, () => Math.round(4 * random.normal()) / 2);
  const recent = Array.from({ length: 30 }, (_, i) => 16 * i);

  function likeliest(count: number): Likeliest {
    const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
    const ids = Int32Array.from(order.slice(0, count)).sort();
    return { ids, logits: Float32Array.from(ids, (id) => logits[id]!) };
  }

  test.each([
    { ...plain, temperature: 0 },
    { ...plain, temperature: 0, repetitionPenalty: 1.7 },
    { ...plain, topK: 1, repetitionPenalty: 3 },
    { ...plain, topK: 40, topP: 0.9, temperature: 0.8 },
    { ...plain, topK: 40, topP: 0.9, repetitionPenalty: 1.3 },
    { ...plain, topK: 25, repetitionPenalty: 2 },
  ])('a seed gives the same tokens: %o', (settings) => {
    const few = likeliest(idsToDraw(settings, recent)!);
    const [a, b] = [stream(3, 'draw'), stream(3, 'draw')];
    for (let i = 0; i < 300; i++)
      expect(drawToken(few, settings, recent, a)).toBe(drawToken(logits, settings, recent, b));
  });

  test('all are needed without top-k, and for a penalty that makes ids likelier', () => {
    expect(idsToDraw(plain, recent)).toBeUndefined();
    expect(idsToDraw({ ...plain, topK: 5, repetitionPenalty: 0.5 }, recent)).toBeUndefined();
    expect(idsToDraw({ ...plain, topK: 5, repetitionPenalty: 1.5 }, [...recent, ...recent])).toBe(35);
  });

  test('a NaN among them is an error', () => {
    const bad = { ids: Int32Array.of(4, 9), logits: Float32Array.of(1, NaN) };
    expect(() => drawToken(bad, { ...plain, topK: 2 }, [], stream(1, 'x'))).toThrow(AtelierError);
  });
});
