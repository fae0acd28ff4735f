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

  test('of rows with a class the same share of each is held out, and one of each stays', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({
      text: `row ${i}`,
      kind: i < 70 ? 'often' : i < 99 ? 'seldom' : 'once',
    }));
    const held = (order: typeof rows) => {
      const planner = new HoldoutPlanner(3, 0.2);
      order.forEach(({ text, kind }) => planner.see(text, kind));
      const plan = planner.plan();
      expect([plan.distinctRows, plan.distinctValidation]).toEqual([100, 20]);
      return rows.filter(({ text }) => plan.isValidation(text));
    };
    const chosen = held(rows);
    const countOf = (kind: string) => chosen.filter((row) => row.kind === kind).length;
    expect([countOf('often'), countOf('seldom'), countOf('once')]).toEqual([14, 6, 0]);
    expect(held(rows.toReversed())).toEqual(chosen);
  });
});
