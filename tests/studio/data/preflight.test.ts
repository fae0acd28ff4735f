import { beforeEach, expect, test } from 'vitest';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { Finding } from '../../../src/base/wire/findings';
import { findingWords } from '../../../src/app/words/findingWords';
import type { AtelierDb } from '../../../src/storage/db';
import { writeDataset } from '../../../src/storage/datasets';
import { firstBatch } from '../../../src/studio/data/firstBatch';
import { importFile, importText } from '../../../src/studio/data/importData';
import { preflight, rowLengths } from '../../../src/studio/data/preflight';
import { prepare } from '../../../src/studio/data/prepare';
import { openTrainingData } from '../../../src/studio/data/trainingData';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { describedDataset, freshStorage, MODEL } from '../../storage/storage';

const CHAT = { task: 'chat', contextLength: 64 } as const;
let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

async function ask(rows: readonly object[], contextLength = 64, validationShare = 0.3) {
  const file = new File([rows.map((row) => JSON.stringify(row)).join('\n')], 'a.jsonl');
  const { id } = await importFile(db, file);
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 270, datasetIds: [id] });
  const request = { datasetIds: [id], tokenizerId: tokenizer.id, seed: 1, validationShare, task: 'chat' as const };
  return { request, found: await preflight(db, { ...request, contextLength }) };
}
const byCode = (findings: readonly Finding[]) => Object.fromEntries(findings.map((f) => [f.code, f]));
const talk = (i: number) => ({ prompt: `How much is ${i} and 1?`, completion: `It is ${i + 1}.` });

test('good rows have no findings', async () => {
  const { found, request } = await ask(Array.from({ length: 60 }, (_, i) => talk(i)));
  const prepared = await prepare(db, request);
  const { trainRows: rows, trainTokens: tokens } = prepared;
  const { windows } = await openTrainingData(db, prepared, { ...defaultSettings(), ...CHAT });
  expect(found).toEqual({ rows: 60, train: { rows, tokens, packed: windows.count }, findings: [] });
});

test('each flaw is found with its rows, and said in both languages', async () => {
  const rows = [
    ...Array.from({ length: 20 }, (_, i) => talk(i)),
    talk(3),
    { prompt: 'Say nothing', completion: ' ' },
    { prompt: 'Mind <|endoftext|>', completion: 'Yes.' },
    { prompt: Array.from({ length: 90 }, (_, i) => i * 37).join(' '), completion: 'Cut.' },
    { prompt: 'Short', completion: Array.from({ length: 90 }, (_, i) => i * 41).join(' ') },
    { messages: [{ role: 'user', content: 'No answer' }] },
    ...Array.from({ length: 8 }, (_, i) => ({ ...talk(i), prompt: talk(i).prompt.toUpperCase() })),
  ];
  const { findings } = (await ask(rows)).found;
  const found = byCode(findings);
  expect(found['rows-duplicate']).toMatchObject({ level: 'warn', count: 1, rows: [21] });
  expect(found['answers-empty']).toMatchObject({ rows: [22] });
  expect(found['special-in-text']).toMatchObject({ rows: [23], facts: { token: '<|endoftext|>' } });
  expect(found['rows-truncated']).toMatchObject({
    rows: [24, 25],
    facts: { percent: 6, context: 64, longest: expect.any(Number) as number },
  });
  expect(found['rows-without-grade']).toMatchObject({ rows: [24, 26] });
  expect(found['rows-few']).toMatchObject({ count: 34 });
  expect(found['rows-in-both']!.count).toBeGreaterThan(0);
  for (const { code, facts } of findings)
    for (const locale of ['en', 'zh'] as const) expect(findingWords(code, facts, locale)).not.toMatch(/\{\w+\}/);
});

test('a template that rewrites earlier turns blocks conversations of several answers, until each has a row of its own', async () => {
  const template =
    '{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if loop.last and m.role == "assistant" %}!{% endif %}{% endfor %}' +
    '{% if add_generation_prompt %}<assistant>{% endif %}';
  const turns = (i: number) => [
    { role: 'user', content: `One ${i}` },
    { role: 'assistant', content: 'two' },
  ];
  const rows = Array.from({ length: 60 }, (_, i) => ({ messages: i % 2 ? [...turns(i), ...turns(i)] : turns(i) }));
  const { id } = await importFile(db, new File([rows.map((row) => JSON.stringify(row)).join('\n')], 'a.jsonl'));
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 270, datasetIds: [id] });
  const [nothing, chunks] = [{ parameters: 0, byteLength: 0, tensors: [], sha256: '' }, []];
  const model = { name: 'm', source: 'm', createdAt: 0, model: MODEL, endTokenIds: [0], chunks, ...nothing };
  await db.put('models', { ...model, id: 'm', tokenizerId: tokenizer.id, chatTemplate: template });
  const request = { datasetIds: [id], tokenizerId: tokenizer.id, seed: 1, validationShare: 0, task: 'chat' as const };
  const look = async (rowPerAnswer: { rowPerAnswer?: true }) =>
    preflight(db, { ...request, weightsId: 'm', contextLength: 64, ...rowPerAnswer });
  const refused = byCode((await look({})).findings);
  expect(refused['template-not-prefix']).toMatchObject({
    level: 'block',
    count: 30,
    rows: expect.any(Array) as number[],
  });
  const cut = await look({ rowPerAnswer: true });
  expect(byCode(cut.findings)).not.toHaveProperty('template-not-prefix');
  expect(cut).toMatchObject({ rows: 60, train: { rows: 90 } });
  const prepared = await prepare(db, { ...request, weightsId: 'm', rowPerAnswer: true });
  const { windows } = await openTrainingData(db, prepared, {
    ...defaultSettings(),
    ...CHAT,
    rowPerAnswer: true,
  });
  expect(cut.train).toEqual({ rows: prepared.trainRows, tokens: prepared.trainTokens, packed: windows.count });
});

test('rows of which nothing is graded block a run, before all other findings', async () => {
  const { findings } = (
    await ask(
      Array.from({ length: 9 }, (_, i) => talk(i)),
      4,
    )
  ).found;
  expect(findings[0]).toMatchObject({ level: 'block', code: 'nothing-graded', count: 9 });
});

test('the first batch shows rows apart, the answers graded with the end of their turns', async () => {
  const { request } = await ask(Array.from({ length: 12 }, (_, i) => talk(i)));
  const prepared = await prepare(db, request);
  const settings: TrainSettings = { ...defaultSettings(), task: 'chat', contextLength: 64, batchSize: 2 };
  const { windows } = await firstBatch(db, { preparedId: prepared.id, tokenizerId: request.tokenizerId, settings });
  expect(windows).toHaveLength(2);
  for (const window of windows) {
    const rows = Math.max(...window.map(({ row }) => row)) + 1;
    for (let row = 0; row < rows; row++) {
      const own = window.filter((token) => token.row === row);
      const text = own.map((token) => token.text).join('');
      const graded = own.filter((token) => token.graded).map((token) => token.text);
      expect(text).toMatch(/^user: How much is \d+ and 1\?\nassistant: It is \d+\.<\|endoftext\|>$/);
      expect(text.endsWith(`assistant:${graded.join('')}`)).toBe(true);
    }
  }
});

test('rows that were kept before weights had a range are named by preflight, and refused by a start', async () => {
  const { request } = await ask([talk(1), talk(2)]);
  const kept = (weight: number) => ({
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: `a ${weight}`, weight },
    ],
  });
  const { id } = await writeDataset(db, async (sink) => {
    for (const weight of [1, 1e39, 0.5]) await sink.add(JSON.stringify(kept(weight)));
    return { ...describedDataset('old'), content: 'chat' };
  });
  const old = { ...request, datasetIds: [id] };
  const refusal = { code: 'message-weight', facts: { message: 2, found: '1e+39' } };
  const { findings } = await preflight(db, { ...old, contextLength: 64 });
  expect(byCode(findings)['template-fails']).toMatchObject({ level: 'block', rows: [2], refusal });
  await expect(prepare(db, old)).rejects.toMatchObject(refusal);
});

test('the length of rows is that of their turns, not of the JSON that keeps them', async () => {
  const { request } = await ask([talk(1), { messages: [] }, talk(22)]);
  const text = ({ prompt, completion }: ReturnType<typeof talk>) => `user: ${prompt}\nassistant: ${completion}`;
  const lengths = (await rowLengths(db, request))!;
  const [one, other] = [talk(1), talk(22)].map((row) => text(row).length) as [number, number];
  expect(lengths.percentile95).toBeLessThanOrEqual(Math.max(one, other));
  expect(lengths.mean).toBeLessThanOrEqual((one + other) / 2);
});

test('the lengths are those of rows from the whole text, which may be sorted by length', async () => {
  const rows = Array.from({ length: 2000 }, (_, i) => 'a '.repeat(1 + Math.floor(i / 20)).trim());
  const { id } = await importText(db, 'sorted', rows.join('\n\n'));
  const made = await trainTokenizer(db, { name: 't', kind: 'characters', vocabSize: 300, datasetIds: [id] });
  const lengths = (await rowLengths(db, { datasetIds: [id], tokenizerId: made.id, seed: 1, validationShare: 0 }))!;
  const longest = 2 * 100 - 1;
  expect(lengths.percentile95 / longest).toBeGreaterThan(0.85);
  expect(lengths.mean / (longest / 2)).toBeCloseTo(1, 1);
});
