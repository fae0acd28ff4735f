// A dataset as JSON lines, CSV and Parquet: each reads back to the rows and columns that were saved.
import { parquetReadObjects } from 'hyparquet';
import papa from 'papaparse';
import { beforeEach, expect, test } from 'vitest';
import type { DatasetRecord } from '../../../src/base/records/dataset';
import type { RowFacts } from '../../../src/base/records/recipe';
import type { DatasetFile } from '../../../src/base/wire/recipes';
import { writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { datasetFile } from '../../../src/studio/export/datasetFile';
import { describedDataset, freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const stored = (rows: readonly [string, RowFacts][], patch: Partial<DatasetRecord> = {}) =>
  writeDataset(db, async (sink) => {
    for (const [row, facts] of rows) await sink.add(row, facts);
    return { ...describedDataset('harbour log'), ...patch };
  });
const saved = async (id: string, kind: DatasetFile): Promise<Blob> => (await datasetFile(db, id, kind)).blob!;

const ROWS: [string, RowFacts][] = [
  ['One,\n"two"', { label: 'ham', rating: 4.5, kept: true, text: 'x' }],
  ['灯 😀', {}],
  ['=SUM(A1)', { label: '@x', rating: -2, mixed: 1 }],
  ['-3', { mixed: 'one' }],
];
const TEXTS = ROWS.map(([text]) => text);

test('JSON lines have each row with its columns, and a column that is called like the row beside it', async () => {
  const { id } = await stored(ROWS);
  const { fileName, bytes, blob } = await datasetFile(db, id, 'jsonl');
  const lines = (await blob!.text()).trimEnd().split('\n');
  expect([fileName, bytes, lines.length]).toEqual(['harbour-log.jsonl', blob!.size, 4]);
  expect(JSON.parse(lines[0]!)).toEqual({ text: ROWS[0]![0], label: 'ham', rating: 4.5, kept: true, text_: 'x' });
  expect(JSON.parse(lines[1]!)).toEqual({ text: '灯 😀' });
});

test('CSV quotes what it must, and no cell is a formula', async () => {
  const { id } = await stored(ROWS);
  const { data } = papa.parse<Record<string, string>>(await (await saved(id, 'csv')).text(), {
    ...{ header: true, skipEmptyLines: true },
  });
  expect(data.map(({ text }) => text)).toEqual([TEXTS[0], TEXTS[1], "'=SUM(A1)", '-3']);
  expect(data[2]).toMatchObject({ label: "'@x", rating: '-2', kept: '', mixed: '1' });
});

test('Parquet keeps numbers and truths, and a column of mixed kinds is text', async () => {
  const { id } = await stored(ROWS);
  const rows: Record<string, unknown>[] = await parquetReadObjects({
    file: await (await saved(id, 'parquet')).arrayBuffer(),
  });
  expect(rows.map((row) => row['text'])).toEqual(TEXTS);
  expect(rows[0]).toMatchObject({ label: 'ham', rating: 4.5, kept: true, text_: 'x' });
  expect(rows.map((row) => row['mixed'] ?? null)).toEqual([null, null, '1', 'one']);
});

test('Parquet of many rows comes in several groups', async () => {
  const { id } = await stored(Array.from({ length: 10_001 }, (_, i) => [`row ${i}`, { i }]));
  const rows = await parquetReadObjects({ file: await (await saved(id, 'parquet')).arrayBuffer() });
  expect([rows.length, rows[10_000]]).toEqual([10_001, { text: 'row 10000', i: 10_000 }]);
});

test('conversations are lists in JSON lines and their JSON text in tables', async () => {
  const messages = [{ role: 'user', content: 'Hi' }];
  const { id } = await stored([[JSON.stringify({ messages }), { source: 'log' }]], { content: 'chat' });
  expect(JSON.parse(await (await saved(id, 'jsonl')).text())).toEqual({ messages, source: 'log' });
  expect(await (await saved(id, 'csv')).text()).toContain('"[{""role"":""user""');
  const [row] = await parquetReadObjects({ file: await (await saved(id, 'parquet')).arrayBuffer() });
  expect(JSON.parse(row!['messages'] as string)).toEqual(messages);
});
