import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_SAMPLING as SAMPLING } from '../../src/base/chat';
import type { EvaluationChunk, EvaluationRecord } from '../../src/base/records/evaluation';
import type { AtelierDb } from '../../src/storage/db';
import {
  addEvaluation,
  addEvaluationChunk,
  deleteEvaluation,
  evaluationChunks,
  getEvaluation,
  listEvaluations,
  renameEvaluation,
  restoreEvaluation,
} from '../../src/storage/evaluations';
import { sweepAtStart } from '../../src/storage/sweep';
import { freshStorage } from './storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const LATER = 60_000;
const evaluation = (id: string): EvaluationRecord => ({
  ...{ id, name: `evaluation ${id}`, createdAt: 1, updatedAt: 1, models: [], parts: ['language'] },
  ...{ from: { kind: 'dataset', datasetId: 'd', name: 'd' }, mostRows: 8, longestAnswer: 8, seed: 1 },
  ...{ total: 8, done: 0 },
});
const sums = { nats: 2, tokens: 3, bytes: 4, words: 1, correct: 1, written: { characters: 1, bytes: 1 } };
const results = (row: number): EvaluationChunk => ({
  ...{ kind: 'results', model: 0, part: 'language' },
  results: [{ row, found: { part: 'language', ...sums } }],
});

test('chunks stand behind each other, and the record says how far it came', async () => {
  await addEvaluation(db, evaluation('a'));
  await addEvaluation(db, evaluation('b'));
  for (const row of [0, 1, 2]) await addEvaluationChunk(db, 'a', results(row), { done: row + 1 });
  await addEvaluationChunk(db, 'b', results(7), { done: 1 });
  expect(await evaluationChunks(db, 'a')).toEqual([0, 1, 2].map(results));
  expect(await getEvaluation(db, 'a')).toMatchObject({ done: 3, total: 8 });
});

test('a deleted evaluation takes no further chunk, comes back by undo, and goes with its chunks', async () => {
  await addEvaluation(db, evaluation('a'));
  await addEvaluationChunk(db, 'a', results(0), { done: 1 });
  await renameEvaluation(db, 'a', ' better? ');
  await deleteEvaluation(db, 'a');
  await expect(addEvaluationChunk(db, 'a', results(1), {})).rejects.toMatchObject({ code: 'evaluation-missing' });
  expect(await listEvaluations(db)).toEqual([]);
  await restoreEvaluation(db, 'a');
  expect((await listEvaluations(db)).map(({ name }) => name)).toEqual(['better?']);
  await deleteEvaluation(db, 'a');
  expect((await sweepAtStart(db, { now: Date.now() + LATER })).removed).toEqual(['a']);
  expect(await db.count('evaluationRows')).toBe(0);
  await expect(getEvaluation(db, 'a')).rejects.toMatchObject({ code: 'evaluation-missing' });
});

test('a sweep takes chunks that no record names, and judgements with their judging', async () => {
  await db.put('evaluationRows', results(0), ['gone', 0]);
  const judging = { ...evaluation('j'), candidates: [], prompts: [], sampling: SAMPLING, answers: [], deletedAt: 1 };
  await db.put('judgings', judging);
  const judged = { judgingId: 'j', n: 0, at: 1, judge: '', prompt: 0, left: 0, right: 1, choice: 'both' } as const;
  await db.put('judgements', judged, ['j', 0]);
  const swept = await sweepAtStart(db, { now: Date.now() + LATER });
  expect(swept).toMatchObject({ removed: ['j'], orphans: ['gone'] });
  expect([await db.count('evaluationRows'), await db.count('judgements'), await db.count('judgings')]).toEqual([
    0, 0, 0,
  ]);
});
