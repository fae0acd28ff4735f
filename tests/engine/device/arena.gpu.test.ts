import { describe, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { assignBuffers, type Lifetime } from '../../../src/engine/device/arena';
import { gpu } from '../../../src/engine/device/kernel';
import { testEngine } from '../../gpu';

const life = (size: number, from: number, to: number): Lifetime => ({ size, from, to });
const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);

/** As a step has them: most die soon, some wait for the backward pass. */
function randomLifetimes(count: number): Lifetime[] {
  const random = stream(1, 'test', 'lifetimes');
  return Array.from({ length: count }, (_, i) => {
    const size = 256 * (1 + random.below(40));
    return life(size, i, random.below(3) ? i + 1 + random.below(4) : 2 * count - i);
  });
}

/** The most bytes alive at once: no assignment takes less. */
const livePeak = (lives: readonly Lifetime[]): number =>
  Math.max(...lives.map(({ from }) => sum(lives.filter((l) => l.from <= from && from < l.to).map((l) => l.size))));

describe('the assignment of buffers', () => {
  test('shares one between sizes that do not live at once', () => {
    const { buffers, sizes } = assignBuffers([life(100, 0, 2), life(400, 2, 4), life(300, 4, 6), life(50, 5, 7)]);
    expect(buffers).toEqual([0, 0, 0, 1]);
    expect(sizes).toEqual([400, 50]);
  });

  test('takes the smallest buffer that is there and large enough', () => {
    const { buffers, sizes } = assignBuffers([life(90, 0, 2), life(150, 1, 3), life(500, 1, 2)], [1000, 100, 200]);
    expect(buffers).toEqual([1, 2, 0]);
    expect(sizes).toEqual([1000, 100, 200]);
  });

  test('gives no buffer to two that live at once, and takes hardly more than lives at once', () => {
    const lives = randomLifetimes(600);
    const { buffers, sizes } = assignBuffers(lives);
    lives.forEach((a, i) => {
      expect(sizes[buffers[i]!]).toBeGreaterThanOrEqual(a.size);
      for (let j = 0; j < i; j++)
        if (buffers[j] === buffers[i]) expect(lives[j]!.to <= a.from || a.to <= lives[j]!.from).toBe(true);
    });
    expect(sum(sizes) / livePeak(lives)).toBeLessThan(1.1);
  });
});

describe('an arena', () => {
  test('outside of a capture, gives the smallest free buffer that is large enough', async () => {
    await testEngine();
    const arena = gpu().newArena();
    const before = gpu().bytes().allocated;
    const use = (...sizes: number[]): void =>
      gpu().within(arena, () => sizes.map((size) => gpu().alloc([size])).forEach((tensor) => gpu().dispose(tensor)));
    use(100, 10);
    expect(gpu().bytes().allocated - before).toBe(440);
    use(8, 50);
    use(60);
    expect(gpu().bytes().allocated - before).toBe(440);
    use(60, 60);
    expect(gpu().bytes().allocated - before).toBe(680);
    expect(() => gpu().within(arena, () => gpu().alloc([1]))).toThrow('outlive');
    gpu().freeArena(arena);
    expect(gpu().bytes().allocated).toBe(before);
  });
});
