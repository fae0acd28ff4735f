// Rows that a model proposes: row by row, resumed, decided by a person, and made rows only where accepted.
import '../../../page';
import { expect, test, vi } from 'vitest';
import type { Generated } from '../../../../../src/base/chat';
import { AtelierError } from '../../../../../src/base/errors/errors';
import type { DatasetRecord } from '../../../../../src/base/records/dataset';
import type { ModelTask, RecipeRecord } from '../../../../../src/base/records/recipe';
import type { GenerateRequest } from '../../../../../src/base/wire/requests';
import { Cleaning } from '../../../../../src/app/panels/Data/Clean/cleaning.svelte';
import { ModelWriter } from '../../../../../src/app/panels/Data/Clean/modelWriter.svelte';
import { askedOf, pairLines, proposalsIn, sourceText } from '../../../../../src/app/panels/Data/Clean/proposals';
import { stepFacts } from '../../../../../src/studio/data/stepFacts';
import type { DataApi } from '../../../../../workers/data.api';
import type { GpuApi } from '../../../../../workers/gpu.api';
import { describedDataset } from '../../../../storage/storage';

const ROWS = ['One boat', 'Two boats', 'Held', 'Three boats', 'Four boats'];
const DATASET: DatasetRecord = { ...describedDataset('a'), id: 'd', createdAt: 1, rows: 5, characters: 9, chunks: 1 };
const TASK: ModelTask = { how: 'paraphrase', on: 'question', prompt: 'Say {text}!', most: 9, seed: 7 };

type Answer = (request: GenerateRequest) => Partial<Generated>;

function opened(answer: Answer, stored?: RecipeRecord) {
  const kept: RecipeRecord[] = [];
  const asked: GenerateRequest[] = [];
  const imported: File[] = [];
  const data: Partial<DataApi> = {
    cleanSteps: () => Promise.resolve(stepFacts()),
    readRecipe: () => Promise.resolve(stored),
    keepRecipe: (record) => Promise.resolve(void kept.push(structuredClone(record))),
    cleanFindings: () => Promise.resolve({ rows: 5, findings: [], columns: [] }),
    previewRecipe: () => Promise.resolve({ rows: 5, left: 0, added: 0, held: 0, steps: [] }),
    editableRow: (_, at) =>
      Promise.resolve({ id: at, parts: [{ kind: 'text', text: ROWS[at]! }], mayHaveCopies: ROWS[at] !== 'Held' }),
    speaker: () => Promise.resolve({ template: 'own', conversational: true, contextLength: 64, sampling: {} }),
    importFile: (file) => Promise.resolve((imported.push(file), { ...DATASET, id: 'new' })),
  };
  const gpu: Partial<GpuApi> = {
    generate: (request) => {
      asked.push(request);
      return Promise.resolve().then(() => ({ text: '', stoppedBy: 'end', ...answer(request) }) as Generated);
    },
  };
  const cleaning = new Cleaning({ data: data as DataApi });
  const models = { byId: (id: string | undefined) => (id === 'm' ? ({ id, name: 'Little' } as never) : undefined) };
  const world = { data: data as DataApi, gpu: gpu as GpuApi, models, runs: { list: [] } };
  const writer = new ModelWriter(world, cleaning);
  return { cleaning, writer, kept, asked, imported, ready: cleaning.open(DATASET) };
}
const saidOf = ({ messages = [] }: GenerateRequest): string => messages[0]?.content ?? '';
const other: Answer = (request) => ({ text: `"In other words: ${saidOf(request)}"` });

test('each row that may have copies is asked about once, with its own seed, and nothing becomes a row by itself', async () => {
  const { cleaning, writer, asked, ready } = opened(other);
  await ready;
  await writer.write(DATASET, 'm', TASK);
  expect(asked.map(saidOf)).toEqual(['Say One boat!', 'Say Two boats!', 'Say Three boats!', 'Say Four boats!']);
  expect(asked.map(({ sampling }) => sampling.seed)).toEqual([7, 8, 10, 11]);
  expect(writer.asking).toMatchObject({ next: 5, asked: 4, unusable: 0 });
  expect(writer.asking!.waiting.map(({ of, text, model }) => [of, text, model])).toEqual([
    [0, 'In other words: Say One boat!', 'Little'],
    [1, 'In other words: Say Two boats!', 'Little'],
    [3, 'In other words: Say Three boats!', 'Little'],
    [4, 'In other words: Say Four boats!', 'Little'],
  ]);
  expect(cleaning.steps).toEqual([]);
});

test('a cancelled answer is asked again after a reload, the rows before it are not', async () => {
  const first = opened((request) => (saidOf(request).includes('Two') ? { stoppedBy: 'cancel' } : other(request)));
  await first.ready;
  await first.writer.write(DATASET, 'm', TASK);
  expect(first.writer.asking).toMatchObject({ next: 1, asked: 1 });
  const again = opened(other, structuredClone(first.kept.at(-1)));
  await again.ready;
  expect(again.writer.resumes(TASK, 5)).toBe(true);
  expect(again.writer.resumes({ ...TASK, prompt: 'Else {text}' }, 5)).toBe(false);
  await again.writer.write(DATASET, 'm', { ...TASK, most: 1 });
  expect(again.asked.map(saidOf)).toEqual(['Say Two boats!']);
  expect(again.writer.asking!.waiting.map(({ of }) => of)).toEqual([0, 1]);
});

test('accepted rows gather in one step and one state; the last decision is taken back', async () => {
  const { cleaning, writer, ready } = opened(other);
  await ready;
  await writer.write(DATASET, 'm', TASK);
  writer.accept({ text: 'A boat.' });
  writer.accept({ text: 'A pair of boats.' });
  writer.reject();
  writer.accept({ text: 'Boats, four.' });
  const rows = () => (cleaning.steps[0]!.settings['rows'] as string[]).map((row) => JSON.parse(row) as unknown);
  const wording = (of: number, text: string) => ({ of, on: 'question', text, model: 'Little' });
  expect(rows()).toEqual([wording(0, 'A boat.'), wording(1, 'A pair of boats.'), wording(4, 'Boats, four.')]);
  expect(cleaning.states.map(({ deed }) => deed)).toEqual(['begun', 'added', 'accepted']);
  writer.takeBack();
  writer.takeBack();
  expect(rows()).toHaveLength(2);
  expect(writer.asking!.waiting.map(({ of }) => of)).toEqual([3, 4]);
  writer.accept({ text: 'Three.' });
  expect(rows().at(-1)).toEqual(wording(3, 'Three.'));
});

test('a row without room or with nothing new is counted, and another fault ends the asking where it stood', async () => {
  const { writer, ready } = opened((request) => {
    if (saidOf(request).includes('One')) throw new AtelierError('chat-too-long', { tokens: 9, limit: 4 });
    if (saidOf(request).includes('Two')) return { text: 'Two boats' };
    throw new AtelierError('gpu-lost', { message: 'x' });
  });
  await ready;
  await writer.write(DATASET, 'm', TASK);
  expect(writer.asking).toMatchObject({ next: 3, asked: 2, unusable: 2, waiting: [] });
  expect(writer.writing.error?.code).toBe('gpu-lost');
});

test('accepted questions and answers become a text of conversations that says who made them', async () => {
  const { cleaning, writer, imported, ready } = opened(() => ({ text: 'Question: How many?\nAnswer: One.\nTruly.' }));
  await ready;
  await writer.write(DATASET, 'm', { ...TASK, how: 'questions', most: 2 });
  expect(writer.asking!.waiting).toHaveLength(2);
  writer.accept({ text: 'How many boats?', answer: 'One.' });
  writer.reject();
  expect(cleaning.steps).toEqual([]);
  await writer.savePairs('harbour');
  const messages = [
    { role: 'user', content: 'How many boats?' },
    { role: 'assistant', content: 'One.' },
  ];
  const line = { messages, source: 'harbour', augmented: 'questions', 'augmented-model': 'Little' };
  expect(JSON.parse(await imported[0]!.text())).toEqual(line);
  await vi.waitFor(() => expect(writer.asking!.pairs).toEqual([]));
  expect(pairLines([], 'x')).toBe('');
});

test('what a model wrote is read in both languages, and what is no pair is nothing', () => {
  const pairs = (text: string) => proposalsIn(text, 'questions', '');
  expect(pairs('**Q1:** Why?\n**A1:** So.\n\n2. Question: When?\nNow or then?\nAnswer: Then.')).toEqual([
    { text: 'Why?', answer: 'So.' },
    { text: 'When?\nNow or then?', answer: 'Then.' },
  ]);
  expect(pairs('问题：为什么？\n回答：因为下雨。')).toEqual([{ text: '为什么？', answer: '因为下雨。' }]);
  expect([pairs('Why not?'), pairs('Answer: So.'), pairs('Question: Why?\nAnswer:')]).toEqual([[], [], []]);
  expect(proposalsIn(' “Two ships” ', 'paraphrase', 'x')).toEqual([{ text: 'Two ships' }]);
  expect(proposalsIn('"A" and "B"', 'paraphrase', 'x')).toEqual([{ text: '"A" and "B"' }]);
  expect([proposalsIn('x', 'paraphrase', 'x'), proposalsIn(' ', 'paraphrase', 'x')]).toEqual([[], []]);
});

test('the part that is asked about is the last one of its kind, cut to what a small model can read', () => {
  const parts = ['question', 'answer', 'question', 'answer'].map((kind, i) => ({ kind, text: `${kind} ${i}` }));
  const row = { id: 1, parts, mayHaveCopies: true };
  expect([
    sourceText(row, { on: 'question', how: 'questions' }),
    sourceText(row, { on: 'answer', how: 'questions' }),
  ]).toEqual(['question 2', 'answer 3']);
  expect(sourceText({ ...row, mayHaveCopies: false }, { on: 'answer', how: 'questions' })).toBeUndefined();
  const long = { id: 1, parts: [{ kind: 'text', text: 'x'.repeat(9000) }], mayHaveCopies: true };
  expect(sourceText(long, { on: 'question', how: 'questions' })).toHaveLength(2000);
  expect(askedOf('{text}, {text}', '$&')).toBe('$&, $&');
});
