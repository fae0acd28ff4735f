// The table of a stored dataset: its columns, what a filter finds, which chunks are read, and the filter as a recipe has it.
import { beforeEach, expect, test } from 'vitest';
import type { Condition, RowFacts } from '../../../src/base/records/recipe';
import type { DatasetRecord } from '../../../src/base/records/dataset';
import type { TableQuery } from '../../../src/base/wire/rowTable';
import { stepOf } from '../../../src/data/clean/steps';
import { writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { makeVersion } from '../../../src/studio/data/recipe';
import { RowTables } from '../../../src/studio/data/rowTable';
import { datasetFile } from '../../../src/studio/export/datasetFile';
import { describedDataset, freshStorage } from '../../storage/storage';

let db: AtelierDb;
let tables: RowTables;
beforeEach(async () => {
  db = await freshStorage();
  tables = new RowTables();
});

/** The storage, and how many chunks of rows were read from it. */
function countingReads(of: AtelierDb): { db: AtelierDb; reads: () => number } {
  let reads = 0;
  const counting = new Proxy(of, {
    get: (target, name): unknown => {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'get' || typeof value !== 'function') return value;
      return (...parts: unknown[]): unknown => {
        if (parts[0] === 'rowChunks') reads++;
        return Reflect.apply(value, target, parts);
      };
    },
  });
  return { db: counting, reads: () => reads };
}

type Given = readonly [text: string, facts?: RowFacts];
const stored = (rows: readonly Given[], patch: Partial<DatasetRecord> = {}, chunkBytes?: number) =>
  writeDataset(
    db,
    async (sink) => {
      for (const [text, facts] of rows) await sink.add(text, facts);
      return { ...describedDataset('harbour'), ...patch };
    },
    chunkBytes === undefined ? {} : { chunkBytes },
  );
const query = (datasetId: string, patch: Partial<TableQuery> = {}): TableQuery => ({
  ...{ datasetId, filter: [], sort: { column: 'row', down: false }, asked: [] },
  ...patch,
});

const ROWS: Given[] = [
  ['The lamp was lit at six.', { label: 'light', rating: 3, text: 'own' }],
  ['Low water at noon.', { label: 'tide', rating: 5 }],
  ['The lamp was lit at six.', { label: 'light', labels: '["a","b"]' }],
  ['Write to mia.stone@example.com today.', { rating: 1 }],
];
const placesOf = async (id: string, patch: Partial<TableQuery>): Promise<number[]> => {
  const rows = await tables.rows(db, { query: query(id, patch), from: 0, count: 100, columns: [] });
  return rows.map(({ index }) => index);
};

test('the columns are those of the rows and those beside them, each with its rows', async () => {
  const { id } = await stored(ROWS);
  const { rows, matched, columns } = await tables.view(db, query(id));
  expect([rows, matched]).toEqual([4, 4]);
  expect(columns).toEqual([
    { key: 'characters', kind: 'number', rows: 4 },
    { key: 'repeats-earlier', kind: 'category', rows: 1 },
    { key: 'label', beside: 'label', kind: 'category', rows: 3 },
    { key: 'rating', beside: 'rating', kind: 'number', rows: 3 },
    { key: 'column:text', beside: 'text', kind: 'category', rows: 1 },
    { key: 'labels', beside: 'labels', kind: 'category', rows: 1 },
  ]);
});

test('conversations have turns and roles', async () => {
  const talk = {
    messages: [
      { role: 'user', content: 'Where?' },
      { role: 'assistant', content: 'There.', reasoning: 'Hm.' },
    ],
  };
  const { id } = await stored([[JSON.stringify(talk)]], { content: 'chat' });
  const [row] = await tables.rows(db, {
    query: query(id),
    from: 0,
    count: 1,
    columns: ['turns', 'turn-roles', 'nowhere'],
  });
  expect(row).toEqual({
    ...{ id: 0, index: 0, text: 'Where?\nHm.\nThere.' },
    cells: [3, ['question', 'reasoning', 'answer'], undefined],
  });
});

test.each<[string, Condition[], number[]]>([
  ['a value', [{ column: 'label', values: ['light'] }], [0, 2]],
  ['one of several values', [{ column: 'labels', values: ['b'] }], [2]],
  ['no value', [{ column: 'rating', values: [''] }], [2]],
  [
    'two columns',
    [
      { column: 'label', values: ['light'] },
      { column: 'rating', ranges: [[1, 4]] },
    ],
    [0],
  ],
  ['words in the text', [{ column: 'text', contains: 'LAMP' }], [0, 2]],
  ['a column that is called as a computed one', [{ column: 'column:text', values: ['own'] }], [0]],
  ['a column that is not there', [{ column: 'elsewhere', values: ['x'] }], []],
])('a filter by %s', async (_name, filter, expected) => {
  const { id } = await stored(ROWS);
  expect(await placesOf(id, { filter })).toEqual(expected);
  expect((await tables.view(db, query(id, { filter }))).matched).toBe(expected.length);
});

test('rows come in the order of a column', async () => {
  const { id } = await stored(ROWS);
  expect(await placesOf(id, { sort: { column: 'rating', down: true } })).toEqual([1, 0, 3, 2]);
  expect(await placesOf(id, { sort: { column: 'row', down: true } })).toEqual([3, 2, 1, 0]);
});

test('what takes long is computed when it is asked for, once', async () => {
  const { id } = await stored(ROWS);
  const asked = [{ kind: 'personal' as const }, { kind: 'near' as const }];
  const filter = [{ column: 'found-personal', values: ['email'] }];
  expect(await placesOf(id, { asked, filter })).toEqual([3]);
  expect(await placesOf(id, { asked, filter: [{ column: 'near-repeats', values: ['1'] }] })).toEqual([0, 2]);
  const { db: counted, reads } = countingReads(db);
  const again = new RowTables();
  await again.view(counted, query(id, { asked }));
  const before = reads();
  await again.view(counted, query(id, { asked, filter: [{ column: 'near-repeats', values: [''] }] }));
  expect([before > 0, reads() - before]).toEqual([true, 0]);
});

test('rows in view are read from their chunks alone', async () => {
  const { id } = await stored(
    Array.from({ length: 400 }, (_, i) => [`${i} ${'x'.repeat(60)}`] as const),
    {},
    1000,
  );
  const { db: counted, reads } = countingReads(db);
  await tables.view(counted, query(id));
  const before = reads();
  const rows = await tables.rows(counted, { query: query(id), from: 200, count: 30, columns: [] });
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, i) => 200 + i));
  expect(before).toBeGreaterThan(20); // about 16 rows each
  expect(reads() - before).toBeLessThanOrEqual(4);
});

test('what a recipe cannot compute row by row is carried as the ids of the rows', async () => {
  const { id } = await stored(ROWS);
  const filter = [
    { column: 'repeats-earlier', values: ['yes'] },
    { column: 'label', values: ['light'] },
  ];
  const carried = await tables.recipeFilter(db, query(id, { filter }));
  expect(carried).toEqual([
    { column: 'label', values: ['light'] },
    { column: 'row', ranges: [[2, 2]] },
  ]);
  const leaveOut = { id: 's', kind: 'leave-out', on: true, settings: stepOf('leave-out')!.defaults, filter: carried };
  const version = await makeVersion(db, {
    datasetId: id,
    recipe: { format: 'atelier-recipe', version: 1, steps: [leaveOut] },
  });
  expect(version.rows).toBe(3);
  // the ids stay: the version's rows are found by them
  expect(await placesOf(version.id, { filter: [{ column: 'row', ranges: [[3, 3]] }] })).toEqual([2]);
});

test('a column of the file under the name of a computed one is another column, in the table and in a recipe', async () => {
  const { id } = await stored([
    ['The lamp was lit at six.', { 'repeats-earlier': 'yes', 'near-repeats': '1', 'column:text': 'own' }],
    ['Low water at noon.', { 'repeats-earlier': 'no', text: 'own' }],
    ['The lamp was lit at six.', { 'near-repeats': '7' }],
  ]);
  const asked = [{ kind: 'near' as const }];
  const found = async (column: string, value: string) => {
    const filter = [{ column, values: [value] }];
    return [await placesOf(id, { asked, filter }), await tables.recipeFilter(db, query(id, { asked, filter }))];
  };
  expect(await found('repeats-earlier', 'yes')).toEqual([[2], [{ column: 'row', ranges: [[2, 2]] }]]);
  expect(await found('near-repeats', '1')).toEqual([
    [0, 2],
    [
      {
        column: 'row',
        ranges: [
          [0, 0],
          [2, 2],
        ],
      },
    ],
  ]);
  for (const [column, value, place] of [
    ['column:repeats-earlier', 'yes', 0],
    ['column:near-repeats', '7', 2],
    ['column:text', 'own', 1],
    ['column:column:text', 'own', 0],
  ] as const)
    expect(await found(column, value)).toEqual([[place], [{ column, values: [value] }]]);
});

test('a condition on a column that the table does not have finds the same rows in a recipe', async () => {
  const { id } = await stored(ROWS);
  const filter = [{ column: 'guess-language', values: [''] }]; // an address may name it without asking for it
  expect(await placesOf(id, { filter })).toEqual([0, 1, 2, 3]);
  expect(await tables.recipeFilter(db, query(id, { filter }))).toEqual([{ column: 'row', ranges: [[0, 3]] }]);
});

test('each condition finds the same rows in the table and in a recipe', async () => {
  const { id } = await stored(ROWS);
  const asked = (['language', 'personal', 'secrets', 'quality'] as const).map((kind) => ({ kind }));
  const filters: Condition[] = [
    { column: 'characters', ranges: [[20, 30]] },
    { column: 'guess-language', values: ['eng'] },
    { column: 'found-personal', values: ['email'] },
    { column: 'found-secrets', values: [''] },
    { column: 'quality-over', values: [''] },
    { column: 'labels', values: ['a'] },
    { column: 'column:text', values: ['own'] },
  ];
  for (const condition of filters) {
    const inTable = await placesOf(id, { asked, filter: [condition] });
    const step = { id: 's', kind: 'leave-out', on: true, settings: {}, filter: [condition] };
    const recipe = { format: 'atelier-recipe' as const, version: 1 as const, steps: [step] };
    const made = await makeVersion(db, { datasetId: id, recipe }).catch(() => ({ rows: 0 }));
    expect([condition.column, ROWS.length - made.rows]).toEqual([condition.column, inTable.length]);
  }
});

test.each(['jsonl', 'csv', 'parquet'] as const)('the rows of a filter leave as %s', async (kind) => {
  const { id } = await stored(ROWS);
  const includes = await tables.passing(db, query(id, { filter: [{ column: 'label', values: ['tide'] }] }));
  const { blob, fileName } = await datasetFile(db, id, kind, { includes });
  expect(fileName).toBe(`harbour-filtered.${kind}`);
  const text = await blob!.text();
  expect([text.includes('Low water'), text.includes('lamp')]).toEqual([true, false]);
});

test('a cancel leaves no half table', async () => {
  const { id } = await stored(ROWS);
  await expect(tables.view(db, query(id), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect((await tables.view(db, query(id))).rows).toBe(4);
});
