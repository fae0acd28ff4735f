import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TokenBatch, Windows } from '../../../src/base/batch';
import { GoldfishWindows, goldfishMask, withoutMasked } from '../../../src/data/batches/goldfish';

interface Golden {
  cases: { k: number; targets: number[][]; left: number[][] }[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/goldens/goldfish.json', import.meta.url), 'utf8'),
) as Golden;

/** Windows of one row each that predicts all of its targets; the first input is no target of anything. */
function batchOf(rows: readonly number[][]): TokenBatch {
  const length = rows[0]!.length;
  return {
    ...{ batch: rows.length, length, labels: rows.length * length },
    inputs: Int32Array.from(rows.flatMap((targets) => [7, ...targets.slice(0, -1)])),
    targets: Int32Array.from(rows.flat()),
  };
}
const placesOf = (mask: Uint8Array, window: number, length: number): number[] =>
  [...mask.subarray(window * length, (window + 1) * length)].flatMap((masked, i) => (masked ? [i] : []));

describe('goldfish masking', () => {
  test.each(golden.cases)('leaves out what the published rule does: one in $k', ({ k, targets, left }) => {
    const mask = goldfishMask(batchOf(targets), k);
    expect(targets.map((row, i) => placesOf(mask, i, row.length))).toEqual(left);
    expect(left.flat().length).toBeGreaterThan(0);
  });

  test('reads rows of one window apart, and what is not graded as context', () => {
    const { k, targets, left } = golden.cases[0]!;
    const [one, two] = [targets[0]!.slice(0, 60), targets[2]!.slice(0, 60)];
    const alone = batchOf([one, two]);
    const packed: TokenBatch = {
      ...{ batch: 1, length: 120, labels: 90, inputs: alone.inputs, targets: alone.targets.slice() },
      weights: new Float32Array(120).fill(1),
      starts: Int32Array.from({ length: 120 }, (_, i) => (i < 60 ? 0 : 60)),
    };
    packed.targets.fill(-1, 0, 30); // a question
    const places = placesOf(goldfishMask(packed, k), 0, 120);
    const expected = [
      ...left[0]!.filter((at) => at >= 30 && at < 60),
      ...left[2]!.filter((at) => at < 60).map((at) => at + 60),
    ];
    expect(places).toEqual(expected);
    const masked = withoutMasked(packed, goldfishMask(packed, k));
    expect(masked.labels).toBe(90 - expected.length);
    for (const at of expected) expect([masked.targets[at], masked.weights![at]]).toEqual([-1, 0]);
    expect(packed.targets[expected[0]!]).toBeGreaterThan(-1); // the batch itself is kept
  });

  test('masks training alone, always alike, and leaves a step something to learn', () => {
    const { targets } = golden.cases[0]!;
    const whole = batchOf(targets);
    const windows: Windows = { count: 3, trainBatches: () => [whole], validationBatches: () => [whole] };
    const masked = new GoldfishWindows(windows, 4);
    expect(masked.trainBatches(0)).toEqual(masked.trainBatches(0));
    expect([...masked.validationBatches()]).toEqual([whole]);
    const [only] = golden.cases[0]!.left[0]!;
    const single = { ...whole, targets: whole.targets.map((t, i) => (i === only ? t : -1)), labels: 1 };
    const one = new GoldfishWindows({ ...windows, trainBatches: () => [single] }, 4);
    expect(one.trainBatches(0)).toEqual([single]);
  });
});
