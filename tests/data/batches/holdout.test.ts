import { describe, expect, test } from 'vitest';
import { HoldoutPlanner } from '../../../src/data/batches/holdout';

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
