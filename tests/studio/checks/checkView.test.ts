import { beforeEach, expect, test } from 'vitest';
import type { PromptCheck, CheckedModel, CheckSetRecord } from '../../../src/base/records/checks';
import type { BlindAnswer } from '../../../src/base/records/judging';
import type { AtelierDb } from '../../../src/storage/db';
import {
  deleteCheckSet,
  dropCheckRun,
  getCheckSet,
  keepCheckAnswer,
  listCheckSets,
  restoreCheckRun,
  restoreCheckSet,
} from '../../../src/storage/checks';
import { sweepAtStart } from '../../../src/storage/sweep';
import { beginChecks, storeCheckSet } from '../../../src/studio/checks/beginChecks';
import { checkFile, openCheckFile } from '../../../src/studio/checks/checkFiles';
import { checkSetView, nextCheck } from '../../../src/studio/checks/checkView';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const check = (id: string, value = 'yes'): PromptCheck => ({
  ...{ id, name: `check ${id}`, asked: [{ role: 'user', content: id }], expects: [{ type: 'contains', value }] },
});
const set = (checks: PromptCheck[]): CheckSetRecord => ({
  ...{ id: 's', name: 'mine', createdAt: 1, updatedAt: 1, checks, maxTokens: 20, watches: false },
});
const model = (weightsId: string): CheckedModel => ({ name: weightsId, weightsId });
const says = (text: string): BlindAnswer => ({ text, tokens: 1 });
const failed: BlindAnswer = { text: '', tokens: 0, error: { code: 'chat-too-long', facts: {} } };

async function answered(models: CheckedModel[], answers: Record<string, BlindAnswer>): Promise<number> {
  const n = await beginChecks(db, 's', models);
  for (let next = await nextCheck(db, 's', n); next; next = await nextCheck(db, 's', n))
    await keepCheckAnswer(db, ['s', n], next.place, answers[`${next.model.name} ${next.check.id}`] ?? says('yes'));
  return n;
}

test('what fails now and passed before comes first; what could not be asked is not scored', async () => {
  await storeCheckSet(db, set(['a', 'b', 'c', 'd'].map((id) => check(id))));
  await answered([model('one')], { 'one b': says('no'), 'one d': failed });
  await answered([model('base'), model('two')], { 'two c': says('no'), 'two a': failed, 'base a': says('no') });
  const { runs, lines, against } = await checkSetView(db, { id: 's' });
  expect(runs.map(({ n, counts }) => [n, counts.pass, counts.fail, counts.unscored])).toEqual([
    [1, 2, 1, 1],
    [0, 2, 1, 1],
  ]);
  expect(runs[0]!.baseCounts).toMatchObject({ pass: 3, fail: 1 });
  expect(against?.n).toBe(0);
  expect(lines.map(({ check: { id }, change, model: { outcome } }) => [id, change, outcome])).toEqual([
    ['c', 'newly-failing', 'fail'],
    ['b', 'newly-passing', 'pass'],
    ['a', 'same', 'unscored'],
    ['d', 'new', 'pass'],
  ]);
  expect(lines[0]!.history.map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
  expect(lines[2]!.base?.outcome).toBe('fail');
});

test('a mended expectation counts for earlier answers too, and another prompt is another check', async () => {
  await storeCheckSet(db, set([check('a', 'maybe')]));
  await answered([model('one')], {});
  expect((await checkSetView(db, { id: 's' })).lines[0]!.model.outcome).toBe('fail');
  await storeCheckSet(db, set([check('a', 'yes'), check('b')]));
  const { lines } = await checkSetView(db, { id: 's' });
  expect(lines.map(({ model: { outcome } }) => outcome)).toEqual(['pass', 'unasked']);
  await expect(storeCheckSet(db, set([check('a', '')]))).rejects.toMatchObject({ code: 'check-expectation' });
});

test('what the same weights wrote before is taken over, what failed is asked again', async () => {
  await storeCheckSet(db, set([check('a'), check('b')]));
  await answered([model('base'), model('one')], { 'base b': failed });
  const n = await beginChecks(db, 's', [model('base'), model('two')]);
  const next = await nextCheck(db, 's', n);
  expect([next?.check.id, next?.model.name, next?.done, next?.total]).toEqual(['a', 'two', 1, 4]);
  await keepCheckAnswer(db, ['s', n], next!.place, says('yes'));
  expect((await nextCheck(db, 's', n))?.model.name).toBe('base');
  expect(await nextCheck(db, 's', await beginChecks(db, 's', [model('one')], true))).toMatchObject({ done: 0 });
});

test('a thought is not part of what an answer says', async () => {
  await storeCheckSet(db, set([{ ...check('a'), expects: [{ type: 'equals', value: 'yes' }] }]));
  await answered([model('one')], { 'one a': says('<think>no, or</think>\n yes \n') });
  expect((await checkSetView(db, { id: 's' })).lines[0]!.model).toMatchObject({ outcome: 'pass', said: 'yes' });
});

test('a set goes with its answers, and each comes back by undo', async () => {
  await storeCheckSet(db, set([check('a')]));
  const n = await answered([model('one')], {});
  const dropped = await dropCheckRun(db, 's', n);
  expect((await checkSetView(db, { id: 's' })).runs).toEqual([]);
  await restoreCheckRun(db, dropped);
  expect((await checkSetView(db, { id: 's' })).runs).toHaveLength(1);
  await deleteCheckSet(db, 's');
  expect(await listCheckSets(db)).toEqual([]);
  await expect(beginChecks(db, 's', [model('one')])).rejects.toMatchObject({ code: 'check-set-missing' });
  await restoreCheckSet(db, 's');
  await deleteCheckSet(db, 's');
  expect((await sweepAtStart(db, { now: Date.now() + 60_000 })).removed).toEqual(['s']);
  expect(await db.count('checkRuns')).toBe(0);
});

test('a set as a file, without what carries on a text, opens as a new set or into one', async () => {
  const { asked: _asked, ...rest } = check('t');
  await storeCheckSet(db, set([check('a'), { ...rest, asked: [], beginning: 'Once' }]));
  const { blob, fileName, leftOut } = await checkFile(db, 's', 'mine:latest');
  expect(leftOut).toBe(1);
  const opened = await openCheckFile(db, blob, fileName);
  expect(opened).toMatchObject({ added: 1, unknown: [], leftOut: 0 });
  const { name, checks } = await getCheckSet(db, opened.id);
  expect([name, checks]).toEqual(['mine', [{ ...check('a'), id: checks[0]!.id }]]);
  const csv = new Blob(['prompt,__expected\nHi,regex: (a+)+\nB,equals: b\n']);
  expect(await openCheckFile(db, csv, 'x.csv', 's')).toMatchObject({ id: 's', added: 2, unknown: ['regex'] });
  expect((await getCheckSet(db, 's')).checks).toHaveLength(4);
});

test('an empty set cannot be asked', async () => {
  await storeCheckSet(db, set([]));
  await expect(beginChecks(db, 's', [model('one')])).rejects.toMatchObject({ code: 'check-set-empty' });
});
