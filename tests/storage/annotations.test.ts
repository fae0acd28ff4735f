// Of src/storage/runs.ts: what a person writes about a run.
import { expect, test } from 'vitest';
import { addRun, annotateRun, getRun, patchRun } from '../../src/storage/runs';
import { freshStorage, runOf } from './storage';

test('a note and tags are stored without blanks and repeats, and taken away again', async () => {
  const db = await freshStorage();
  await addRun(db, runOf('a'));
  await annotateRun(db, 'a', { note: ' tea \n', tags: [' best', '', 'best', 'x'.repeat(99)] });
  expect(await getRun(db, 'a')).toMatchObject({ note: 'tea', tags: ['best', 'x'.repeat(40)] });
  await annotateRun(db, 'a', { note: '', tags: [] });
  expect(await getRun(db, 'a')).toEqual(runOf('a'));
});

test('what the worker stores of a run leaves them', async () => {
  const db = await freshStorage();
  await addRun(db, runOf('a'));
  await annotateRun(db, 'a', { note: 'mine', tags: ['best'] });
  const workers = { ...runOf('a', { step: 7, note: 'old', tags: ['old'] }), deletedAt: 5 };
  await patchRun(db, 'a', workers);
  const stored = await getRun(db, 'a');
  expect(stored).toMatchObject({ step: 7, note: 'mine', tags: ['best'] });
  expect(stored).not.toHaveProperty('deletedAt');
});
