import { beforeEach, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { RowPicks } from '../../../src/base/records/prepared';
import type { RowFacts } from '../../../src/base/records/recipe';
import type { PreflightRequest } from '../../../src/base/wire/requests';
import { writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { readGraded, readTokens } from '../../../src/storage/prepared';
import { importFile, importText } from '../../../src/studio/data/importData';
import { preflight } from '../../../src/studio/data/preflight';
import { prepare, prepareAgain } from '../../../src/studio/data/prepare';
import { pickRows } from '../../../src/studio/data/readRows';
import { openTrainingData } from '../../../src/studio/data/trainingData';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { describedDataset, freshStorage } from '../../storage/storage';

const talk = (i: number) => ({ prompt: `Where does river ${i} end?`, completion: `In lake ${i}.` });
/** Rows 1 to 40 differ; 41 to 45 repeat 3 to 7; 46 to 55 ask again in capitals; 56 has no answer. */
const ROWS = [
  ...Array.from({ length: 40 }, (_, i) => talk(i)),
  ...[2, 3, 4, 5, 6].map(talk),
  ...Array.from({ length: 10 }, (_, i) => ({ prompt: talk(i).prompt.toUpperCase(), completion: `Lake ${i}!` })),
  { prompt: 'Say nothing', completion: '' },
];

let db: AtelierDb;
let request: PreflightRequest;
beforeEach(async () => {
  db = await freshStorage();
  const file = new File([ROWS.map((row) => JSON.stringify(row)).join('\n')], 'rivers.jsonl');
  const { id } = await importFile(db, file, { chunkBytes: 400 });
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 280, datasetIds: [id] });
  const more = { seed: 4, validationShare: 0.3, task: 'chat' as const, contextLength: 64 };
  request = { datasetIds: [id], tokenizerId: tokenizer.id, ...more };
});

const written = ({ prompt, completion }: (typeof ROWS)[number]) =>
  `user: ${prompt}\nassistant: ${completion}<|endoftext|>`;
const WRITTEN = ROWS.map(written);

/** The rows of both sides as a run reads them. */
async function read(picks?: RowPicks) {
  const prepared = await prepare(db, { ...request, ...(picks && { picks }) });
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  const rowsOf = async (subset: 'train' | 'validation') => {
    const { ids, offsets } = await readGraded(db, prepared, subset);
    return Array.from(offsets.subarray(1), (end, row) => tokenizer.decode(ids.subarray(offsets[row], end)));
  };
  return { prepared, train: await rowsOf('train'), held: await rowsOf('validation') };
}

describe('rows that are left out', () => {
  test('a run reads exactly the others, on the sides where they stood', async () => {
    const all = await read();
    const rows = await pickRows(db, request.datasetIds[0]!, [2, 56]);
    const left = await read({ rows });
    const out = [WRITTEN[1], WRITTEN[55]];
    expect(left.train).toEqual(all.train.filter((row) => !out.includes(row)));
    expect(left.held).toEqual(all.held.filter((row) => !out.includes(row)));
    expect(left.train.length + left.held.length).toBe(WRITTEN.length - 2);
    expect(left.prepared.picked).toEqual({ repeats: 0, near: 0, leaks: 0, rows: 2 });
  });

  test('the windows of its steps hold nothing else', async () => {
    const rows = await pickRows(db, request.datasetIds[0]!, [2, 56]);
    const { prepared, train } = await read({ repeats: true, rows });
    const tokenizer = await loadTokenizer(db, request.tokenizerId);
    const settings = { ...defaultSettings(), task: 'chat' as const, contextLength: 64, batchSize: 1, packing: false };
    const { windows } = await openTrainingData(db, prepared, settings);
    const steps = Array.from({ length: windows.count }, (_, step) => windows.trainBatches(step)[0]!);
    const texts = steps.map((batch) => {
      if (!('inputs' in batch)) throw new Error('one side');
      return tokenizer.decode(batch.inputs.subarray(batch.starts ? batch.starts.indexOf(0) : 0));
    });
    for (const row of train) expect(texts.filter((text) => text.includes(row.slice(0, -13)))).not.toEqual([]);
    for (const row of [WRITTEN[1]!, WRITTEN[55]!])
      expect(texts.filter((text) => text.includes(row.slice(0, -13)))).toEqual([]);
  });

  test('repeats go, and the first of each stays where it stood', async () => {
    const all = await read();
    const left = await read({ repeats: true });
    expect(left.train).toEqual([...new Set(all.train)]);
    expect(left.held).toEqual([...new Set(all.held)]);
    expect(left.prepared.picked).toEqual({ repeats: 5, near: 0, leaks: 0, rows: 0 });
  });

  test('a row that holds another text than the one that was picked stops the run before it trains on it', async () => {
    const [picked] = await pickRows(db, request.datasetIds[0]!, [9]);
    await expect(read({ rows: [{ ...picked!, row: 10 }] })).rejects.toMatchObject({
      code: 'picked-row-changed',
      facts: { row: 10, name: 'rivers' },
    });
  });
});

test('held-out rows that ask what training asks are moved to it, and only these', async () => {
  const all = await read();
  const moved = await read({ leaks: true });
  const question = (row: string) => row.split('\n')[0]!.toLowerCase();
  const trained = new Set(all.train.map(question));
  const leaks = all.held.filter((row) => trained.has(question(row)));
  expect(leaks.length).toBeGreaterThan(0);
  expect(moved.held).toEqual(all.held.filter((row) => !trained.has(question(row))));
  expect([...moved.train].sort()).toEqual([...all.train, ...leaks].sort());
  const asked = new Set(moved.train.map(question));
  expect(moved.held.filter((row) => asked.has(question(row)))).toEqual([]);
  expect(moved.prepared.picked).toEqual({ repeats: 0, near: 0, leaks: leaks.length, rows: 0 });
});

test('what was picked is a part of what the tokens are: found again with it, made again bit for bit', async () => {
  const rows = await pickRows(db, request.datasetIds[0]!, [2, 56]);
  const picks: RowPicks = { repeats: true, leaks: true, rows };
  const { prepared } = await read(picks);
  const others = await Promise.all([{}, { repeats: true as const }, { repeats: true as const, rows }].map(read));
  expect(others.map((other) => other.prepared.id)).not.toContain(prepared.id);
  expect((await read({ ...picks, rows: rows.toReversed() })).prepared.id).toBe(prepared.id);
  const again = await prepareAgain(db, prepared, undefined, 'run');
  expect({ ...again, id: '', createdAt: 0 }).toEqual({ ...prepared, id: '', createdAt: 0, usedAt: undefined });
});

test('preflight looks at what is left, under the numbers that the rows have in their text', async () => {
  const before = await preflight(db, request);
  const codes = ({ findings }: typeof before) => findings.map(({ code }) => code);
  expect(codes(before)).toEqual(expect.arrayContaining(['rows-duplicate', 'answers-empty', 'rows-in-both']));
  const rows = await pickRows(db, request.datasetIds[0]!, [1]);
  const after = await preflight(db, { ...request, picks: { repeats: true, leaks: true, rows } });
  expect(after.rows).toBe(ROWS.length - 6);
  expect(codes(after)).not.toContain('rows-duplicate');
  expect(codes(after)).not.toContain('rows-in-both');
  expect(after.findings.find(({ code }) => code === 'answers-empty')).toMatchObject({ rows: [56] });
  expect(after.picked).toMatchObject({ repeats: 5, rows: 1 });
  const { trainRows, trainTokens } = (await read({ repeats: true, leaks: true, rows })).prepared;
  expect(after.train).toMatchObject({ rows: trainRows, tokens: trainTokens });
});

test('a picked row is known again where conversations are read as text, and where several texts are', async () => {
  const more = await importText(db, 'more', 'One stone.\n\nTwo stones.\n\nThree stones.');
  const datasetIds = [more.id, request.datasetIds[0]!];
  const { task: _, ...asText } = request;
  const rows = await pickRows(db, request.datasetIds[0]!, [2]);
  const prepared = await prepare(db, { ...asText, datasetIds, validationShare: 0, picks: { rows } });
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  const text = tokenizer.decode(await readTokens(db, prepared, 'train'));
  expect(prepared.trainRows).toBe(ROWS.length + 2);
  expect(text).toContain('One stone.');
  expect(text).not.toContain('river 1 end');
});

describe('rows that nearly repeat another one, and answers that stand in training', () => {
  const answer = (i: number) =>
    `The ${i} hills beyond the mill are covered with heather, fern and gorse all year round`;
  const ask = (prompt: string, completion: string) => ({ prompt, completion });
  /** Of each ten: five of their own, a near-copy of the first, one that quotes its answer, three that quote nothing. */
  const HILLS = Array.from({ length: 6 }, (_, i) => [
    ...Array.from({ length: 5 }, (_, j) => ask(`Question ${j} of ${i * 71}, please?`, `${j * 97} and ${i * 89}`)),
    ask(`What is seen from tower number ${i * 977}?`, `${answer(i * 613)}.`),
    ask(`What is seen from tower number ${i * 977}?!`, `${answer(i * 613)}!`),
    ask(`Say it as a verse, ${'x'.repeat(9 + i)}`, `Well: ${answer(i * 613)}, my dear.`),
    ...['k', 'm'].map((c) => ask(c.repeat(30 + i), `${c} ${i}`)),
  ]).flat();

  async function readHills(picks?: RowPicks) {
    const file = new File([HILLS.map((row) => JSON.stringify(row)).join('\n')], 'hills.jsonl');
    request = { ...request, datasetIds: [(await importFile(db, file)).id], ...(picks && { picks }) };
    const { findings, picked } = await preflight(db, request);
    const by = (code: string) => findings.find((finding) => finding.code === code);
    return { near: by('rows-near-duplicate'), leaks: by('rows-in-both'), picked, ...(await read(picks)) };
  }

  test('each is found, and its pick takes it away', async () => {
    const before = await readHills();
    expect(before.near?.count).toBeGreaterThan(0);
    expect(before.leaks?.count).toBeGreaterThan(0);
    const after = await readHills({ near: true, leaks: true });
    expect([after.near, after.leaks]).toEqual([undefined, undefined]);
    const { near, leaks } = after.prepared.picked!;
    expect(after.picked).toEqual({ repeats: 0, near, leaks, rows: 0 });
    expect(near).toBeGreaterThan(0);
    expect(leaks).toBeGreaterThan(0);
    expect(after.train.length + after.held.length).toBe(HILLS.length - near);
    expect(before.held.filter((row) => after.train.includes(row))).toHaveLength(leaks);
  });

  test('near repeats are left out of training alone, and only these', async () => {
    const before = await readHills();
    const after = await readHills({ near: true });
    expect(after.held).toEqual(before.held);
    expect(before.train.length - after.train.length).toBe(before.near?.count);
  });
});

describe('rows that say on which side they stand', () => {
  const sided = (facts: (i: number) => RowFacts) =>
    writeDataset(db, async (sink) => {
      for (const i of Array(40).keys())
        await sink.add(
          JSON.stringify({
            messages: [
              { role: 'user', content: `Q${i}?` },
              { role: 'assistant', content: `A${i}.` },
            ],
          }),
          facts(i),
        );
      return { ...describedDataset('sided'), content: 'chat' as const };
    });
  const heldOf = async (facts: (i: number) => RowFacts, patch: Partial<PreflightRequest> = {}) => {
    request = { ...request, datasetIds: [(await sided(facts)).id], ...patch };
    return (await read()).held.map((row) => Number(/Q(\d+)/.exec(row)![1]));
  };

  test('a frozen validation is held out whatever the seed and the share', async () => {
    const split = (i: number): RowFacts => ({ split: i % 9 ? 'train' : 'validation' });
    expect(await heldOf(split)).toEqual([0, 9, 18, 27, 36]);
    expect(await heldOf(split, { seed: 99, validationShare: 0 })).toEqual([0, 9, 18, 27, 36]);
  });

  test('where none is held out the seed chooses, and rows that were made of others are never held out', async () => {
    const made = await heldOf((i): RowFacts => (i < 30 ? { augmented: true } : { split: 'train' }), {
      validationShare: 0.5,
    });
    expect(made).toHaveLength(5);
    expect(Math.min(...made)).toBeGreaterThanOrEqual(30);
  });
});
