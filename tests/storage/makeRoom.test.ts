import { beforeEach, expect, test, vi } from 'vitest';
import { AtelierError } from '../../src/base/errors/errors';
import { listCheckpoints, saveCheckpoint } from '../../src/storage/checkpoints';
import { deleteDataset, writeDataset } from '../../src/storage/datasets';
import type { AtelierDb } from '../../src/storage/db';
import { makeRoom, withRoom } from '../../src/storage/makeRoom';
import { addRun } from '../../src/storage/runs';
import { damage, describedDataset, draftOf, freshStorage, locksHeld, runOf, sourcesOf } from './storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));
const LATER = () => Date.now() + 11_000;

const text = () =>
  writeDataset(db, async (sink) => {
    await sink.add('a row');
    return describedDataset('text');
  });
const save = (step: number, reason: 'autosave' | 'manual' = 'autosave') =>
  saveCheckpoint(db, draftOf('r', step, { reason, trainLoss: 1 }), sourcesOf(step), { run: {} });
const steps = async () => (await listCheckpoints(db, 'r')).map(({ step }) => step);
const full = () => new AtelierError('storage-full', { needed: 1, used: 2 });

test('what was deleted goes once its undo is past, and a text that stays does', async () => {
  const [gone, stays] = [await text(), await text()];
  await deleteDataset(db, gone.id);
  expect(await makeRoom(db)).toEqual([]);
  expect(await makeRoom(db, { now: LATER() })).toEqual([gone.id]);
  expect([await db.getAllKeys('datasets'), await db.count('rowChunks')]).toEqual([[stays.id], 1]);
});

test('one automatic save stays, with those by hand; none goes while the latest is damaged or one is read', async () => {
  await addRun(db, runOf('r'));
  await save(1, 'manual');
  const [before, latest] = [await save(2), await save(3)];
  expect(await makeRoom(db, { locks: locksHeld(`reading:${before.id}`) })).toEqual([]);
  await damage(db, latest.id, 0);
  expect(await makeRoom(db)).toEqual([]);
  await damage(db, latest.id, 0); // the same bit again
  expect(await makeRoom(db)).toEqual([before.id]);
  expect(await steps()).toEqual([3, 1]);
});

test('work that finds the storage full is done again where room was made, and only there', async () => {
  const gone = await text();
  await deleteDataset(db, gone.id);
  const work = vi.fn<() => Promise<string>>().mockRejectedValueOnce(full()).mockResolvedValueOnce('done');
  expect(await withRoom(db, work, { now: LATER() })).toBe('done');
  const never = vi.fn(() => Promise.reject(full()));
  await expect(withRoom(db, never, { now: LATER() })).rejects.toMatchObject({ code: 'storage-full' });
  const other = vi.fn(() => Promise.reject(new AtelierError('run-missing')));
  await expect(withRoom(db, other)).rejects.toMatchObject({ code: 'run-missing' });
  expect([work, never, other].map(({ mock }) => mock.calls.length)).toEqual([2, 1, 1]);
});
