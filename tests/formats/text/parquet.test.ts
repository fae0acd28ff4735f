import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { sliceRows } from '../../../src/formats/text/parquet';
import { fileOf, rowsOf } from '../helpers';

test('rows of a group that are unpacked at a time', () => {
  expect(sliceRows(1000, 1024)).toBe(1000);
  expect(sliceRows(1000, 80 * 1024 * 1024)).toBe(100);
  expect(sliceRows(1e6, 0)).toBe(10_000);
  expect(sliceRows(3, 1e12)).toBe(1);
  expect(sliceRows(0, 0)).toBe(1);
});

test('a group that unpacks to several slices comes whole and in order, each column used as the person says', async () => {
  const texts = Array.from({ length: 700 }, (_, i) => `row ${i} `.padEnd(100_000, '.'));
  const notes = Array.from({ length: 700 }, (_, i) => `note ${i}`);
  const columnData = [
    { name: 'text', data: texts },
    { name: 'note', data: notes },
  ];
  const file = fileOf(new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 700 })), 'a.parquet');
  const rows = await rowsOf(file);
  expect(rows.map(({ row }) => row)).toEqual(texts);
  const mapping = {
    shape: 'text' as const,
    columns: [
      { column: 'text', use: 'fact' as const },
      { column: 'note', use: 'text' as const },
    ],
  };
  const mapped = await rowsOf(file, { choices: { mapping } });
  expect(mapped.map(({ row }) => row)).toEqual(notes);
});
