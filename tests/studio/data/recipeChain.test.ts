// Recipes that add rows: their ids, counts and places, what later steps make of them, and that no run holds one out.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { DatasetRecord, StoredRow } from '../../../src/base/records/dataset';
import type { Recipe, RecipeStep, RowFacts } from '../../../src/base/records/recipe';
import type { CleanRow } from '../../../src/data/clean/step';
import { stepOf } from '../../../src/data/clean/steps';
import { allStoredRows, writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { readTokens } from '../../../src/storage/prepared';
import { pairLines } from '../../../src/app/panels/Data/Clean/proposals';
import { compareDatasets } from '../../../src/studio/data/compareDatasets';
import { importFile } from '../../../src/studio/data/importData';
import { preflight } from '../../../src/studio/data/preflight';
import { prepare } from '../../../src/studio/data/prepare';
import { makeVersion, previewRecipe } from '../../../src/studio/data/recipe';
import { RecipeChain } from '../../../src/studio/data/recipeChain';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { dataSheet } from '../../../src/studio/export/dataSheet';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { all } from '../../formats/helpers';
import { describedDataset, freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const stored = (rows: readonly (readonly [string, RowFacts?])[], patch: Partial<DatasetRecord> = {}) =>
  writeDataset(db, async (sink) => {
    for (const [row, facts] of rows) await sink.add(row, facts);
    return { ...describedDataset('harbour'), ...patch };
  });

let made = 0;
const step = (kind: string, settings: RecipeStep['settings'] = {}, patch: Partial<RecipeStep> = {}): RecipeStep => ({
  ...{ id: `s${made++}`, kind, on: true, settings: { ...stepOf(kind)!.defaults, ...settings } },
  ...patch,
});
const recipe = (...steps: RecipeStep[]): Recipe => ({ format: 'atelier-recipe', version: 1, steps });
const rowsOf = (id: string): Promise<StoredRow[]> => all(allStoredRows(db, id));
const big = (words: readonly string[] = ['big: large']) => step('synonyms', { words, probability: 1 });

const ROWS = [['A big boat'], ['A small boat'], ['One big lamp']] as const;

test('added rows come behind their row with ids behind all of the family, and are counted and shown', async () => {
  const { id } = await stored(ROWS);
  const earlier = await makeVersion(db, { datasetId: id, recipe: recipe(big()) });
  expect((await rowsOf(earlier.id)).map(({ row, id: own }) => [own, row])).toEqual([
    [0, 'A big boat'],
    [3, 'A large boat'],
    [1, 'A small boat'],
    [2, 'One big lamp'],
    [4, 'One large lamp'],
  ]);
  // neither a sibling nor a child takes an id that a row of another version has
  const child = await makeVersion(db, { datasetId: earlier.id, recipe: recipe(big(['a: the'])) });
  expect(Math.min(...(await rowsOf(child.id)).map((row) => row.id).filter((own) => own > 4))).toBe(5);
  const preview = await previewRecipe(db, { datasetId: id, recipe: recipe(big(['boat: ship'])) });
  expect(preview).toMatchObject({ rows: 3, left: 0, added: 2, held: 0 });
  expect(preview.steps[0]).toMatchObject({ seen: 3, added: 2, changed: 0, reasons: { synonyms: 2 }, notes: [] });
  expect(preview.steps[0]!.examples).toEqual([
    ...[
      { id: 7, reason: { code: 'synonyms', facts: {} }, before: 'A big boat', after: 'A big ship', added: { of: 0 } },
      {
        id: 8,
        reason: { code: 'synonyms', facts: {} },
        before: 'A small boat',
        after: 'A small ship',
        added: { of: 1 },
      },
    ],
  ]);
  const { counts } = await compareDatasets(db, { before: id, after: earlier.id, change: 'added', from: 0, count: 9 });
  expect(counts).toMatchObject({ added: 2, removed: 0, changed: 2, same: 1 });
});

test('steps behind see the added rows under the ids that they end with, whatever adds rows between', async () => {
  const { id } = await stored([...ROWS, ['A big house'], ['A big home']]);
  const steps = [
    big(['big: large', 'small: tiny']),
    step('word-list', { words: ['tiny'] }),
    step('word-noise', { leaveOut: 0, swap: 1 }, { filter: [{ column: 'text', contains: 'lamp' }] }),
    step('near-duplicates', { similarity: 0.5 }),
    step('leaks'),
  ];
  const version = await makeVersion(db, { datasetId: id, recipe: recipe(...steps) });
  const rows = await rowsOf(version.id);
  expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
  expect(rows.map(({ row }) => row)).not.toContain('A tiny boat');
  expect(version.version!.sheet.made[0]!.augmented).toBe(rows.filter(({ facts }) => facts['augmented']).length);
  // made twice, it is the same, bit for bit
  const again = await makeVersion(db, { datasetId: id, recipe: recipe(...steps) });
  const plain = (all: readonly StoredRow[]) => all.map(({ row, facts }) => [row, facts]);
  expect(plain(await rowsOf(again.id))).toEqual(plain(rows));
  expect(again.version!.sha256).toBe(version.version!.sha256);
});

test('rows that are made of none come last, go through the steps behind, and count towards later ids', async () => {
  const { id } = await stored(ROWS);
  const templates = ['The {what} sleeps', 'So: {text}'];
  const steps = [
    step('templates', { templates, lists: ['what: dog, cat, big owl'] }),
    big(),
    step('word-list', { words: ['cat'] }),
    step('word-noise', { leaveOut: 0.5, swap: 0.5, share: 1, on: 'row' }),
    step('near-duplicates', { similarity: 0.6 }),
  ];
  const preview = await previewRecipe(db, { datasetId: id, recipe: recipe(...steps) });
  expect(preview.steps.map(({ seen, left, added }) => [seen, left, added])).toMatchObject([
    [3, 0, 6],
    [9, 0, 2],
    [11, 1, undefined],
    [10, 0, 3],
    [13, 0, undefined],
  ]);
  expect(preview).toMatchObject({ left: 0, added: 10 });
  const version = await makeVersion(db, { datasetId: id, recipe: recipe(...steps) });
  const rows = await rowsOf(version.id);
  expect(new Set(rows.map((row) => row.id)).size).toBe(13);
  expect(rows.slice(-2).map(({ row, facts }) => [row, facts])).toEqual([
    ['The dog sleeps', { what: 'dog', augmented: 'templates' }],
    ['The big owl sleeps', { what: 'big owl', augmented: 'templates' }],
  ]);
});

test('a conversation that is copied keeps all that is no text', async () => {
  const talk = {
    messages: [
      { role: 'user', content: 'How big is it?' },
      { role: 'assistant', content: '', toolCalls: [{ name: 'size', arguments: { of: 'big' } }], weight: 0 },
      { role: 'tool', content: 'big', name: 'size' },
      { role: 'assistant', content: 'Big.' },
    ],
    tools: [{ type: 'function', function: { name: 'size' } }],
  };
  const { id } = await stored([[JSON.stringify(talk)]], { content: 'chat' });
  const rows = await rowsOf((await makeVersion(db, { datasetId: id, recipe: recipe(big()) })).id);
  const [asked, call, result] = talk.messages;
  const messages = [{ ...asked, content: 'How large is it?' }, call, result, { role: 'assistant', content: 'Large.' }];
  expect(rows.map(({ row }) => JSON.parse(row) as unknown)).toEqual([talk, { ...talk, messages }]);
});

test('accepted rows of a model come behind their rows, name it, and those whose row is held out or gone are counted', async () => {
  const { id } = await stored([...ROWS, ['Held boat', { split: 'validation' }]]);
  const wording = (of: number, text: string) => JSON.stringify({ of, on: 'question', text, model: 'Little' });
  const rows = [
    wording(0, 'A huge boat'),
    wording(0, 'A vast boat'),
    wording(3, 'x'),
    wording(9, 'y'),
    '{',
    '{"of":1}',
  ];
  const steps = [step('model-rows', { rows })];
  const preview = await previewRecipe(db, { datasetId: id, recipe: recipe(...steps) });
  expect(preview.steps[0]).toMatchObject({ added: 2, missing: 1, reasons: { 'model-rows': 2 } });
  const [, first] = await rowsOf((await makeVersion(db, { datasetId: id, recipe: recipe(...steps) })).id);
  expect(first).toMatchObject({ row: 'A huge boat', facts: { augmented: 'paraphrase', 'augmented-model': 'Little' } });
});

test('a file that puts made rows on the held-out side is not followed', async () => {
  const { id } = await stored([
    ['A', { split: 'validation' }],
    ['B', { split: 'validation', augmented: 'true' }],
  ]);
  const version = await makeVersion(db, { datasetId: id, recipe: recipe(step('whitespace')) });
  expect(version.version!.sheet.made[0]).toMatchObject({ held: 1, augmented: 1 });
});

test('questions and answers of a model are still marked after their file is read, and never held out', async () => {
  const row = { of: 0, source: 's', on: 'question', text: 'How many?', answer: 'One.', model: 'Little' } as const;
  const { id, content } = await importFile(db, new File([pairLines([row, row], 'harbour')], 'qa.jsonl'));
  const [read] = await rowsOf(id);
  expect([content, read!.facts]).toEqual([
    'chat',
    { source: 'harbour', augmented: 'questions', 'augmented-model': 'Little' },
  ]);
  expect(await previewRecipe(db, { datasetId: id, recipe: recipe(step('split', { share: 0.5 })) })).toMatchObject({
    held: 0,
  });
});

test('the data sheet counts the rows that were made, in this version and of each step', async () => {
  const { id } = await stored(ROWS);
  const { id: first } = await makeVersion(db, { datasetId: id, recipe: recipe(big()) });
  const sheet = dataSheet(await makeVersion(db, { datasetId: first, recipe: recipe(step('whitespace')) }));
  expect(sheet).toContain('Made of other rows: 2 rows, marked in the column `augmented`; none of them is held out');
  expect(sheet).toContain('added 2 rows: synonyms 2');
});

describe('a run on rows of which most were made of others', () => {
  const SOURCES = Array.from({ length: 40 }, (_, i) => [`Big boat ${i * 7} lay at pier ${i}.`] as const);
  const ASKED = { seed: 4, validationShare: 0.2 };

  async function readSides(datasetId: string, picks?: { repeats?: true; near?: true }) {
    const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 280, datasetIds: [datasetId] });
    const request = { ...ASKED, datasetIds: [datasetId], tokenizerId: tokenizer.id, ...(picks && { picks }) };
    const prepared = await prepare(db, request);
    const loaded = await loadTokenizer(db, tokenizer.id);
    const texts = async (side: 'train' | 'validation') =>
      loaded
        .decode(await readTokens(db, prepared, side))
        .split('<|endoftext|>')
        .slice(0, -1);
    const report = await preflight(db, { ...request, contextLength: 32 });
    return { prepared, report, train: await texts('train'), held: await texts('validation') };
  }

  test('none of these is held out, none stands in training whose row is held out, and the rest is all there', async () => {
    const { id } = await stored(SOURCES);
    const { id: version } = await makeVersion(db, {
      datasetId: id,
      recipe: recipe(big(['boat: ship', 'pier: quay']), step('word-noise', { leaveOut: 0.3, swap: 0.3, copies: 3 })),
    });
    const { prepared, report, train, held } = await readSides(version);
    const written = new Set<string>(SOURCES.map(([text]) => text));
    expect(held).toHaveLength(8);
    expect(held.every((text) => written.has(text))).toBe(true);
    const rows = await rowsOf(version);
    const groups = new Set(rows.flatMap(({ row, facts }) => (held.includes(row) ? [facts['augmented-group']] : [])));
    const copies = rows.filter(({ facts }) => facts['augmented'] !== undefined && groups.has(facts['augmented-group']));
    expect(copies.length).toBeGreaterThan(8);
    const others = new Set(rows.flatMap((row) => (copies.includes(row) ? [] : [row.row])));
    const givenAway = new Set(copies.map(({ row }) => row).filter((row) => !others.has(row)));
    expect(train.filter((text) => givenAway.has(text))).toEqual([]);
    expect([prepared.copiesLeft, report.copiesLeft]).toEqual([copies.length, copies.length]);
    expect(train.length + held.length + copies.length).toBe(rows.length);
  });

  test('repeats and near repeats that are left out are no rows that were made', async () => {
    const rows = SOURCES.map(([text], i) => [text, { label: i < 10 ? 'rare' : 'common' }] as const);
    const { id } = await stored(rows);
    const balanced = await makeVersion(db, { datasetId: id, recipe: recipe(step('rebalance')) });
    expect(balanced.rows).toBe(60);
    const all = await readSides(balanced.id);
    const left = await readSides(balanced.id, { repeats: true, near: true });
    expect(left.prepared.trainRows).toBe(all.prepared.trainRows);
    expect(all.report.findings.map(({ code }) => code)).not.toContain('rows-duplicate');
    const held = new Set(all.held);
    expect(all.train.filter((text) => held.has(text))).toEqual([]);
  });
});

test('what was found is marked in the examples, and rows that are marked only are counted', async () => {
  const { id } = await stored([['Mail ann@example.org.'], ['No mail here.']]);
  const [marks] = (await previewRecipe(db, { datasetId: id, recipe: recipe(step('personal-data', { then: 'mark' })) }))
    .steps;
  const text = 'Mail ann@example.org.';
  expect(marks).toMatchObject({ changed: 1, left: 0, examples: [{ before: text, after: text }] });
  const [{ start, end } = { start: 0, end: 0 }] = marks!.examples[0]!.spans!;
  expect(text.slice(start, end)).toBe('ann@example.org');
  const leaving = recipe(step('personal-data', { then: 'leave-out' }));
  const [left] = (await previewRecipe(db, { datasetId: id, recipe: leaving })).steps;
  expect(left).toMatchObject({
    left: 1,
    found: { 'personal-email': 1 },
    examples: [{ spans: [{ start: 5, end: 20 }] }],
  });
});

test('a cancel is heard while rows are made of none', async () => {
  const words = Array.from({ length: 40 }, (_, i) => `w${String(i)}`).join(', ');
  const steps = [
    step('templates', { templates: ['The {one} of {other}'], lists: [`one: ${words}`, `other: ${words}`] }),
    step('duplicates'),
  ];
  const controller = new AbortController();
  const chain = new RecipeChain({ steps }, { content: 'text', seed: 1 }, 1, 3);
  const row: CleanRow = { id: 0, parts: [{ kind: 'text', text: 'A boat' }], facts: {}, held: false };
  const rows = async function* () {
    yield await Promise.resolve(row);
    setTimeout(() => controller.abort());
  };
  let time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (time += 1000)); // each row is slow
  try {
    await expect(chain.prepare(rows, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  } finally {
    vi.restoreAllMocks();
  }
});
