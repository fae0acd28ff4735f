// Labels of files over a storage: each record finds its row, and what was saved comes back as it was.
import { beforeEach, expect, test } from 'vitest';
import type { DatasetRecord, StoredRow } from '../../../src/base/records/dataset';
import type { LabelAnswer, LabelTask } from '../../../src/base/records/labels';
import { LABEL_FILES, type LabelPlace } from '../../../src/base/wire/labels';
import { lastAnswers } from '../../../src/data/labels/answers';
import { writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { addDecisions, getLabelTask, keepLabelTask, labelDecisions } from '../../../src/storage/labels';
import { importLabels, labelText } from '../../../src/studio/data/labelImport';
import { LabelDesk } from '../../../src/studio/data/labelDesk';
import { labelFile } from '../../../src/studio/export/labelFile';
import { classAnswer, decisionOn, labelTask } from '../../data/labels/tasks';
import { describedDataset, freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

async function opened(
  rows: readonly Partial<StoredRow>[],
  patch: Partial<LabelTask> = {},
  dataset: Partial<DatasetRecord> = {},
): Promise<LabelPlace> {
  const { id } = await writeDataset(db, async (sink) => {
    for (const { row = '', facts } of rows) await sink.add(row, facts);
    return { ...describedDataset('tides'), ...dataset };
  });
  for (const taskId of ['t', 'other']) await keepLabelTask(db, labelTask({ rootId: id, ...patch, id: taskId }));
  return { taskId: 't', datasetId: id };
}
const texts = (...rows: string[]): Partial<StoredRow>[] => rows.map((row) => ({ row }));
const answersOf = async (taskId = 't'): Promise<[number, LabelAnswer][]> => [
  ...lastAnswers(await labelDecisions(db, taskId)),
];
const line = (text: string, ...label: unknown[]): string => `${JSON.stringify({ text, label })}\n`;

test('records find their rows by text, whatever the order; what has none is counted', async () => {
  const place = await opened(texts('low', 'high', 'slack'));
  const file = line('slack', 'calm') + line('nowhere', 'calm') + line('low', 'rough') + line('high');
  expect(await importLabels(db, place, file, 'labels.jsonl')).toEqual({
    ...{ file: 'doccano', taken: 2, unmatched: 1, other: 1, added: [] },
  });
  expect(await answersOf()).toEqual([
    [0, classAnswer('rough')],
    [2, classAnswer('calm')],
  ]);
  expect((await labelDecisions(db, 't')).every(({ imported, took }) => imported && took === undefined)).toBe(true);
});

test('what was decided before a file came can be taken back, and its labels stay', async () => {
  const place = await opened(texts('low', 'high', 'slack'));
  await addDecisions(db, 't', [decisionOn(0), decisionOn(1)]);
  await importLabels(db, place, line('slack', 'calm'), 'labels.jsonl');
  const { item } = await new LabelDesk(db).undo(place);
  expect(item?.id).toBe(1);
  expect((await answersOf()).map(([row]) => row)).toEqual([0, 2]);
});

test('rows that say the same get a record each', async () => {
  const place = await opened(texts('same', 'other', 'same'));
  await importLabels(db, place, line('same', 'calm') + line('same', 'rough'), 'labels.jsonl');
  expect(await answersOf()).toEqual([
    [0, classAnswer('calm')],
    [2, classAnswer('rough')],
  ]);
});

test('new classes join the task as long as each has a key', async () => {
  const place = await opened(texts(...Array.from({ length: 9 }, (_, i) => `row ${i}`)));
  const file = Array.from({ length: 9 }, (_, i) => line(`row ${i}`, `new ${i}`)).join('');
  const { taken, other, added } = await importLabels(db, place, file, 'labels.jsonl');
  expect([taken, other, added.length]).toEqual([7, 2, 7]);
  expect((await getLabelTask(db, 't')).classes).toEqual(['calm', 'rough', ...added]);
});

const chat = (...contents: string[]): Partial<StoredRow> => ({
  row: JSON.stringify({
    messages: contents.map((content, i) => ({ role: i % 2 ? 'assistant' : 'user', content })),
  }),
});
const pair = (i: number): Partial<StoredRow> => ({
  row: JSON.stringify({
    prompt: [{ role: 'user', content: `When ${i}?` }],
    chosen: [{ role: 'assistant', content: `At ${i}.` }],
    rejected: [{ role: 'assistant', content: 'No idea.' }],
  }),
});

const span = (part: number, text: string, start: number, label: string) => ({
  ...{ part, start, end: start + text.length, label, text },
});

const CASES: [string, Partial<StoredRow>[], Partial<LabelTask>, Partial<DatasetRecord>, LabelAnswer[]][] = [
  ['classes', texts('low 🌊', 'high'), {}, {}, [classAnswer('calm'), classAnswer('rough')]],
  ['several classes', texts('low', 'high'), { several: true }, {}, [classAnswer('calm', 'rough'), classAnswer('calm')]],
  ['ratings', texts('low', 'high'), { kind: 'rating' }, {}, [1, 5].map((rating) => ({ kind: 'rating', rating }))],
  [
    'kept, dropped and fixed conversations',
    [chat('Low?', 'Noon.'), chat('High?', 'Six.'), chat('Slack?', '')],
    { kind: 'keep' },
    { content: 'chat' },
    [{ kind: 'keep' }, { kind: 'fix', texts: ['High water?', 'At six.'] }, { kind: 'drop' }],
  ],
  [
    'stretches behind emoji, in any part',
    [chat('🌊 Where is the Iona?', '🚢 Off Mull, near Oban.')],
    { kind: 'spans', classes: ['SHIP', 'PLACE'] },
    { content: 'chat' },
    [
      {
        kind: 'spans',
        spans: [span(0, 'Iona', 16, 'SHIP'), span(1, 'Mull', 7, 'PLACE'), span(1, 'Oban', 18, 'PLACE')],
      },
    ],
  ],
  [
    'the better of a pair',
    [pair(1), pair(2)],
    { kind: 'better' },
    { content: 'preference' },
    [
      { kind: 'better', better: 'second' },
      { kind: 'better', better: 'first' },
    ],
  ],
  [
    'the better of two columns',
    [{ row: 'When?', facts: { left: 'At six.', right: 'No idea.' } }],
    { kind: 'better', columns: ['left', 'right'] },
    {},
    [{ kind: 'better', better: 'second' }],
  ],
];

test.each(CASES)('%s: what was saved for a tool comes back as it was', async (_what, rows, patch, dataset, answers) => {
  const place = await opened(rows, patch, dataset);
  await addDecisions(
    db,
    't',
    answers.map((answer, i) => decisionOn(i, answer)),
  );
  for (const file of LABEL_FILES) {
    const unsaid = file === 'openai' && (patch.kind === 'spans' || patch.kind === 'keep');
    if (unsaid) continue;
    await keepLabelTask(db, labelTask({ ...patch, rootId: place.datasetId, id: file }));
    const { blob, fileName } = await labelFile(db, place, file);
    const text = await labelText(new File([blob!], fileName));
    const brought = await importLabels(db, { ...place, taskId: file }, text, fileName);
    expect(brought, file).toMatchObject({ file, taken: answers.length, unmatched: 0, other: 0 });
    expect(await answersOf(file), file).toEqual(answers.map((answer, i) => [i, answer]));
  }
});

test('a row that was asked again and put off keeps its label in the file', async () => {
  const place = await opened(texts('low'), { kind: 'rating' });
  const said = [{ kind: 'rating', rating: 4 } as const, { kind: 'skip' } as const];
  await addDecisions(
    db,
    't',
    said.map((answer) => decisionOn(0, answer)),
  );
  const { blob } = await labelFile(db, place, 'argilla');
  expect(await blob!.text()).toContain('4');
});

test('a file of labels is cancelled while rows are read', async () => {
  const place = await opened(texts('low', 'high', 'low'), { kind: 'rating' });
  await addDecisions(db, 't', [decisionOn(0, { kind: 'rating', rating: 4 })]);
  const stop = new AbortController();
  stop.abort();
  await expect(labelFile(db, place, 'argilla', { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
});

test('a task without labels saves none; OpenAI has no stretches', async () => {
  const place = await opened(texts('low'), { kind: 'spans' });
  await expect(labelFile(db, place, 'doccano')).rejects.toMatchObject({ code: 'labels-none' });
  await addDecisions(db, 't', [decisionOn(0, { kind: 'spans', spans: [] })]);
  await expect(labelFile(db, place, 'openai')).rejects.toMatchObject({ code: 'label-file-kind' });
});
