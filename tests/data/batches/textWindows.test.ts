import { describe, expect, test } from 'vitest';
import { trainBatches, validationBatches, windowAt, windowsPerEpoch } from '../../../src/data/batches/textWindows';
import { HoldoutPlanner } from '../../../src/data/batches/holdout';

const counting = (n: number): Uint16Array => Uint16Array.from({ length: n }, (_, i) => i);

describe('training windows', () => {
  const tokens = counting(103);
  const order = { seed: 3, batch: 4, length: 10 };

  test('an epoch reads each window once, and targets are the next tokens', () => {
    expect(windowsPerEpoch(103, 10)).toBe(10);
    for (const epoch of [0, 1, 2]) {
      const starts = Array.from({ length: 10 }, (_, i) => windowAt(103, order, 10 * epoch + i)).sort((a, b) => a - b);
      expect(starts.map((s) => s - starts[0]!)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
      expect(starts[0]).toBeLessThan(3);
    }
    const [first, second] = trainBatches(tokens, order, 6, 2);
    for (const batch of [first!, second!]) {
      expect(batch.labels).toBe(40);
      expect(batch.targets).toEqual(batch.inputs.map((t) => t + 1));
    }
    expect(first!.inputs[0]).toBe(windowAt(103, order, 6));
    expect(second!.inputs[30]).toBe(windowAt(103, order, 13));
  });

  test('the order follows from seed and position alone', () => {
    const at = (position: number, seed = 3): number => windowAt(103, { ...order, seed }, position);
    const forward = Array.from({ length: 40 }, (_, i) => at(i));
    const backward = Array.from({ length: 40 }, (_, i) => at(39 - i)).reverse();
    expect(backward).toEqual(forward);
    expect(forward.slice(0, 10)).not.toEqual(forward.slice(10, 20));
    expect(Array.from({ length: 40 }, (_, i) => at(i, 4))).not.toEqual(forward);
  });

  test('the same windows whether accumulated or not', () => {
    const many = trainBatches(tokens, { ...order, batch: 2 }, 8, 3).flatMap((b) => [...b.inputs]);
    const one = trainBatches(tokens, { ...order, batch: 6 }, 8, 1).flatMap((b) => [...b.inputs]);
    expect(many).toEqual(one);
  });

  test('a text of context + 1 tokens is enough, one less is refused with the numbers', () => {
    expect([...trainBatches(counting(11), { seed: 1, batch: 1, length: 10 }, 5, 1)[0]!.inputs]).toEqual([
      ...counting(10),
    ]);
    expect(() => trainBatches(counting(10), order, 0, 1)).toThrow(
      expect.objectContaining({ code: 'text-too-short', facts: { tokens: 10, context: 10, needed: 11, longest: 9 } }),
    );
  });
});

describe('validation windows', () => {
  const order = { seed: 0, batch: 3, length: 10 };

  test('in full: every token but the first is graded once, the last batch is filled up', () => {
    const batches = [...validationBatches(counting(48), order, 100)];
    expect(batches.map((b) => b.labels)).toEqual([30, 17]);
    const graded = batches.flatMap((b) => [...b.targets]).filter((t) => t >= 0);
    expect(graded).toEqual([...counting(48)].slice(1));
    expect(batches.every((b) => b.inputs.length === 30)).toBe(true);
  });

  test('limited: spread over the text, always the same', () => {
    const starts = [...validationBatches(counting(1001), order, 2)].flatMap((b) =>
      [0, 1, 2].map((r) => b.inputs[r * 10]!),
    );
    expect(starts).toEqual([0, 160, 330, 500, 660, 830]);
  });

  test('nothing from fewer than two tokens', () => {
    expect([...validationBatches(counting(0), order, 5), ...validationBatches(counting(1), order, 5)]).toEqual([]);
    expect([...validationBatches(counting(2), order, 5)].map((b) => b.labels)).toEqual([1]);
  });
});

describe('split', () => {
  const planned = (rows: string[], share: number, seed = 1): [string[], ReturnType<HoldoutPlanner['plan']>] => {
    const planner = new HoldoutPlanner(seed, share);
    rows.forEach((r) => planner.see(r));
    const holdout = planner.plan();
    return [rows.filter((r) => holdout.isValidation(r)), holdout];
  };
  const rows = Array.from({ length: 2000 }, (_, i) => `row ${i % 1500}`);

  test('the share of distinct rows is exact, and doubles stay together', () => {
    const [held, holdout] = planned(rows, 0.1);
    expect(holdout).toMatchObject({ distinctRows: 1500, distinctValidation: 150 });
    expect(new Set(held).size).toBe(150);
    expect(held.length).toBeGreaterThan(150);
  });

  test('the side of a row depends neither on the order nor on how often it stands', () => {
    const [held] = planned(rows, 0.1);
    const [again] = planned([...new Set(rows)].reverse(), 0.1);
    expect(new Set(again)).toEqual(new Set(held));
    expect(new Set(planned(rows, 0.1, 2)[0])).not.toEqual(new Set(held));
  });

  test('at least one row is held out and one is kept, where there are two', () => {
    expect(new Set(planned(['a', 'b', 'a'], 0.001)[0]).size).toBe(1);
    expect(new Set(planned(['a', 'b', 'a'], 0.5)[0]).size).toBe(1);
    expect(planned(['a', 'a'], 0.5)[0]).toEqual([]);
    expect(planned([], 0.5)[1].distinctRows).toBe(0);
    expect(planned(rows, 0)[0]).toEqual([]);
  });
});
