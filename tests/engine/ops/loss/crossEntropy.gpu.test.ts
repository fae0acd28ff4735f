import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { stream } from '../../../../src/base/numbers/rng';
import { crossEntropyRows, crossEntropySum } from '../../../../src/engine/ops/loss/crossEntropy';
import type { CpuTensor } from '../../../../src/engine/device/kernel';
import { empty } from '../../../../src/engine/ops/rows/gatherRows';
import { onBackend } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

interface Result {
  loss: number;
  stats: number[];
  dlogits: number[];
}

/** About one weight in four is zero. */
const weightOf = (row: number): number => (row % 4) * 0.75;

/** Loss, stats and gradient on one backend; on `cpu` in f64. */
function differentiate(
  backend: 'webgpu' | 'cpu',
  logits: CpuTensor,
  targets: number[],
  lossScale: number,
  { train = true, weights = targets.map(() => 1), origins = [] as number[] } = {},
): Promise<Result> {
  return onBackend(backend, async () => {
    const data = backend === 'cpu' ? Float64Array.from(logits.data) : Float32Array.from(logits.data);
    const before = tf.memory().numTensors;
    const x = toTensor({ shape: logits.shape, data });
    const compared = {
      targets: toTensor({ shape: [targets.length], data: Int32Array.from(targets) }),
      weights: toTensor({
        shape: [targets.length],
        data: backend === 'cpu' ? Float64Array.from(weights) : Float32Array.from(weights),
      }),
    };
    const of = toTensor({ shape: [targets.length], data: Int32Array.from(targets, (_, i) => origins[i] ?? -1) });
    const texts = origins.length > 0 && { origins: { of, count: 3 } };
    const rows = empty(x, [targets.length, 2]);
    const step = { lossScale };
    crossEntropyRows(rows, x, compared, { step, train, from: 0 });
    const [loss, stats] = crossEntropySum(rows, { ...compared, ...texts }, step);
    const result = {
      loss: (await values(loss))[0]!,
      stats: [...(await values(stats))],
      dlogits: [...(await values(x))],
    };
    tf.dispose([x, compared.targets, compared.weights, of, rows, loss, stats]);
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
    return result;
  });
}

const lossOf = async (logits: CpuTensor, targets: number[], scale: number): Promise<number> =>
  (await differentiate('cpu', logits, targets, scale)).loss;

/** About one row in five without a label. */
function randomTargets(rows: number, vocab: number): number[] {
  const random = stream(1, 'test', 'targets');
  return Array.from({ length: rows }, () => (random.below(5) ? random.below(vocab) : -1));
}

const one = (...data: number[]): CpuTensor => ({ shape: [1, data.length], data: Float32Array.from(data) });

describe('crossEntropy', () => {
  test.each([
    { rows: 1, vocab: 1 },
    { rows: 3, vocab: 17 },
    { rows: 65, vocab: 129 },
    { rows: 129, vocab: 256 },
    { rows: 259, vocab: 132 },
    { rows: 17, vocab: 2053 },
    { rows: 5, vocab: 4100 },
    { rows: 700, vocab: 7 },
  ])('equals its reference: $rows rows of $vocab', async ({ rows, vocab }) => {
    const logits = randomTensor('logits', [rows, vocab], 3);
    const targets = randomTargets(rows, vocab);
    const weights = targets.map((_, row) => weightOf(row + 1));
    const got = await differentiate('webgpu', logits, targets, 0.37, { weights });
    const expected = await differentiate('cpu', logits, targets, 0.37, { weights });
    expect(relativeError([got.loss], [expected.loss])).toBeLessThan(1e-6);
    expect(relativeError(got.stats, expected.stats)).toBeLessThan(1e-6);
    expect(relativeError(got.dlogits, expected.dlogits)).toBeLessThan(2e-6);
  });

  test.each([5, 259, 700])(
    'of texts that are mixed in %i rows, the sums of each are those of it alone',
    async (rows) => {
      const logits = randomTensor('logits', [rows, 17], 3);
      const targets = randomTargets(rows, 17);
      const weights = targets.map((_, row) => weightOf(row + 1));
      const origins = targets.map((_, row) => (row % 5 === 4 ? -1 : row % 2 === 0 ? 0 : 2)); // none of the second text
      const plain = await differentiate('webgpu', logits, targets, 0.37, { weights });
      for (const backend of ['webgpu', 'cpu'] as const) {
        const got = await differentiate(backend, logits, targets, 0.37, { weights, origins });
        expect(got.stats).toHaveLength(9);
        expect(relativeError(got.stats.slice(0, 3), plain.stats)).toBeLessThan(1e-6);
        for (const text of [0, 1, 2]) {
          const alone = targets.map((target, row) => (origins[row] === text ? target : -1));
          const { stats } = await differentiate('cpu', logits, alone, 0.37, { weights });
          const [nll, weight] = [got.stats[3 + 2 * text]!, got.stats[4 + 2 * text]!];
          expect(Math.abs(nll - stats[0]!)).toBeLessThanOrEqual(1e-5 * stats[0]!);
          expect(weight).toBeCloseTo(stats[2]!, 3);
        }
        if (backend === 'webgpu') expect(got.dlogits).toEqual(plain.dlogits);
      }
    },
  );

  test('the gradient of the reference is the slope of its loss', async () => {
    const logits = { shape: [3, 17], data: Float64Array.from(randomTensor('logits', [3, 17]).data) };
    const targets = [16, -1, 0];
    const { dlogits } = await differentiate('cpu', logits, targets, 2.5);
    for (let i = 0; i < dlogits.length; i++) {
      const moved = (h: number): CpuTensor => ({
        shape: [3, 17],
        data: logits.data.map((v, j) => (j === i ? v + h : v)),
      });
      const slope = ((await lossOf(moved(1e-5), targets, 2.5)) - (await lossOf(moved(-1e-5), targets, 2.5))) / 2e-5;
      expect(Math.abs(slope - dlogits[i]!)).toBeLessThan(1e-8);
    }
  });

  test('rows without a label count nowhere and get no gradient', async () => {
    const { loss, stats, dlogits } = await differentiate('webgpu', randomTensor('x', [5, 33]), [-1, -1, 4, -1, -1], 1);
    expect(loss).toBeGreaterThan(0);
    expect(stats[2]).toBe(1);
    expect(dlogits.map((g) => g !== 0)).toEqual(Array.from({ length: 165 }, (_, i) => Math.floor(i / 33) === 2));
  });

  test('of equal logits the first counts as the prediction', async () => {
    for (const backend of ['webgpu', 'cpu'] as const)
      for (const vocab of [9, 64, 130]) {
        const logits = one(...new Array<number>(vocab).fill(1));
        expect((await differentiate(backend, logits, [0], 1)).stats[1]).toBe(1);
        expect((await differentiate(backend, logits, [vocab - 1], 1)).stats[1]).toBe(0);
      }
  });

  test('logits far apart and far from zero neither overflow nor lose the label', async () => {
    const { loss, dlogits } = await differentiate('webgpu', one(30_000, -30_000, 29_999, 0), [1], 1);
    expect(loss).toBeCloseTo(60_000.3133, 1);
    [0.7310586, -1, 0.2689414, 0].forEach((g, i) => expect(dlogits[i]).toBeCloseTo(g, 6));
  });

  test.each([NaN, Infinity, -Infinity])(
    'a logit of %f makes loss and gradient NaN, in vectors and alone',
    async (bad) => {
      for (const logits of [one(1, bad, 2), one(1, 2, 3, bad)]) {
        const { loss, dlogits } = await differentiate('webgpu', logits, [0], 1);
        expect(loss).toBeNaN();
        expect(dlogits.some(Number.isNaN)).toBe(true);
      }
    },
  );

  test('without training the stats are the same and the logits stay as they are', async () => {
    const logits = randomTensor('logits', [65, 129]);
    const targets = randomTargets(65, 129);
    for (const backend of ['webgpu', 'cpu'] as const) {
      const trained = await differentiate(backend, logits, targets, 1);
      const measured = await differentiate(backend, logits, targets, 1, { train: false });
      expect(relativeError(measured.stats, trained.stats)).toBeLessThan(1e-6);
      expect(measured.dlogits).toEqual([...logits.data]);
    }
  });
});
