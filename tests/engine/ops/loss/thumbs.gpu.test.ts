import { beforeAll, expect, test } from 'vitest';
import { THUMB_STATS, thumbsLoss } from '../../../../src/engine/ops/loss/thumbs';
import { checkOp, testEngine } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

beforeAll(async () => void (await testEngine()));

const STEP = { lossScale: 0.25 };
const WEIGHTS = { beta: 0.4, good: 1, bad: 2.5 };

/**
 * Log-probabilities of two tokens in three; the answers alternate between good and bad, window `blank` has no label.
 * Mismatched answers became unlikely: the KL estimate, which has no gradient, does not move with its numbers.
 */
function answers(windows: number, length: number, blank = -1) {
  const n = windows * length;
  const graded = Array.from({ length: n }, (_, i) => i).filter((i) => i % 3 > 0 && Math.floor(i / length) !== blank);
  const signOf = (row: number): number => (Math.floor(row / length) % 4 === 2 ? -1 : 1);
  const size = graded.length + 5; // padding, as a batch has it
  const numbers = (name: string): Float32Array => {
    const data = new Float32Array(n);
    const drawn = randomTensor(name, [n]).data;
    const less = name === 'p' ? 9 : 0;
    graded.forEach((row) => {
      const odd = Math.floor(row / length) % 2;
      data[row] = -signOf(row) * (Math.abs(drawn[row]!) + less * odd);
    });
    return data;
  };
  return {
    logProbs: { shape: [n], data: numbers('p') },
    reference: { shape: [n], data: numbers('r') },
    rows: { shape: [size], data: Int32Array.from({ length: size }, (_, i) => graded[i] ?? -1) },
    weights: { shape: [size], data: Float32Array.from({ length: size }, (_, i) => signOf(graded[i] ?? 0)) },
  };
}

test.each([
  [2, 3, -1],
  [4, 17, 2],
  [8, 5, 3],
  [260, 5, -1],
])('equals the reference: %i windows of %i tokens, window %i blank', async (windows, length, blank) => {
  await checkOp({
    run: ({ logProbs, rows, weights, reference }) => {
      const { loss, stats } = thumbsLoss(
        logProbs!,
        { rows: rows!, weights: weights! },
        { ...WEIGHTS, length, step: STEP },
        reference!,
      );
      return [loss, stats];
    },
    inputs: answers(windows, length, blank),
    by: ['logProbs'],
    tolerance: 2e-5,
  });
});

async function measured(change: (data: Float32Array) => void) {
  const { logProbs, rows, weights, reference } = answers(4, 4);
  const data = Float32Array.from(logProbs.data);
  change(data);
  const given = [toTensor({ shape: [16], data }), toTensor(rows), toTensor(weights), toTensor(reference)] as const;
  const attrs = { ...WEIGHTS, length: 4, step: STEP };
  const { loss, stats } = thumbsLoss(given[0], { rows: given[1], weights: given[2] }, attrs, given[3]);
  const found = { loss: (await values(loss))[0]!, stats: [...(await values(stats))] };
  [...given, loss, stats].forEach((tensor) => tensor.dispose());
  return found;
}

test('counts good and bad answers, and the KL estimate is never below zero', async () => {
  const low = await measured((data) => data.subarray(4, 8).fill(-50, 1, 3)); // a mismatched answer became unlikely
  expect([low.stats[THUMB_STATS.good], low.stats[THUMB_STATS.bad], low.stats[THUMB_STATS.kl]]).toEqual([1, 1, 0]);
  const high = await measured((data) => [4, 12].forEach((at) => data.fill(0, at, at + 4)));
  expect(high.stats[THUMB_STATS.kl]).toBeGreaterThan(0);
  expect(high.loss).not.toBe(low.loss);
});

test('is NaN where a number of an answer or of the KL estimate is', async () => {
  expect((await measured((data) => (data[1] = NaN))).loss).toBeNaN();
  expect((await measured((data) => (data[5] = -Infinity))).loss).toBeNaN();
});
