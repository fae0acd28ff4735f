import { expect, test } from 'vitest';
import { Column, lowerBound, mostOf, nearest } from '../../../../src/app/ui/Chart/column';
import { columnOf } from './columnOf';

test('keeps all numbers through its growth, and forgets from an index on', () => {
  const column = columnOf(Array.from({ length: 1013 }, (_, i) => i * 3));
  expect(column.length).toBe(1013);
  expect(column.at(777)).toBe(2331);
  column.truncate(65);
  expect([column.length, column.last, column.at(65)]).toEqual([65, 192, NaN]);
  column.push(7);
  expect([...column.view()].slice(-2)).toEqual([192, 7]);
});

test('finds steps', () => {
  const column = columnOf([2, 4, 9]);
  expect([0, 2, 3, 9, 10].map((v) => lowerBound(column, v))).toEqual([0, 0, 1, 2, 3]);
  expect([0, 3, 7, 100].map((v) => nearest(column, v))).toEqual([0, 0, 2, 2]);
  expect(nearest(new Column(), 1)).toBe(-1);
});

test('the most that counts leaves out one outlier in a hundred', () => {
  const values = Array.from({ length: 200 }, (_, i) => (i === 7 ? 1e9 : 1 + (i % 10)));
  expect(mostOf([{ y: columnOf(values) }])).toBe(10);
  expect(mostOf([{ y: columnOf([NaN]) }])).toBeUndefined();
});
