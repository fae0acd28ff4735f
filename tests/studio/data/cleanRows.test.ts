// Calls of tools as steps see them: what tells rows apart, what is replaced in them, and that they stay JSON.
import { beforeEach, expect, test } from 'vitest';
import type { DatasetContent } from '../../../src/base/records/dataset';
import type { Recipe, StepSettings } from '../../../src/base/records/recipe';
import { stepOf } from '../../../src/data/clean/steps';
import { allStoredRows, writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { makeVersion, previewRecipe } from '../../../src/studio/data/recipe';
import { all } from '../../formats/helpers';
import { describedDataset, freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const stored = (rows: readonly object[], content: DatasetContent) =>
  writeDataset(db, async (sink) => {
    for (const row of rows) await sink.add(JSON.stringify(row));
    return { ...describedDataset('calls'), content };
  });
const recipe = (kind: string, settings: StepSettings = {}): Recipe => ({
  format: 'atelier-recipe',
  version: 1,
  steps: [{ id: 's', kind, on: true, settings: { ...stepOf(kind)!.defaults, ...settings } }],
});

const calling = (name: string, given: object | string) => ({
  messages: [
    { role: 'user', content: 'Please do it for me.' },
    { role: 'assistant', content: '', toolCalls: [{ name, arguments: given }] },
  ],
});

test.each(['duplicates', 'near-duplicates'])('%s: rows that differ in a call alone are no repeats', async (kind) => {
  const long = 'a'.repeat(5);
  const rows = [
    calling('book', { seats: 2, row: 'F' }),
    calling('book', { seats: 1234567, numbers: [7654321, 1122334, 9988776] }),
    calling('cancel_the_whole_reservation_of_the_evening', { seats: 2, row: 'F' }),
    calling('book', { row: `${long} the box on the left side of the stage, please, or the gallery` }),
    calling('book', { seats: 2, row: 'F' }),
  ];
  const { id } = await stored(rows, 'chat');
  const { steps } = await previewRecipe(db, { datasetId: id, recipe: recipe(kind) });
  expect(steps[0]).toMatchObject({ seen: 5, left: 1, examples: [{ id: 4 }] });
});

test('personal data in what a tool is given is replaced, and all else of the call stays', async () => {
  const given = {
    to: ['mia@example.org', { 'copy "to"': 'say "hi" to mia@example.org\n  now' }],
    seats: 2,
    ok: true,
    no: null,
  };
  const { id } = await stored([calling('send', given), calling('send', 'raw mia@example.org')], 'chat');
  const made = await makeVersion(db, { datasetId: id, recipe: recipe('personal-data') });
  const [first, second] = (await all(allStoredRows(db, made.id))).map(({ row }) => JSON.parse(row) as object);
  const mail = '[EMAIL_1]';
  expect(first).toEqual(calling('send', { ...given, to: [mail, { 'copy "to"': `say "hi" to ${mail}\n  now` }] }));
  expect(second).toEqual(calling('send', `raw ${mail}`));
});

test('blanks in what a tool is given stay, as code may need them', async () => {
  const row = calling('run', { code: 'if x:\n    y = 1  \n\n\n\n' });
  const { id } = await stored([row], 'chat');
  const { steps } = await previewRecipe(db, { datasetId: id, recipe: recipe('whitespace', { inside: true }) });
  expect(steps[0]).toMatchObject({ changed: 0, left: 0 });
});

test('where the two answers of a pair change places, each keeps its calls', async () => {
  const side = (word: string, seats: number) => [
    {
      role: 'assistant',
      content: word,
      toolCalls: [{ name: 'book', arguments: { for: `${word}@example.org`, seats } }],
    },
    { role: 'tool', content: `${word} is booked` },
  ];
  const prompt = [{ role: 'user', content: 'Book.' }, ...side('first', 0), { role: 'user', content: 'And now?' }];
  const pair = { prompt, chosen: side('good', 1), rejected: side('bad', 2) };
  const { id } = await stored([pair], 'preference');
  const labels = [JSON.stringify({ id: 0, better: 'second' })];
  const made = await makeVersion(db, { datasetId: id, recipe: recipe('labels', { labels }) });
  const [{ row } = { row: '' }] = await all(allStoredRows(db, made.id));
  expect(JSON.parse(row)).toEqual({ ...pair, chosen: pair.rejected, rejected: pair.chosen });
});
