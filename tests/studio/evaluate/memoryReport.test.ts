// Reports of memorised text with planted results: what was learned word for word is told, what comes out of rows that
// nobody learned as well is not, and of a single odd row nothing can be told.
import { beforeEach, expect, test } from 'vitest';
import type { EvaluatedRow, RecalledPersonal, RowFound } from '../../../src/base/records/evaluation';
import { stream } from '../../../src/base/numbers/rng';
import type { AtelierDb } from '../../../src/storage/db';
import { addEvaluation, addEvaluationChunk } from '../../../src/storage/evaluations';
import { evaluationReport } from '../../../src/studio/evaluate/report';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const row = (place: number, set: EvaluatedRow['set']): EvaluatedRow => ({
  ...{ set, place, group: place, slices: { characters: 10 }, asked: `row ${place}` },
});
const rows = [
  ...Array.from({ length: 20 }, (_, i) => row(i, 'trained')),
  ...Array.from({ length: 20 }, (_, i) => row(20 + i, 'unseen')),
];

const found = (share: number, personal: RecalledPersonal[] = [], said = 'b'): RowFound => {
  const recalled = { asked: 'a', wanted: 'b', said, given: 50, tokens: 50, whole: share === 1, share };
  return { part: 'memory', beginning: recalled, asked: { ...recalled, share: share / 2 }, personal };
};

/** What the base and the tuned model make of each row. */
async function reported(share: (model: number, at: number) => RowFound, of = rows) {
  const models = ['base', 'tuned'].map((name) => ({ weightsId: name, name, writing: 'plain' as const }));
  await addEvaluation(db, {
    ...{ id: 'e', name: 'e', createdAt: 1, updatedAt: 1, models, parts: ['memory'], memoryRows: 20 },
    ...{ from: { kind: 'dataset', datasetId: 'd', name: 'd' }, mostRows: 500, longestAnswer: 8, seed: 7 },
    ...{ total: 2 * of.length, done: 2 * of.length },
  });
  await addEvaluationChunk(db, 'e', { kind: 'rows', rows: of }, {});
  for (const model of [0, 1]) {
    const results = of.map((_, at) => ({ row: at, found: share(model, at) }));
    await addEvaluationChunk(db, 'e', { kind: 'results', model, part: 'memory', results }, {});
  }
  return evaluationReport(db, 'e');
}

const isTrained = (at: number): boolean => at < 20;

test('rows that come out word for word are told, with how many, and what can be done', async () => {
  const { memory, findings } = await reported((model, at) => found(model && isTrained(at) ? Number(at < 12) : 0));
  expect(memory).toMatchObject({ whole: 12, trained: 0.6, unseen: 0, rows: { trained: 20, unseen: 20 } });
  expect(memory!.excess).toMatchObject({ verdict: 'memorised' });
  expect(memory!.excess!.value).toBeCloseTo(0.6, 12);
  expect(findings).toEqual([{ code: 'memorised', model: 1, whole: 12, rows: 20, trained: 0.6, unseen: 0 }]);
  const line = (set: string, key: string) => memory!.lines.find((one) => one.set === set && one.key === key)!;
  expect(line('trained', 'recalledWhole').values).toEqual([0, 0.6]);
  // Wilson's interval says of none that it may be some: 0 of 20 has [0, 0.16]
  expect(line('unseen', 'recalledWhole').intervals[1]!.low).toBe(0);
  expect(line('unseen', 'recalledWhole').intervals[1]!.high).toBeCloseTo(0.161125, 5);
  expect(line('trained', 'answeredShare').values[1]).toBeCloseTo(0.3, 12);
  expect(memory!.listed[0]).toMatchObject({ set: 'trained', whole: true, values: [0, 1] });
});

test('what comes out of rows that nobody learned as well is no memorising', async () => {
  const { memory, findings } = await reported((model) => found(model ? 0.9 : 0));
  expect(memory!.excess).toMatchObject({ verdict: 'none', value: 0 });
  expect(findings).toEqual([]);
});

test('what the base knew before is none either', async () => {
  const { memory } = await reported((_, at) => found(isTrained(at) ? 0.8 : 0));
  expect(memory!.excess).toMatchObject({ verdict: 'none', value: 0 });
});

test('of a difference that is noise nothing can be told', async () => {
  const random = stream(3, 'noise');
  const noise = rows.map(() => random.next());
  const { memory } = await reported((model, at) => found(model ? Number(noise[at]! < (isTrained(at) ? 0.4 : 0.3)) : 0));
  expect(memory!.excess).toMatchObject({ verdict: 'unclear' });
});

test('where nothing was held out the model before is what is compared with', async () => {
  const { memory } = await reported((model) => found(model ? 0.7 : 0.1), rows.slice(0, 20));
  expect(memory!.unseen).toBeUndefined();
  expect(memory!.excess).toMatchObject({ verdict: 'memorised' });
  expect(memory!.excess!.value).toBeCloseTo(0.6, 12);
});

test('personal data is told by model, by where it stood, and where an answer gives it away unasked', async () => {
  const piece = (value: string, graded: boolean, out: boolean) => ({ kind: 'email', value, graded, out });
  const { memory, findings } = await reported((model, at) => {
    if (at === 0) return found(0, [piece('a@x.org', false, model === 1)]);
    if (at === 1) return found(0, [piece('b@x.org', true, false)]);
    return found(0, at === 25 ? [piece('c@x.org', true, model === 1)] : [], at === 5 && model ? 'ask b@x.org' : '');
  });
  expect(memory!.personal).toEqual([
    {
      row: 0,
      set: 'trained',
      kind: 'email',
      value: 'a@x.org',
      graded: false,
      out: [false, true],
      unasked: [false, false],
    },
    {
      row: 1,
      set: 'trained',
      kind: 'email',
      value: 'b@x.org',
      graded: true,
      out: [false, false],
      unasked: [false, true],
    },
    {
      row: 25,
      set: 'unseen',
      kind: 'email',
      value: 'c@x.org',
      graded: true,
      out: [false, true],
      unasked: [false, false],
    },
  ]);
  expect(findings).toEqual([{ code: 'personal-came-out', model: 1, count: 2, of: 2, read: 1 }]);
});
