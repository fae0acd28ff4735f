import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../../src/base/chat';
import type { FeedbackRecord } from '../../../src/base/records/feedback';
import { storedRowsFrom } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { keepFeedback, listFeedback } from '../../../src/storage/feedback';
import { feedbackDatasets, feedbackRow } from '../../../src/studio/data/feedbackRows';
import { importText } from '../../../src/studio/data/importData';
import { writtenDataset } from '../../../src/studio/data/writtenRows';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const feedback = (id: string, given: Partial<FeedbackRecord> = {}): FeedbackRecord => ({
  ...{ id, createdAt: Number(id), updatedAt: 1, talkId: 't', from: { name: 'owl', step: 40, weightsId: 'w' } },
  ...{ sampling: DEFAULT_SAMPLING, tags: [], note: '', state: 'accepted', used: [] },
  asked: [
    { role: 'user', content: `Hello ${id}` },
    { role: 'assistant', content: 'Hoo.' },
    { role: 'user', content: 'Who?' },
  ],
  original: '<think>Hm.</think>Nobody.',
  ...given,
});
const TARGETS = { rows: { name: 'rows' }, pairs: { name: 'pairs' }, thumbs: { name: 'thumbs' } };

test('edits become rows and pairs, thumbs become marked answers, each with its origin', async () => {
  const records = [feedback('1', { edited: '<think>Hm.</think>The owl.' }), feedback('2', { thumb: 'down' })];
  await keepFeedback(db, [...records, feedback('3', { thumb: 'up', tags: ['tone'] })]);
  const made = await feedbackDatasets(db, { ids: ['1', '2', '3'], targets: TARGETS });
  expect(made.map(({ kind, added, dataset }) => [kind, added, dataset.content, dataset.source])).toEqual([
    ['rows', 1, 'chat', 'feedback'],
    ['pairs', 1, 'preference', 'feedback'],
    ['thumbs', 2, 'chat', 'feedback'],
  ]);
  const [rows, pairs, thumbs] = await Promise.all(made.map(({ dataset }) => storedRowsFrom(db, dataset.id, 0, 9)));
  const [, before, , better] = (JSON.parse(rows![0]!.row) as { messages: object[] }).messages;
  expect(before).toMatchObject({ content: 'Hoo.', weight: 0 });
  expect(better).toEqual({ role: 'assistant', content: 'The owl.', reasoning: 'Hm.' });
  expect(rows![0]!.facts).toMatchObject({ origin: 'edit', model: 'owl · step 40', talk: 't', feedback: '1' });
  expect(JSON.parse(pairs![0]!.row)).toMatchObject({
    ...{ chosen: [{ content: 'The owl.' }], rejected: [{ content: 'Nobody.' }] },
  });
  expect(thumbs!.map(({ facts }) => [facts['label'], facts['tags']])).toEqual([
    [false, undefined],
    [true, 'tone'],
  ]);
  // the form of a run asks for these: they make it a KTO run by itself
  expect(made[2]!.dataset).toMatchObject({ mapping: { shape: 'thumbs' }, report: { bad: 1 } });
});

test('the next version takes what the dataset does not have, and what was changed since', async () => {
  await keepFeedback(db, [feedback('1', { thumb: 'up' })]);
  const [first] = await feedbackDatasets(db, { ids: ['1'], targets: { thumbs: TARGETS.thumbs } });
  const target = { thumbs: { datasetId: first!.dataset.id } };
  expect(await feedbackDatasets(db, { ids: ['1'], targets: target })).toEqual([]);
  await keepFeedback(db, [feedback('2', { thumb: 'down' })]);
  const [second] = await feedbackDatasets(db, { ids: ['1', '2'], targets: target });
  expect(second).toMatchObject({ added: 1, dataset: { rows: 2, version: { number: 2 } } });
  expect(second!.dataset.version!.sheet.made[0]).toMatchObject({ written: 1, rowsBefore: 1 });
  const [kept] = await listFeedback(db);
  expect(kept!.used).toMatchObject([{ datasetId: second!.dataset.id, kind: 'thumbs' }]);
  await keepFeedback(db, [{ ...kept!, thumb: 'up', updatedAt: Date.now() + 1000 }]);
  const [third] = await feedbackDatasets(db, {
    ids: ['1', '2'],
    targets: { thumbs: { datasetId: second!.dataset.id } },
  });
  expect(third).toMatchObject({ added: 1, dataset: { rows: 3 } });
});

test('a text that was carried on is asked with its beginning', () => {
  const record = feedback('1', { asked: [], beginning: 'Once', original: ' upon', thumb: 'up' });
  expect(feedbackRow(record, 'thumbs')).toMatchObject({
    messages: [
      { role: 'user', content: 'Once' },
      { role: 'assistant', content: 'upon' },
    ],
    label: true,
  });
});

test('tools and calls of a kept conversation are read as they were written', async () => {
  const tools = [{ type: 'function', function: { name: 'time', parameters: { type: 'object', properties: {} } } }];
  const call = { id: 'call00000', type: 'function', function: { name: 'time', arguments: {} } };
  const messages = [
    { role: 'user', content: 'When?' },
    { role: 'assistant', content: '', tool_calls: [call] },
    { role: 'tool', content: '12', tool_call_id: 'call00000', name: 'time' },
    { role: 'assistant', content: 'Noon.' },
  ];
  const request = { source: 'chat' as const, content: 'chat' as const, rows: [{ messages, tools, origin: 'chat' }] };
  const { id } = await writtenDataset(db, { ...request, target: { name: 'Noon' } });
  const [row] = await storedRowsFrom(db, id, 0, 1);
  expect(JSON.parse(row!.row)).toMatchObject({
    messages: [{}, { toolCalls: [{ name: 'time', arguments: {} }] }, { toolCallId: 'call00000' }, { content: 'Noon.' }],
    tools,
  });
});

test('rows of another kind are refused by the name of the dataset; no rows too', async () => {
  const { id } = await importText(db, 'Prose', 'One paragraph.\n\nAnother.');
  const request = { source: 'chat' as const, content: 'chat' as const, target: { datasetId: id } };
  const rows = [{ messages: [{ role: 'user', content: 'a' }] }];
  await expect(writtenDataset(db, { ...request, rows })).rejects.toMatchObject({
    ...{ code: 'written-other', facts: { name: 'Prose' } },
  });
  await expect(writtenDataset(db, { ...request, rows: [] })).rejects.toMatchObject({ code: 'written-none' });
});
