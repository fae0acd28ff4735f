import { expect, test } from 'vitest';
import { summedStats } from '../../../src/engine/training/summedStats';

/** Batches 0, 1, 2, …, which note when they are asked for. */
function* numbered(count: number, log: string[]): Generator<number> {
  for (let i = 0; i < count; i++) {
    log.push(`batch ${i}`);
    yield i;
  }
}

test('sums what was measured, with no more than five batches under way', async () => {
  let [underWay, most] = [0, 0];
  const measure = async (i: number): Promise<Float32Array> => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 1));
    underWay--;
    return Float32Array.of(i, 1);
  };
  expect(await summedStats(numbered(12, []), measure, 2)).toEqual([66, 12]);
  expect(most).toBe(5);
  expect(await summedStats([], measure, 2)).toEqual([0, 0]);
});

test('waits for all that is queued before it throws, and asks for no more batches', async () => {
  const log: string[] = [];
  const measure = async (i: number): Promise<Float32Array> => {
    await new Promise((resolve) => setTimeout(resolve, 5 - i));
    log.push(`measured ${i}`);
    if (i === 0) throw new Error('no such batch');
    return Float32Array.of(i);
  };
  await expect(summedStats(numbered(9, log), measure, 1)).rejects.toThrow('no such batch');
  expect(log.filter((entry) => entry.startsWith('batch'))).toHaveLength(5);
  expect(log.filter((entry) => entry.startsWith('measured'))).toHaveLength(5);
});
