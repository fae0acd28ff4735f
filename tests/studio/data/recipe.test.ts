// A recipe over a stored dataset: what it would do, the version that it makes, and that nothing of half a one stays.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { isSample } from '../../../src/app/words/datasetWords';
import { sampleSource } from '../../../src/base/records/samples';
import type { DatasetRecord, StoredRow } from '../../../src/base/records/dataset';
import type { Recipe, RecipeStep, RowFacts } from '../../../src/base/records/recipe';
import { stepOf } from '../../../src/data/clean/steps';
import { allStoredRows, deleteDataset, writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { cleanFindings } from '../../../src/studio/data/cleanFindings';
import { compareDatasets } from '../../../src/studio/data/compareDatasets';
import { makeVersion, previewRecipe } from '../../../src/studio/data/recipe';
import { recipeIn } from '../../../src/studio/data/recipeFile';
import { dataSheet } from '../../../src/studio/export/dataSheet';
import { datasetFile } from '../../../src/studio/export/datasetFile';
import { all } from '../../formats/helpers';
import { describedDataset, failCommits, freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const ROWS = [
  'The lamp was lit at six.',
  'a\u0000b c d e f g',
  'The lamp was lit at six.',
  '  Low water at noon.  ',
  'ok',
];

const NONE: RowFacts = {};

const stored = (rows: readonly (string | Partial<StoredRow>)[], patch: Partial<DatasetRecord> = {}) =>
  writeDataset(db, async (sink) => {
    for (const row of rows) {
      const { row: text = '', facts, id } = typeof row === 'string' ? { row } : row;
      await sink.add(text, facts, id);
    }
    return { ...describedDataset('harbour'), ...patch };
  });

let made = 0;
const step = (kind: string, settings: RecipeStep['settings'] = {}, patch: Partial<RecipeStep> = {}): RecipeStep => ({
  ...{ id: `s${made++}`, kind, on: true, settings: { ...stepOf(kind)!.defaults, ...settings } },
  ...patch,
});
const recipe = (...steps: RecipeStep[]): Recipe => ({ format: 'atelier-recipe', version: 1, steps });
const rowsOf = (id: string): Promise<StoredRow[]> => all(allStoredRows(db, id));

test('a preview tells of each step what goes, what changes and why, and stores nothing', async () => {
  const { id } = await stored(ROWS);
  const before = await db.getAllKeys('rowChunks');
  const steps = [step('controls'), step('whitespace'), step('length'), step('duplicates', { keep: 'first' })];
  const preview = await previewRecipe(db, { datasetId: id, recipe: recipe(...steps) });
  expect(preview).toMatchObject({ rows: 5, left: 2, held: 0 });
  expect(preview.steps.map(({ seen, changed, left, reasons }) => [seen, changed, left, reasons])).toEqual([
    [5, 1, 0, { controls: 1 }],
    [5, 1, 0, { whitespace: 1 }],
    [5, 0, 1, { short: 1 }],
    [4, 0, 1, { repeats: 1 }],
  ]);
  expect(preview.steps[1]!.examples).toEqual([
    { id: 3, reason: { code: 'whitespace', facts: {} }, before: ROWS[3], after: 'Low water at noon.' },
  ]);
  expect(preview.steps[3]!.examples).toEqual([
    { id: 2, reason: { code: 'repeats', facts: { row: 1 } }, before: ROWS[2] },
  ]);
  expect([await db.getAllKeys('rowChunks'), await db.count('datasets')]).toEqual([before, 1]);
});

test('a step sees the rows as those before it leave them, and a step that is off does nothing', async () => {
  const { id } = await stored(['A  row here.', 'A row here.', 'else here']);
  const [blanks, repeats] = [step('whitespace', { inside: true }), step('duplicates')];
  const left = async (...steps: RecipeStep[]) =>
    (await previewRecipe(db, { datasetId: id, recipe: recipe(...steps) })).left;
  expect([
    await left(blanks, repeats),
    await left(repeats, blanks),
    await left({ ...blanks, on: false }, repeats),
  ]).toEqual([...[1, 0, 0]]);
});

test('a filter keeps a step to its rows, and what it says of a row later follows it', async () => {
  const rows = ROWS.map((row, i) => ({ row, facts: { source: i < 2 ? 'log' : 'book', rating: i } }));
  const { id } = await stored(rows);
  const only = (filter: RecipeStep['filter']) => [step('word-list', { words: ['lamp'] }, { filter })];
  const left = async (steps: RecipeStep[]) =>
    (await previewRecipe(db, { datasetId: id, recipe: recipe(...steps) })).left;
  expect(await left(only([{ column: 'source', values: ['log'] }]))).toBe(1);
  expect(await left(only([{ column: 'rating', range: [2, 9] }]))).toBe(1);
  expect(await left(only([{ column: 'text', contains: 'LAMP' }]))).toBe(2);
  expect(
    await left(
      only([
        { column: 'text', contains: 'lamp' },
        { column: 'source', values: ['tape'] },
      ]),
    ),
  ).toBe(0);
  expect(await left(only([{ column: 'characters', range: [0, 10] }]))).toBe(0);
});

test('hand edits whose rows are gone are counted, and a row of which nothing is left goes', async () => {
  const { id } = await stored(ROWS);
  const edits = [{ id: 0, texts: ['New.'] }, { id: 2 }, { id: 4, texts: [' '] }, { id: 77 }].map((e) =>
    JSON.stringify(e),
  );
  const { steps } = await previewRecipe(db, {
    datasetId: id,
    recipe: recipe(step('duplicates', { keep: 'first' }), step('edit', { edits })),
  });
  expect(steps[1]).toMatchObject({ changed: 1, left: 1, missing: 2, reasons: { edited: 1, blank: 1 } });
});

test('a version has the rows with their ids, its parent, number, recipe, counts, and the hash of its JSON lines', async () => {
  const root = await stored(ROWS.map((row, i) => ({ row, facts: i ? { rating: i } : NONE })));
  const first = await makeVersion(db, { datasetId: root.id, recipe: recipe(step('duplicates', { keep: 'first' })) });
  expect(await rowsOf(first.id)).toEqual([
    ...[0, 1, 3, 4].map((id) => ({ row: ROWS[id], facts: id ? { rating: id } : {}, id })),
  ]);
  expect(first).toMatchObject({ name: 'harbour · 2', rows: 4, nextRowId: 5 });
  expect(first.version).toMatchObject({ rootId: root.id, parentId: root.id, number: 2 });

  const steps = [step('split', { share: 0.5 }), step('length', {}, { on: false })];
  const second = await makeVersion(db, { datasetId: first.id, recipe: recipe(...steps) });
  expect(second.version).toMatchObject({ rootId: root.id, parentId: first.id, number: 3 });
  const { sheet, sha256 } = second.version!;
  expect(sheet.origin).toMatchObject({ name: 'harbour', source: 'harbour.txt', rows: 5 });
  expect(
    sheet.made.map(({ number, rowsBefore, rows, held, steps: ran }) => [number, rowsBefore, rows, held, ran.length]),
  ).toEqual([
    [2, 5, 4, 0, 1],
    [3, 4, 4, 2, 1],
  ]);
  expect(sheet.columns).toEqual([
    { name: 'split', rows: 4 },
    { name: 'rating', rows: 3 },
  ]);
  const { blob } = await datasetFile(db, second.id, 'jsonl');
  const text = await blob!.text();
  expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
  expect([second.sha256, second.bytes]).toEqual([sha256, Buffer.byteLength(text)]);
  expect((await makeVersion(db, { datasetId: root.id, recipe: recipe(step('unicode')) })).version?.number).toBe(4);
});

test('a version of a sample is no sample: the sample itself can be brought again', async () => {
  const source = sampleSource('english-stories');
  const { id } = await stored(ROWS, { source, name: 'english-stories' });
  const version = await makeVersion(db, { datasetId: id, recipe: recipe(step('unicode')) });
  expect([isSample(version), version.version?.sheet.origin.source]).toEqual([false, source]);
});

test('conversations keep all that is no text', async () => {
  const row = {
    messages: [
      { role: 'user', content: 'Hi ' },
      { role: 'assistant', content: 'Hello.', weight: 0 },
    ],
    extra: [1],
  };
  const { id } = await stored([JSON.stringify(row)], { content: 'chat' });
  const version = await makeVersion(db, { datasetId: id, recipe: recipe(step('whitespace')) });
  const [kept] = await rowsOf(version.id);
  expect(JSON.parse(kept!.row)).toEqual({ ...row, messages: [{ role: 'user', content: 'Hi' }, row.messages[1]] });
  const pair = {
    prompt: row.messages.slice(0, 1),
    chosen: row.messages.slice(1),
    rejected: [{ role: 'assistant', content: 'Go. ' }],
  };
  const pairs = await stored([JSON.stringify(pair)], { content: 'preference' });
  const [clean] = await rowsOf((await makeVersion(db, { datasetId: pairs.id, recipe: recipe(step('whitespace')) })).id);
  expect(clean!.row).toContain('"Go."');
});

/** Calls back once so many puts into a store were asked for. */
function hearPuts(store: string, nth: number, heard: () => void): () => void {
  const { put } = IDBObjectStore.prototype;
  let left = nth;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...parts: Parameters<typeof put>) {
    if (this.name === store && --left === 0) heard();
    return put.apply(this, parts);
  };
  return () => (IDBObjectStore.prototype.put = put);
}

describe('nothing of half a version stays', () => {
  const many = () => stored(Array.from({ length: 400 }, (_, i) => `Row ${i} of the harbour log.`));
  const stands = async () => [await db.count('datasets'), (await db.getAllKeys('rowChunks')).length];

  test('after a cancel in the middle', async () => {
    const { id } = await many();
    const before = await stands();
    const abort = new AbortController();
    const restore = hearPuts('rowChunks', 3, () => abort.abort());
    const cancelled = makeVersion(
      db,
      { datasetId: id, recipe: recipe(step('duplicates')) },
      { chunkBytes: 500, signal: abort.signal },
    );
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    restore();
    expect(await stands()).toEqual(before);
  });

  test('where the storage is full', async () => {
    const { id } = await many();
    const before = await stands();
    const restore = failCommits('rowChunks', 'QuotaExceededError');
    const full = makeVersion(db, { datasetId: id, recipe: recipe(step('unicode')) }, { chunkBytes: 500 });
    await expect(full).rejects.toMatchObject({ code: 'storage-full' });
    restore();
    expect(await stands()).toEqual(before);
  });

  test('and where no row would be left, which is said', async () => {
    const { id } = await many();
    const before = await stands();
    const none = makeVersion(db, { datasetId: id, recipe: recipe(step('length', { least: 1000 })) });
    await expect(none).rejects.toMatchObject({ code: 'version-empty', facts: { name: 'harbour' } });
    expect(await stands()).toEqual(before);
  });
});

test('findings: each step by itself, with its count, and the columns that rows have', async () => {
  const { id } = await stored([
    ...ROWS,
    ...['spam', 'ham', 'spam'].map((label, i) => ({ row: `Row ${i}, long enough for all.`, facts: { label } })),
  ]);
  const { rows, findings, columns } = await cleanFindings(db, id);
  expect(rows).toBe(8);
  expect(findings.map(({ kind, count }) => [kind, count])).toEqual([
    ['controls', 1],
    ['whitespace', 1],
    ['length', 1],
    ['duplicates', 1],
    ['near-duplicates', 3], // the repeat, and two of the rows that differ in a digit
  ]);
  expect(columns).toEqual([
    {
      name: 'label',
      rows: 3,
      values: [
        ['spam', 2],
        ['ham', 1],
      ],
    },
  ]);
});

test('two versions row by row: added, removed, changed, by id', async () => {
  const a = await stored(ROWS);
  const b = await makeVersion(db, { datasetId: a.id, recipe: recipe(step('controls'), step('length')) });
  const asked = { before: a.id, after: b.id, from: 0, count: 5 };
  expect(await compareDatasets(db, { ...asked, change: 'removed' })).toEqual({
    counts: { added: 0, removed: 1, changed: 1, same: 3 },
    rows: [{ id: 4, before: 'ok' }],
  });
  const { rows } = await compareDatasets(db, { ...asked, change: 'changed' });
  expect(rows).toEqual([{ id: 1, before: ROWS[1], after: 'ab c d e f g' }]);
  expect((await compareDatasets(db, { ...asked, before: b.id, after: a.id, change: 'added' })).rows).toHaveLength(1);
});

test('the data sheet tells the origin, each version and its reasons, and no word that was looked for', async () => {
  const report = { aside: 2, first: [], blank: 0, flattened: 0, unread: [] };
  const root = await stored(ROWS, { report });
  const filter = [{ column: 'text', contains: 'Maria' }];
  const steps = [step('word-list', { words: ['lamp', 'Maria'] }), step('unicode', {}, { filter })];
  const version = await makeVersion(db, { datasetId: root.id, recipe: recipe(...steps) });
  await deleteDataset(db, root.id);
  const sheet = dataSheet(version);
  expect(sheet).toContain('- From: harbour.txt, 9 bytes, 5 rows');
  expect(sheet).toContain('- Set aside by the import, since it could not be read: 2 rows or files');
  expect(dataSheet(root)).toContain('could not be read: 2 rows or files');
  expect(sheet).toContain(version.version!.sha256);
  expect(sheet).toContain('5 → 3 rows');
  expect(sheet).toContain('| 1 | word-list (words 2 entries, then leave-out, by …) | left out 2 rows: word 2 |');
  expect(sheet).not.toContain('Maria');
});

test('findings and the data sheet count personal data by kind; the sheet says how well it is found, and names nobody', async () => {
  const rows = ['Ask ada@x.example or bo@x.example.', 'Tel. +49 30 1234567, Ada', 'Nothing here.'];
  const root = await stored(rows);
  const { findings } = await cleanFindings(db, root.id);
  expect(findings.find(({ kind }) => kind === 'personal-data')).toMatchObject({
    ...{ count: 2, left: 0 },
    found: { 'personal-email': 2, 'personal-phone': 1 },
  });
  const version = await makeVersion(db, {
    datasetId: root.id,
    recipe: recipe(step('personal-data', { names: ['Ada'] })),
  });
  expect((await rowsOf(version.id)).map(({ row }) => row)).toEqual([
    'Ask [EMAIL_1] or [EMAIL_2].',
    'Tel. [PHONE_1], [PERSON_1]',
    'Nothing here.',
  ]);
  const sheet = dataSheet(version);
  expect(sheet).toContain('personal-email 2');
  expect(sheet).toMatch(/\| email \| 1 \| 1 \| 1 \|/);
  expect(sheet + JSON.stringify(version.version?.sheet.made.map(({ steps }) => steps[0]?.did))).not.toMatch(/ada/i);
});

test('personal data and secrets that stand in columns alone are found, counted by kind, and go', async () => {
  const key = `sk-proj-${'a1B2c3D4e5'.repeat(5)}`;
  const root = await stored([
    { row: 'How are you?', facts: { mail: 'ada@x.example', rating: 5 } },
    { row: 'What now?', facts: { phone: 13_800_138_000, key, made: 1_700_000_000 } },
    { row: 'Nothing here.', facts: { source: 'a.csv' } },
  ]);
  const { findings } = await cleanFindings(db, root.id);
  const found = (kind: string) => findings.find((finding) => finding.kind === kind);
  expect(found('personal-data')).toMatchObject({ count: 2, found: { 'personal-email': 1, 'personal-phone': 1 } });
  expect(found('secrets')).toMatchObject({ count: 1, found: { 'secret-openai': 1 } });
  const version = await makeVersion(db, {
    datasetId: root.id,
    recipe: recipe(step('personal-data'), step('secrets')),
  });
  expect((await rowsOf(version.id)).map(({ facts }) => facts)).toEqual([
    { mail: '[EMAIL_1]', rating: 5 },
    { phone: '[PHONE_1]', key: '[SECRET_1]', made: 1_700_000_000 },
    { source: 'a.csv' },
  ]);
});

test('a saved recipe comes back; what is none, or names what is not here, is refused', () => {
  const saved = recipe(step('duplicates'), step('length', {}, { filter: [{ column: 'rating', range: [1, 2] }] }));
  expect(recipeIn(JSON.stringify(saved), 'r.json')).toEqual(saved);
  const refused: [unknown, object][] = [
    ['{', { code: 'recipe-broken', facts: { file: 'r.json', detail: 'cut-off' } }],
    [
      { ...saved, version: 2 },
      { code: 'recipe-broken', facts: { file: 'r.json', detail: 'version' } },
    ],
    [recipe({ ...saved.steps[0]!, kind: 'dance' }), { code: 'recipe-step-unknown', facts: { kind: 'dance' } }],
    [recipe({ ...saved.steps[0]!, settings: { on: 3 } }), { code: 'recipe-step-unknown' }],
    [
      recipe(step('unicode', { form: 'NFX' })),
      { code: 'recipe-broken', facts: { file: 'r.json', detail: 'steps.0.settings.form' } },
    ],
    [recipe(step('near-duplicates', { similarity: 0 })), { code: 'recipe-broken' }],
    [
      recipe(saved.steps[0]!, saved.steps[0]!),
      { code: 'recipe-broken', facts: { file: 'r.json', detail: 'steps.1.id' } },
    ],
    ['['.repeat(100_000), { code: 'recipe-broken' }],
  ];
  for (const [value, error] of refused)
    expect(() => recipeIn(typeof value === 'string' ? value : JSON.stringify(value), 'r.json')).toThrow(
      expect.objectContaining(error),
    );
});

test('the data sheet says which ranges a step was for, and of picked rows how many', async () => {
  const { id } = await stored(['a', 'b', 'c', 'd']);
  const bars = [
    {
      column: 'rating',
      ranges: [
        [1, 2],
        [5, 5],
      ] as const,
      values: [''],
    },
  ];
  const picked = [
    {
      column: 'row',
      ranges: [
        [0, 1],
        [3, 3],
      ] as const,
    },
  ];
  const steps = [step('unicode', {}, { filter: bars }), step('unicode', {}, { filter: picked })];
  const sheet = dataSheet(await makeVersion(db, { datasetId: id, recipe: recipe(...steps) }));
  expect(sheet).toMatch(/only rating 1–2 or 5 or one of 1 value\b/);
  expect(sheet).toContain('only 3 given rows');
});
