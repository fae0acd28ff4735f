// What stands beside rows: further columns and ids, stored and hashed with them; datasets of before have neither.
import { beforeEach, expect, test } from 'vitest';
import type { DatasetRecord, RowChunk, StoredRow } from '../../src/base/records/dataset';
import {
  allRows,
  allStoredRows,
  deleteDataset,
  nextRowId,
  rowIdsOf,
  rowsFrom,
  storedRowsFrom,
  writeDataset,
} from '../../src/storage/datasets';
import type { AtelierDb } from '../../src/storage/db';
import { all } from '../formats/helpers';
import { describedDataset, freshStorage } from './storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const ROWS: StoredRow[] = [
  { row: 'one', facts: { label: 'spam', rating: 4.5, tools: true }, id: 7 },
  { row: 'zwei 二', facts: {}, id: 2 },
  { row: 'three', facts: { source: 'book “A”' }, id: 4_000_000_000 },
  { row: 'four', facts: {}, id: 3 },
];

const written = (rows: readonly StoredRow[], chunkBytes: number, patch: Partial<DatasetRecord> = {}) =>
  writeDataset(
    db,
    async (sink) => {
      for (const { row, facts, id } of rows) await sink.add(row, facts, id);
      return { ...describedDataset('text'), ...patch };
    },
    { chunkBytes },
  );

test.each([1, 30, 4000])('columns and ids come back with their rows, in chunks of %i bytes', async (chunkBytes) => {
  const { id } = await written(ROWS, chunkBytes);
  expect(await all(allStoredRows(db, id))).toEqual(ROWS);
  expect(await storedRowsFrom(db, id, 1, 2)).toEqual(ROWS.slice(1, 3));
  expect(await storedRowsFrom(db, id, 3, 9)).toEqual(ROWS.slice(3));
  expect(await all(allRows(db, id))).toEqual(ROWS.map(({ row }) => row));
});

test('the bytes of columns fill a chunk as those of rows do', async () => {
  const rows = Array.from({ length: 8 }, (_, id) => ({ row: 'a', facts: { note: 'x'.repeat(50) }, id }));
  expect((await written(rows, 100)).chunks).toBe(4);
});

test('rows with neither are stored as ever', async () => {
  const rows = ['a', 'b'].map((row, id) => ({ row, facts: {}, id }));
  const { id } = await written(rows, 100);
  expect(Object.keys((await db.get('rowChunks', [id, 0]))!).sort()).toEqual(['bytes', 'offsets']);
});

test.each<[string, (chunk: RowChunk) => RowChunk]>([
  [
    'a changed column',
    (chunk) => ({ ...chunk, facts: { ...chunk.facts!, bytes: chunk.facts!.bytes.fill(0x20, 1, 2) } }),
  ],
  ['columns that are gone', ({ bytes, offsets, ids }) => ({ bytes, offsets, ids: ids! })],
  ['a changed id', (chunk) => ({ ...chunk, ids: chunk.ids!.fill(9, 0, 1) })],
  ['too few ids', (chunk) => ({ ...chunk, ids: chunk.ids!.slice(1) })],
])('%s is damage, not other data', async (_what, damage) => {
  const { id } = await written(ROWS, 4000);
  await db.put('rowChunks', damage((await db.get('rowChunks', [id, 0]))!), [id, 0]);
  await expect(all(allStoredRows(db, id))).rejects.toMatchObject({ code: 'dataset-damaged' });
});

/** As version 5 of the storage wrote it: the hash is of its code. */
test('a dataset of before opens: its ids are positions, its columns none', async () => {
  const hash = 'f3f5eea189cfc210d825011d53768f87d02bbd75faa99722568dd07c75ae87f8';
  await db.put('datasets', {
    ...{ ...describedDataset('old'), id: 'old', createdAt: 1, rows: 2, characters: 3, chunks: 1, hashes: [hash] },
  });
  const chunk = { bytes: new TextEncoder().encode('abc'), offsets: Uint32Array.of(0, 1, 3) };
  await db.put('rowChunks', chunk, ['old', 0]);
  expect(await all(allStoredRows(db, 'old'))).toEqual([
    { row: 'a', facts: {}, id: 0 },
    { row: 'bc', facts: {}, id: 1 },
  ]);
  expect([await rowsFrom(db, 'old', 1, 1), await nextRowId(db, 'old')]).toEqual([['bc'], 2]);
});

test('the next id is above all of the family, whatever was left out or deleted since', async () => {
  const root = await written(ROWS.slice(0, 2), 4000);
  const version = (parentId: string) => ({
    ...{ rootId: root.id, parentId, number: 2, sha256: '' },
    sheet: {
      origin: { name: 'text', source: 'text.txt', bytes: 9, rows: 2, sha256: '', importedAt: 1 },
      ...{ made: [], columns: [] },
    },
  });
  expect(await nextRowId(db, root.id)).toBe(8);
  const added = await written([{ row: 'new', facts: {}, id: 8 }], 4000, { version: version(root.id) });
  const fewer = await written([ROWS[1]!], 4000, { version: version(added.id), nextRowId: 9 });
  expect([fewer.nextRowId, await nextRowId(db, root.id)]).toEqual([9, 9]);
  await db.delete('datasets', added.id);
  expect(await nextRowId(db, fewer.id)).toBe(9);
  const last = await written([{ row: 'newer', facts: {}, id: 20 }], 4000, { version: version(root.id) });
  for (const { id } of [last, fewer]) {
    await deleteDataset(db, id);
    await db.delete('datasets', id); // as the sweep does
  }
  expect(await nextRowId(db, root.id)).toBe(21);
  expect(await rowIdsOf(db, root.id)).toEqual(Uint32Array.from(ROWS.slice(0, 2), ({ id }) => id));
  expect(await nextRowId(db, (await written(ROWS.slice(1, 2), 99)).id)).toBe(3); // another family
});
