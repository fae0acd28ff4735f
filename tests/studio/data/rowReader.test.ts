import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { AtelierDb } from '../../../src/storage/db';
import { readGraded, readTokens } from '../../../src/storage/prepared';
import { addTokenizer } from '../../../src/storage/tokenizers';
import { openTrainingData } from '../../../src/studio/data/trainingData';
import { importFile } from '../../../src/studio/data/importData';
import { firstBatch } from '../../../src/studio/data/firstBatch';
import { preflight } from '../../../src/studio/data/preflight';
import { prepare } from '../../../src/studio/data/prepare';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { freshStorage, MODEL } from '../../storage/storage';

const lines = (name: string, rows: readonly object[]): File =>
  new File([rows.map((row) => JSON.stringify(row)).join('\n')], name);
const TALKS = Array.from({ length: 20 }, (_, i) => ({
  prompt: `How many are ${i}?`,
  completion: i ? `They are ${i}.` : '',
}));
// each question with two pairs: both must fall on one side
const PAIRS = Array.from({ length: 20 }, (_, i) => ({
  prompt: `Greet ${i >> 1}`,
  chosen: `Hello ${i}!`,
  rejected: `What, ${i}?`,
}));

let db: AtelierDb;
let chatId: string;
let pairsId: string;
let tokenizerId: string;
beforeEach(async () => {
  db = await freshStorage();
  chatId = (await importFile(db, lines('talks.jsonl', TALKS))).id;
  pairsId = (await importFile(db, lines('pairs.jsonl', PAIRS))).id;
  tokenizerId = (await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 270, datasetIds: [chatId] })).id;
});
const asked = (datasetId: string) => ({ datasetIds: [datasetId], tokenizerId, seed: 3, validationShare: 0.25 });

async function rowsIn(preparedId: string, subset: 'train' | 'validation') {
  const prepared = (await db.get('prepared', preparedId))!;
  const tokenizer = await loadTokenizer(db, tokenizerId);
  const { ids, weights, offsets } = await readGraded(db, prepared, subset);
  return Array.from({ length: offsets.length - 1 }, (_, row) => {
    const own = ids.subarray(offsets[row], offsets[row + 1]);
    const counted = weights.subarray(offsets[row], offsets[row + 1]);
    return { text: tokenizer.decode(own), graded: tokenizer.decode(own.filter((_id, i) => counted[i]! > 0)) };
  });
}

describe('conversations', () => {
  test('stand as the template writes them, only answers graded, on one side each', async () => {
    const record = await prepare(db, { ...asked(chatId), task: 'chat' }, undefined, undefined, 64);
    const train = await rowsIn(record.id, 'train');
    const validation = await rowsIn(record.id, 'validation');
    expect(record).toMatchObject({ task: 'chat', trainRows: 15, validationRows: 5, ungraded: 0 });
    expect(record.template).toMatch(/^[0-9a-f]{64}$/);
    const all = [...train, ...validation].sort((a, b) => a.text.localeCompare(b.text, undefined, { numeric: true }));
    expect(all.map(({ text }) => text)).toEqual(
      TALKS.map(({ prompt, completion }) => `user: ${prompt}\nassistant: ${completion}<|endoftext|>`),
    );
    expect(all.map(({ graded }) => graded)).toEqual(TALKS.map(({ completion }) => ` ${completion}<|endoftext|>`));
    expect(record.trainTokens).toBe((await readTokens(db, record, 'train')).length);
  });

  test('are found again for the same task and template only', async () => {
    const chat = await prepare(db, { ...asked(chatId), task: 'chat' });
    expect((await prepare(db, { ...asked(chatId), task: 'chat' })).id).toBe(chat.id);
    const text = await prepare(db, asked(chatId));
    expect(text.id).not.toBe(chat.id);
    await db.put('prepared', { ...chat, template: '00' });
    expect((await prepare(db, { ...asked(chatId), task: 'chat' })).id).not.toBe(chat.id);
  });

  test('are made anew where the model names another token that its template writes, and found where it writes none', async () => {
    const model = (id: string, chatTemplate: string, eos: string) => {
      const [nothing, chunks] = [{ parameters: 0, byteLength: 0, tensors: [], sha256: '' }, []];
      const facts = { name: id, source: id, createdAt: 0, model: MODEL, endTokenIds: [0], tokenizerId };
      return db.put('models', { ...facts, ...nothing, chunks, id, chatTemplate, templateTokens: { eos_token: eos } });
    };
    const turns = '{% for m in messages %}{{ m.content }}';
    await model('a', `${turns}{{ eos_token }}{% endfor %}`, 'A');
    await model('b', `${turns}{{ eos_token }}{% endfor %}`, 'B');
    await model('c', `${turns}!{% endfor %}`, 'A');
    await model('d', `${turns}!{% endfor %}`, 'B');
    const ids: string[] = [];
    for (const weightsId of ['a', 'b', 'a', 'c', 'd'])
      ids.push((await prepare(db, { ...asked(chatId), task: 'chat', weightsId })).id);
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
    expect(ids[4]).toBe(ids[3]);
    expect((await rowsIn(ids[1]!, 'train'))[0]!.text).toMatch(/B$/);
  });

  test('give a sample the first held-out question, and a trained one where none is held out', async () => {
    const config = { ...defaultSettings(), task: 'chat' as const, contextLength: 64 };
    const question = async (datasetId: string, validationShare: number) => {
      const prepared = await prepare(db, { ...asked(datasetId), task: 'chat', validationShare });
      const { question: ids } = await openTrainingData(db, prepared, config);
      const [held] = await rowsIn(prepared.id, validationShare ? 'validation' : 'train');
      return [ids && (await loadTokenizer(db, tokenizerId)).decode(ids), held!.text.replace(held!.graded, '')];
    };
    for (const share of [0, 0.25]) {
      const [asking, first] = await question(chatId, share);
      expect(asking).toBe(first);
      expect(asking).toMatch(/^user: How many are \d+\?\nassistant:$/);
    }
  });

  test('are refused for a run where none of them can be graded, and may all be held out of reach', async () => {
    const record = await prepare(db, { ...asked(chatId), task: 'chat' });
    const config = (contextLength: number) => ({ ...defaultSettings(), task: 'chat' as const, contextLength });
    await expect(openTrainingData(db, record, config(4))).rejects.toMatchObject({
      code: 'rows-ungraded',
      facts: { rows: 15, context: 4 },
    });
    const all = await prepare(db, { ...asked(chatId), task: 'chat', validationShare: 0 });
    const data = await openTrainingData(db, all, config(64));
    expect([data.windows.count > 0, [...data.windows.validationBatches()].length]).toEqual([true, 0]);
  });

  test('have a row for each answer where that is asked for, on one side of the split', async () => {
    const turns = (i: number) => [
      { role: 'user', content: `One ${i}` },
      { role: 'assistant', content: `two ${i}` },
      { role: 'user', content: 'three' },
      { role: 'assistant', content: `four ${i}` },
    ];
    const file = lines(
      'long.jsonl',
      Array.from({ length: 8 }, (_, i) => ({ messages: turns(i) })),
    );
    const { id } = await importFile(db, file);
    const record = await prepare(db, { ...asked(id), task: 'chat', rowPerAnswer: true });
    expect(record).toMatchObject({ rowPerAnswer: true, trainRows: 12, validationRows: 4 });
    const rows = [...(await rowsIn(record.id, 'train')), ...(await rowsIn(record.id, 'validation'))];
    const said = (graded: string) => rows.filter((row) => row.graded === `${graded}<|endoftext|>`);
    for (let i = 0; i < 8; i++) {
      expect(said(` two ${i}`)).toEqual([
        { text: `user: One ${i}\nassistant: two ${i}<|endoftext|>`, graded: expect.any(String) as string },
      ]);
      expect(said(` four ${i}`).map(({ text }) => text)).toEqual([
        `user: One ${i}\nassistant: two ${i}<|endoftext|>user: three\nassistant: four ${i}<|endoftext|>`,
      ]);
    }
    expect((await prepare(db, { ...asked(id), task: 'chat' })).id).not.toBe(record.id);
    expect((await prepare(db, { ...asked(id), task: 'chat', rowPerAnswer: true })).id).toBe(record.id);
  });

  test('have their thoughts learned, only read or left out, each with tokens of its own', async () => {
    const rows = Array.from({ length: 4 }, (_, i) => ({
      messages: [
        { role: 'user', content: `One ${i}` },
        { role: 'assistant', content: 'two', reasoning_content: 'Hm.' },
      ],
    }));
    const { id } = await importFile(db, lines('thoughts.jsonl', rows));
    const request = { ...asked(id), task: 'chat' as const, validationShare: 0 };
    const learned = await prepare(db, request);
    const read = await prepare(db, { ...request, thoughts: 'read' });
    const dropped = await prepare(db, { ...request, thoughts: 'drop' });
    expect(new Set([learned.id, read.id, dropped.id]).size).toBe(3);
    expect([learned.thoughts, read.thoughts, dropped.thoughts]).toEqual([undefined, 'read', 'drop']);
    const graded = async (preparedId: string) => (await rowsIn(preparedId, 'train'))[0]!.graded;
    expect(await graded(learned.id)).toBe(' <think>\nHm.\n</think>\n\ntwo<|endoftext|>');
    expect(await graded(read.id)).toBe('two<|endoftext|>');
    expect((await rowsIn(dropped.id, 'train'))[0]!.text).toMatch(/^user: One \d\nassistant: two<\|endoftext\|>$/);
    expect((await prepare(db, { ...request, thoughts: 'read' })).id).toBe(read.id);
  });

  test('become lines of text where text is asked for', async () => {
    const record = await prepare(db, { ...asked(chatId), validationShare: 0 });
    const tokenizer = await loadTokenizer(db, tokenizerId);
    const text = tokenizer.decode(await readTokens(db, record, 'train'));
    expect(text).toBe(TALKS.map((t) => `user: ${t.prompt}\nassistant: ${t.completion}<|endoftext|>`).join(''));
    expect(record.ungraded).toBeUndefined();
  });
});

test('texts begin with the token that the tokenizer of the model puts before them, and end with its end token', async () => {
  const json = readFileSync(new URL('../../fixtures/tokenizers/llama3.json', import.meta.url), 'utf8');
  const draft = { name: 'l', json, kind: 'pretrained', vocabSize: 4096, endId: 1, bytesPerToken: 0 } as const;
  const tokenizer = await addTokenizer(db, draft);
  const text = await importFile(db, new File(['one fox\n\ntwo'], 't.txt'));
  const asked = { datasetIds: [text.id], tokenizerId: tokenizer.id, seed: 3, validationShare: 0 };
  const running = await loadTokenizer(db, tokenizer.id);
  const ids = await readTokens(db, await prepare(db, asked), 'train');
  expect(running.decode(ids)).toBe('<|begin_of_text|>one fox<|end_of_text|><|begin_of_text|>two<|end_of_text|>');
});

describe('pairs', () => {
  test('are kept as the chosen and the rejected answer in turn; a question is on one side', async () => {
    const record = await prepare(db, { ...asked(pairsId), task: 'dpo' });
    const train = await rowsIn(record.id, 'train');
    const validation = await rowsIn(record.id, 'validation');
    expect(train).toHaveLength(2 * record.trainRows);
    train.forEach(({ graded }, i) => expect(graded).toMatch(i % 2 ? /^ What, \d+\?/ : /^ Hello \d+!/));
    const questions = (rows: typeof train) => new Set(rows.map(({ text }) => text.split('\n')[0]));
    expect(validation.length).toBeGreaterThan(0);
    for (const question of questions(validation)) expect(questions(train)).not.toContain(question);
  });
});

describe('answers that are marked', () => {
  const THUMBS = Array.from({ length: 20 }, (_, i) => ({
    prompt: `Greet ${i >> 1}`,
    completion: i % 2 ? `What, ${i}?` : `Hello ${i}!`,
    label: i % 2 === 0,
  }));

  async function marksOf(datasetId: string) {
    const record = await prepare(db, { ...asked(datasetId), task: 'kto' });
    const tokenizer = await loadTokenizer(db, tokenizerId);
    const rows = [];
    for (const subset of ['train', 'validation'] as const) {
      const { ids, weights, offsets } = await readGraded(db, record, subset);
      for (let row = 0; row + 1 < offsets.length; row++) {
        const own = ids.subarray(offsets[row], offsets[row + 1]);
        const marks = weights.subarray(offsets[row], offsets[row + 1]);
        const answer = tokenizer.decode(own.filter((_, i) => marks[i] !== 0)).replace('<|endoftext|>', '');
        const question = tokenizer.decode(own).split('\n')[0]!;
        rows.push({ subset, question, answer: answer.trim(), marks: [...new Set(marks)].sort() });
      }
    }
    return { record, rows };
  }

  test('are graded alone, bad ones with -1; answers to one question are on one side', async () => {
    const { record, rows } = await marksOf((await importFile(db, lines('thumbs.jsonl', THUMBS))).id);
    expect([record.trainRows + record.validationRows, record.ungraded]).toEqual([20, 0]);
    for (const { answer, marks } of rows) expect(marks).toEqual(answer.startsWith('What') ? [-1, 0] : [0, 1]);
    expect(rows.map(({ answer }) => answer).sort()).toEqual(THUMBS.map(({ completion }) => completion).sort());
    const held = new Set(rows.flatMap(({ subset, question }) => (subset === 'validation' ? [question] : [])));
    expect(held.size).toBeGreaterThan(0);
    for (const { subset, question } of rows) if (held.has(question)) expect(subset).toBe('validation');
  });

  test('are found in pairs: the chosen answer is good, the rejected one bad', async () => {
    const { record, rows } = await marksOf(pairsId);
    expect(record.trainRows + record.validationRows).toBe(40);
    for (const { answer, marks } of rows) expect(marks).toEqual(answer.startsWith('What') ? [-1, 0] : [0, 1]);
  });

  test('are counted by preflight, and one kind alone is found', async () => {
    const thumbs = await importFile(db, lines('thumbs.jsonl', THUMBS.slice(0, 19)));
    const request = { ...asked(thumbs.id), validationShare: 0, task: 'kto' as const, contextLength: 64 };
    const report = await preflight(db, request);
    expect(report.train).toMatchObject({ rows: 19, marks: { good: 10, bad: 9 } });
    expect(report.findings.map(({ code }) => code)).not.toContain('answers-bad');
    const good = await preflight(db, { ...request, datasetIds: [chatId] });
    expect(good.findings).toContainEqual(expect.objectContaining({ code: 'thumbs-one-sided', level: 'warn' }));
  });

  test('cannot be mixed by shares, since answers are compared within a batch', async () => {
    const { record } = await marksOf(pairsId);
    const settings = { ...defaultSettings(), task: 'kto' as const, contextLength: 64 };
    await expect(openTrainingData(db, record, settings, [{ datasetId: chatId, share: 0.1 }])).rejects.toMatchObject({
      code: 'mix-of-thumbs',
    });
    const { windows } = await openTrainingData(db, record, settings);
    expect(windows.count).toBe(record.trainRows);
  });

  test('are shown with their marks in the first batch', async () => {
    const { record } = await marksOf(pairsId);
    const settings = { ...defaultSettings(), task: 'kto' as const, contextLength: 64, batchSize: 4 };
    const shown = await firstBatch(db, { preparedId: record.id, tokenizerId, settings });
    expect(shown.windows).toHaveLength(4);
    shown.windows.forEach((tokens, i) => {
      const said = tokens.flatMap(({ graded, text }) => (graded === 0 ? [] : [text])).join('');
      expect(shown.marks![i]).toBe(said.includes('What') ? 'bad' : 'good');
    });
  });
});

test('a dataset of another kind is refused by name', async () => {
  await expect(prepare(db, { ...asked(chatId), task: 'orpo' })).rejects.toMatchObject({
    code: 'dataset-not-preference',
    facts: { name: 'talks' },
  });
  await expect(prepare(db, { ...asked(pairsId), task: 'chat' })).rejects.toMatchObject({
    code: 'dataset-not-chat',
    facts: { name: 'pairs' },
  });
});
