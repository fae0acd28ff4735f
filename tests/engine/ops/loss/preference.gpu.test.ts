import { beforeAll, describe, expect, test } from 'vitest';
import {
  PAIR_STATS,
  pairStatsOf,
  preferenceLoss,
  TEXT_PAIR_STATS,
  type PreferenceKind,
} from '../../../../src/engine/ops/loss/preference';
import { checkOp, testEngine } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

beforeAll(async () => void (await testEngine()));

const STEP = { lossScale: 0.25, labelScale: 0.125 };

/** Log-probabilities of every third token of `windows` windows; `blank`: a window without labels. */
function answers(windows: number, length: number, blank = -1) {
  const n = windows * length;
  const graded = Array.from({ length: n }, (_, i) => i).filter((i) => i % 3 > 0 && Math.floor(i / length) !== blank);
  const size = graded.length + 5; // padding, as a batch has it
  const at = (name: string, i: number): number => Math.abs(randomTensor(`${name} ${i}`, [1]).data[0]!);
  const rows = Int32Array.from({ length: size }, (_, i) => graded[i] ?? -1);
  const weights = Float32Array.from({ length: size }, (_, i) => (i < graded.length ? 0.5 + at('weight', i) : 0));
  const numbers = (name: string): Float32Array => {
    const data = new Float32Array(n);
    graded.forEach((row, i) => (data[row] = -0.02 - weights[i]! * at(name, i)));
    return data;
  };
  return {
    logProbs: { shape: [n], data: numbers('p') },
    reference: { shape: [n], data: numbers('r') },
    rows: { shape: [size], data: rows },
    weights: { shape: [size], data: weights },
  };
}

describe.each(['dpo', 'orpo'] as const)('%s', (kind: PreferenceKind) => {
  test.each([
    [2, 3, -1],
    [6, 17, 3],
    [130, 5, -1],
    [4, 129, -1],
  ])('equals the reference: %i windows of %i tokens, window %i blank', async (windows, length, blank) => {
    const { reference, ...inputs } = answers(windows, length, blank);
    await checkOp({
      run: ({ logProbs, rows, weights, reference: base }) => {
        const attrs = { kind, beta: Math.min(0.7, 6 / length), length, step: STEP };
        const { loss, stats } = preferenceLoss(logProbs!, { rows: rows!, weights: weights! }, attrs, base);
        return [loss, stats];
      },
      inputs: kind === 'dpo' ? { ...inputs, reference } : inputs,
      by: ['logProbs'],
      tolerance: 2e-5,
    });
  });

  test.each([
    [12, 17, 3],
    [140, 5, -1],
  ])('sums by text what it sums of all: %i windows of %i tokens of 8 texts', async (windows, length, blank) => {
    const { reference, ...inputs } = answers(windows, length, blank);
    const textOf = (row: number): number => [0, 2, 7][Math.floor(row / length / 2) % 3]!; // of some there is none
    const origins = { shape: inputs.rows.shape, data: inputs.rows.data.map((row) => (row < 0 ? -1 : textOf(row))) };
    const attrs = { kind, beta: Math.min(0.7, 6 / length), length, step: STEP };
    await checkOp({
      run: ({ logProbs, rows, weights, reference: base, origins: of }) => {
        const labels = { rows: rows!, weights: weights!, origins: { of: of!, count: 8 } };
        const { loss, stats } = preferenceLoss(logProbs!, labels, attrs, base);
        return [loss, stats];
      },
      inputs: { ...inputs, origins, ...(kind === 'dpo' && { reference }) },
      by: ['logProbs'],
      tolerance: 2e-5,
    });
    const given = [toTensor(inputs.logProbs), toTensor(inputs.rows), toTensor(inputs.weights)] as const;
    const of = toTensor(origins);
    const [logProbs, rows, weights] = given;
    const plain = preferenceLoss(logProbs, { rows, weights }, attrs);
    const mixed = preferenceLoss(logProbs, { rows, weights, origins: { of, count: 8 } }, attrs);
    const [all, byText] = [await values(plain.stats), await values(mixed.stats)];
    [...given, of, ...Object.values(plain), ...Object.values(mixed)].forEach((tensor) => tensor.dispose());
    expect([...byText.subarray(0, PAIR_STATS.size)]).toEqual([...all]); // bit for bit
    for (const name of ['loss', 'nll', 'pairs', 'chosenLabels'] as const) {
      const each = Array.from({ length: 8 }, (_, text) => byText[pairStatsOf(text) + TEXT_PAIR_STATS[name]]!);
      expect(each[1]).toBe(0);
      expect(each.reduce((sum, one) => sum + one)).toBeCloseTo(all[PAIR_STATS[name]]!, 3);
    }
  });

  test('counts no pair of equal rewards as preferred, as a fresh adapter has them', async () => {
    const { rows, weights } = answers(6, 3);
    const equal = Float32Array.from({ length: 18 }, (_, i) => -0.1 * (1 + (i % 3)));
    equal.fill(-0.01, 12, 15); // the third pair alone is preferred
    const even = Float32Array.from(weights.data).fill(1);
    const given = [
      toTensor({ shape: [18], data: equal }),
      toTensor(rows),
      toTensor({ ...weights, data: even }),
    ] as const;
    const attrs = { kind, beta: 0.5, length: 3, step: STEP };
    const { loss, stats } = preferenceLoss(given[0], { rows: given[1], weights: given[2] }, attrs);
    const found = await values(stats);
    [...given, loss, stats].forEach((tensor) => tensor.dispose());
    expect(found[PAIR_STATS.pairs]).toBe(3);
    expect(found[PAIR_STATS.preferred]).toBe(1);
  });

  test('is NaN where a number is, and finite where an answer is certain', async () => {
    const { logProbs, rows, weights } = answers(2, 4);
    const lossOf = async (data: Float32Array): Promise<number[]> => {
      const given = [toTensor({ shape: [8], data }), toTensor(rows), toTensor(weights)] as const;
      const attrs = { kind, beta: 1, length: 4, step: STEP };
      const { loss, stats } = preferenceLoss(given[0], { rows: given[1], weights: given[2] }, attrs);
      const found = [...(await values(loss)), (await values(stats))[PAIR_STATS.pairs]!];
      [...given, loss, stats].forEach((tensor) => tensor.dispose());
      return found;
    };
    const broken = Float32Array.from(logProbs.data);
    broken[1] = NaN;
    expect((await lossOf(broken))[0]).toBeNaN();
    const certain = Float32Array.from(logProbs.data, (v, i) => (i < 4 ? 0 : v));
    const [loss, pairs] = await lossOf(certain);
    expect(Number.isFinite(loss)).toBe(true);
    expect(pairs).toBe(1);
  });
});
