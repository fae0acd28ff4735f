// Reports of evaluations with planted answers: what is clear is said, what is noise is not, and what was not scored
// counts for nobody.
import { beforeEach, expect, test } from 'vitest';
import type { EvaluatedRow, EvaluationRecord, RowFound } from '../../../src/base/records/evaluation';
import { stream } from '../../../src/base/numbers/rng';
import { GENERAL_PROBES } from '../../../src/data/probes/generalProbes';
import type { AtelierDb } from '../../../src/storage/db';
import { addEvaluation, addEvaluationChunk } from '../../../src/storage/evaluations';
import { rowGroups } from '../../../src/studio/evaluate/rowGroups';
import { confusedRows, evaluationReport } from '../../../src/studio/evaluate/report';
import { freshStorage } from '../../storage/storage';
import { readFileSync } from 'node:fs';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const row = (place: number, patch: Partial<EvaluatedRow> = {}): EvaluatedRow => ({
  ...{ set: 'asked', place, group: place, slices: { characters: 10 + place }, asked: `row ${place}` },
  ...patch,
});

/** Stores an evaluation of a base and a tuned model with what each found of each row. */
async function stored(
  rows: EvaluatedRow[],
  found: (model: number, at: number) => RowFound | undefined,
  patch: Partial<EvaluationRecord>,
): Promise<string> {
  const part = patch.parts![0]!;
  const models = ['base', 'tuned'].map((name) => ({ weightsId: name, name, writing: 'plain' as const }));
  await addEvaluation(db, {
    ...{ id: 'e', name: 'e', createdAt: 1, updatedAt: 1, models, parts: [part] },
    ...{ from: { kind: 'dataset', datasetId: 'd', name: 'd' }, mostRows: 500, longestAnswer: 8, seed: 7 },
    ...{ total: 2 * rows.length, done: 2 * rows.length },
    ...patch,
  });
  await addEvaluationChunk(db, 'e', { kind: 'rows', rows }, {});
  for (const model of [0, 1]) {
    const results = rows.flatMap((_, at) => {
      const one = found(model, at);
      return one ? [{ row: at, found: one }] : [];
    });
    await addEvaluationChunk(db, 'e', { kind: 'results', model, part, results }, {});
  }
  return 'e';
}

const nats = (loss: number): RowFound => ({
  ...{ part: 'language', nats: 10 * loss, tokens: 10, bytes: 40, words: 8, correct: 3 },
});
const rowsOf = (count: number): EvaluatedRow[] => Array.from({ length: count }, (_, i) => row(i));

test('a difference that is noise cannot be told, and one on every row can', async () => {
  const random = stream(3, 'noise');
  const noise = Array.from({ length: 80 }, () => random.next() - 0.5);
  const id = await stored(rowsOf(40), (model, at) => nats(2 + noise[2 * at + model]!), { parts: ['language'] });
  const [line] = (await evaluationReport(db, id)).main;
  expect(line!.comparisons[0]).toMatchObject({ verdict: 'unclear', rows: 40, clusters: 40 });
  expect(line!.comparisons[0]!.moreRows).toBeGreaterThan(0);

  db = await freshStorage();
  await stored(rowsOf(40), (model, at) => nats(2 + noise[at]! - 0.4 * model), { parts: ['language'] });
  expect((await evaluationReport(db, 'e')).main[0]!.comparisons[0]).toMatchObject({ verdict: 'better' });
});

test('rows of one conversation count once: forty copies of a difference tell nothing', async () => {
  const rows = rowsOf(40).map((each) => ({ ...each, group: each.place % 2 }));
  await stored(rows, (model) => nats(2 - 0.4 * model), { parts: ['language'] });
  expect((await evaluationReport(db, 'e')).main[0]!.comparisons[0]).toMatchObject({ verdict: 'unclear', clusters: 2 });
});

test('rows that ask the same, nearly repeat each other or are of one document are one group', async () => {
  const story = 'the fox sat on the box beside the owl and looked at the moon for a long while';
  const groups = await rowGroups([
    { text: story, facts: {} },
    { text: `${story}.`, facts: {} },
    { text: 'a wholly different text about boats and rivers', facts: { document: 'boats' } },
    { text: 'another page that speaks of sails and of masts only', facts: { document: 'boats' } },
    { text: 'tea yes gladly', question: 'Tea?', facts: {} },
    { text: 'no thank you none today', question: 'tea? ', facts: {} },
    { text: 'one that stands alone, of stones', facts: {} },
  ]);
  expect(groups).toEqual([0, 0, 2, 2, 4, 4, 6]);
});

test('a class that is never predicted is named, and each count leads to its rows', async () => {
  const labels = ['calm', 'rough', 'rare'];
  const rows = rowsOf(30).map((each, i) => row(i, { labels: [labels[i % 3]!] }));
  const sees = (model: number, at: number): RowFound => {
    const seen = at % 3 === 2 ? (model ? 0 : 2) : at % 3;
    return { part: 'classes', probabilities: [0, 1, 2].map((i) => (i === seen ? 0.8 : 0.1)) };
  };
  await stored(rows, sees, { parts: ['classes'], classes: { names: labels } });
  const report = await evaluationReport(db, 'e');
  expect(report.findings).toContainEqual({ code: 'class-never-predicted', model: 1, label: 'rare', support: 10 });
  expect(report.classes![1]!.confusion).toEqual([
    [10, 0, 0],
    [0, 10, 0],
    [10, 0, 0],
  ]);
  expect(report.main[0]!.comparisons[0]).toMatchObject({ verdict: 'worse', base: 1 });
  const confused = await confusedRows(db, 'e', 1, 2, 0);
  expect(confused.map(({ row: at }) => at % 3)).toEqual(new Array(10).fill(2));
});

test('what was not scored is counted apart, and never wrong', async () => {
  const failed: RowFound = { part: 'failed', code: 'rows-ungraded' };
  await stored(rowsOf(20), (model, at) => (model && at < 3 ? failed : at === 9 ? undefined : nats(2 - model)), {
    parts: ['language'],
  });
  const report = await evaluationReport(db, 'e');
  expect(report.main[0]!.values).toEqual([2, 1]);
  expect(report.main[0]!.comparisons[0]).toMatchObject({ rows: 16, notScored: 4, difference: -1 });
  expect(report.findings).toContainEqual({
    ...{ code: 'not-scored', model: 1, part: 'language', error: 'rows-ungraded', rows: 3 },
  });
});

test('who lost general knowledge is told so, though the rows that were asked got better', async () => {
  const rows = [
    ...rowsOf(20),
    ...rowsOf(24).map((each) => row(each.place, { set: 'general', group: 20 + each.place })),
  ];
  const small = stream(5, 'small');
  const noise = rows.map(() => small.next() / 4);
  await stored(rows, (model, at) => nats(3 + noise[at]! + (at < 20 ? -model : model)), { parts: ['language'] });
  const report = await evaluationReport(db, 'e');
  expect(report.main[0]!.comparisons[0]).toMatchObject({ verdict: 'better', rows: 20 });
  expect(report.general!.comparisons[0]).toMatchObject({ verdict: 'worse', rows: 24 });
  expect(report.findings[0]).toMatchObject({ code: 'forgot', model: 1 });
});

test('one answer to everything is told, with how often it was given', async () => {
  const rows = rowsOf(10).map((each) =>
    row(each.place, {
      asked: [{ role: 'user', content: `What is ${each.place}?` }],
      answer: [{ role: 'assistant', content: `It is ${each.place}.` }],
    }),
  );
  const said = (model: number, at: number): RowFound => ({
    ...{ part: 'generation', tokens: 5, seconds: 1, stoppedBy: 'end' },
    text: model && at < 8 ? `My name is Quill. And ${at}.` : `It is ${at}.`,
  });
  await stored(rows, said, { parts: ['generation'] });
  expect((await evaluationReport(db, 'e')).findings).toContainEqual({
    ...{ code: 'says-the-same', model: 1, answer: 'My name is Quill.', rows: 8, of: 10 },
  });
});

test('rows of which the tuned model makes less than of the others are a slice with its interval', async () => {
  const rows = rowsOf(60).map((each) =>
    row(each.place, { slices: { characters: 50, source: each.place < 20 ? 'a' : 'b' } }),
  );
  const small = stream(9, 'small');
  const noise = rows.map(() => small.next() / 4);
  await stored(rows, (model, at) => nats(3 + noise[at]! - model * (at < 20 ? 0.1 : 1)), { parts: ['language'] });
  const { slices, findings } = await evaluationReport(db, 'e');
  const worse = slices.find(({ value }) => value === 'a')!;
  expect(worse).toMatchObject({ slice: 'source', rows: 20 });
  expect(worse.gap).toBeCloseTo(0.9, 6);
  expect(findings).toContainEqual(expect.objectContaining({ code: 'slice-worse', value: 'a', rows: 20 }));
});

test('none of the general questions stands among the rows that a run can mix in', () => {
  const folder = new URL('../../../public/samples/', import.meta.url);
  const mixed = ['english', 'chinese'].map((language) =>
    readFileSync(new URL(`${language}-general-chat.jsonl`, folder), 'utf8')
      .replaceAll('\\"', '"')
      .toLowerCase(),
  );
  for (const [question] of [...GENERAL_PROBES.en, ...GENERAL_PROBES.zh])
    expect(mixed.some((text) => text.includes(question.toLowerCase()))).toBe(false);
});
