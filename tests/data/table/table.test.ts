// Columns of a table, the facets over them, filters and an order, beside values worked out by hand.
import { describe, expect, test } from 'vitest';
import { facetCounter, barRanges } from '../../../src/data/table/facet';
import { KeySet } from '../../../src/data/table/keySet';
import { maskOf, RowFilter } from '../../../src/data/table/rowFilter';
import { distinctNumbers, sortedBy } from '../../../src/data/table/rowOrder';
import { ColumnBuilder, rowsWith, valueAt, type ValueColumn } from '../../../src/data/table/tableColumn';
import type { ColumnValue } from '../../../src/data/clean/conditions';
import type { Condition } from '../../../src/base/records/recipe';

function columnOf(values: readonly ColumnValue[]): ValueColumn {
  const builder = new ColumnBuilder(values.length);
  values.forEach((value, row) => builder.set(row, value));
  return builder.column();
}
const all = (rows: number): Uint8Array => new Uint8Array(rows).fill(1);
const bars = (column: ValueColumn, search = '', chosen?: Condition) =>
  facetCounter(column).facet(
    'c',
    all(column.kind === 'number' ? column.values.length : column.codes.length),
    chosen,
    search,
  );

describe('a column', () => {
  test('keeps numbers as numbers, and what stands beside none as nothing', () => {
    const column = columnOf([3, undefined, -1.5]);
    expect(column.kind).toBe('number');
    expect([0, 1, 2].map((row) => valueAt(column, row))).toEqual([3, undefined, -1.5]);
    expect(rowsWith(column)).toBe(2);
  });

  test('of numbers and words is categories, the numbers before the first word too', () => {
    const column = columnOf([1, undefined, 'one', 1, true]);
    expect([0, 1, 2, 3, 4].map((row) => valueAt(column, row))).toEqual(['1', undefined, 'one', '1', 'true']);
    expect(rowsWith(column)).toBe(4);
  });

  test('of lists counts each value by itself', () => {
    const { bars: found, none, values } = bars(columnOf([['a', 'b'], ['b'], [], ['a', 'b']]));
    expect(found).toEqual([
      { value: 'b', rows: 3, here: 3 },
      { value: 'a', rows: 2, here: 2 },
    ]);
    expect([none.rows, values]).toEqual([1, 2]);
  });
});

describe('a facet of numbers', () => {
  test('has a bar for each of few values', () => {
    const { bars: found, none } = bars(columnOf([5, 1, 1, undefined, 3]));
    expect(found.map(({ range, rows }) => [range, rows])).toEqual([
      [[1, 1], 2],
      [[3, 3], 1],
      [[5, 5], 1],
    ]);
    expect(none).toEqual({ rows: 1, here: 1 });
  });

  test('of many whole numbers has round edges, at most 30 bars, and one for the largest hundredth', () => {
    const values = [...Array.from({ length: 1000 }, (_, i) => i % 100), 1_000_000];
    const { bars: found } = bars(columnOf(values));
    expect(found.length).toBeLessThanOrEqual(30);
    expect(found[0]!.range).toEqual([0, 4]);
    expect(found.at(-1)!.range![1]).toBe(1_000_000);
    expect(found.reduce((sum, { rows }) => sum + rows, 0)).toBe(1001);
  });

  test('puts every number in just one bar, and its range finds the rows that it counts', () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i) * 0.3);
    const column = columnOf(values);
    for (const { range, rows } of bars(column).bars) {
      const mask = maskOf(column, { column: 'c', ranges: [range!] });
      expect(mask.reduce((a, b) => a + b, 0)).toBe(rows);
    }
    expect(bars(column).bars.reduce((sum, { rows }) => sum + rows, 0)).toBe(500);
  });

  test.each([
    ['tiny', [1e-9, 2e-9, 3e-9]],
    ['huge and close', [1e15, 1e15 + 100]],
    ['below and above zero', [-50, 50]],
    ['the least far below the others', [-1e9, 0, 1, 2]],
  ])('%s: the edges rise, and hold all', (_name, [first = 0, ...others]) => {
    const values = Float64Array.from({ length: 300 }, (_, i) =>
      i < 1 ? first : (others[i % others.length]! * i) / 300,
    );
    const ranges = barRanges(values, distinctNumbers(values));
    expect(ranges.length).toBeLessThanOrEqual(30);
    ranges.forEach(([least], i) => expect(least).toBeGreaterThan(ranges[i - 1]?.[1] ?? -Infinity));
    for (const value of values) expect(ranges.filter(([a, b]) => a <= value && value <= b)).toHaveLength(1);
  });
});

describe('a facet of 100,000 values', () => {
  const column = columnOf(Array.from({ length: 200_000 }, (_, i) => `v${i < 100_000 ? i : i % 50}`));

  test('lists the 50 most frequent', () => {
    const { bars: found, values } = bars(column);
    expect([found.length, values]).toEqual([50, 100_000]);
    expect(found.every(({ rows }) => rows === 2001)).toBe(true);
  });

  test('finds others by a search, and keeps those that are chosen', () => {
    expect(bars(column, 'V99999').bars).toEqual([{ value: 'v99999', rows: 1, here: 1 }]);
    expect(bars(column, '', { column: 'c', values: ['v77777'] }).bars[0]).toMatchObject({ value: 'v77777', rows: 1 });
  });
});

describe('a filter', () => {
  const label = columnOf(['a', 'b', 'a', undefined, 'c']);
  const size = columnOf([1, 2, 3, 4, undefined]);
  const filterOf = (...conditions: Condition[]): RowFilter =>
    new RowFilter(5, new Map(conditions.map((c) => [c.column, maskOf(c.column === 'label' ? label : size, c)])));

  test('holds where all conditions do; within one, one value is enough', () => {
    const filter = filterOf({ column: 'label', values: ['a', 'b'] }, { column: 'size', ranges: [[2, 9]] });
    expect([...filter.places()]).toEqual([1, 2]);
    expect([filter.matched, filter.passes(1), filter.passes(0)]).toEqual([2, true, false]);
  });

  test('of rows without a value is the empty value, with ranges too', () => {
    expect([...filterOf({ column: 'label', values: [''] }).places()]).toEqual([3]);
    expect([...filterOf({ column: 'size', ranges: [[4, 4]], values: [''] }).places()]).toEqual([3, 4]);
  });

  test('leaves a facet its own values', () => {
    const filter = filterOf({ column: 'label', values: ['a'] }, { column: 'size', ranges: [[2, 9]] });
    const found = facetCounter(label).facet('label', filter.without('label'), undefined, '');
    expect(found.bars.map(({ value, here }) => [value, here])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ]);
    expect(found.none.here).toBe(1);
  });
});

describe('an order', () => {
  const places = Uint32Array.from([0, 1, 2, 3, 4]);

  test('by numbers keeps equals in order, and rows without one last', () => {
    const column = columnOf([2, undefined, 1, 2, -1]);
    expect([...sortedBy(column, places, false)]).toEqual([4, 2, 0, 3, 1]);
    expect([...sortedBy(column, places, true)]).toEqual([0, 3, 2, 4, 1]);
  });

  test('by words counts the numbers in them', () => {
    const column = columnOf(['t10', 't9', undefined, 'a', 't9']);
    expect([...sortedBy(column, places, false)]).toEqual([3, 1, 4, 0, 2]);
  });
});

test('a set of keys tells what came before', () => {
  const keys = new KeySet(4);
  expect([0, 2 ** 52, 0, 5, 2 ** 52, 5].map((key) => keys.add(key))).toEqual([true, true, false, true, false, false]);
});
