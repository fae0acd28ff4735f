import { expect, test } from 'vitest';
import { placeOf } from '../../../../src/app/panels/Model/rowPlace';
import type { DatasetRecord } from '../../../../src/base/records/dataset';

const of = (id: string, rows: number) => ({ id, rows }) as DatasetRecord;
const DATASETS = [of('a', 3), of('b', 5)];

test('a row counts from 1 over all texts, in the order in which they are read', () => {
  const at = (row: number) => {
    const place = placeOf(row, ['b', 'a'], DATASETS);
    return place && [place.dataset.id, place.index];
  };
  expect([1, 5, 6, 8].map(at)).toEqual([
    ['b', 0],
    ['b', 4],
    ['a', 0],
    ['a', 2],
  ]);
  expect(at(9)).toBeUndefined();
  expect(placeOf(1, ['gone'], DATASETS)).toBeUndefined();
});
