import { beforeEach, expect, test } from 'vitest';
import type { RunRecord } from '../../src/base/records/run';
import { deleteDataset, writeDataset } from '../../src/storage/datasets';
import type { AtelierDb } from '../../src/storage/db';
import { writePrepared } from '../../src/storage/prepared';
import { readersOf } from '../../src/storage/readers';
import { addRun, deleteRun } from '../../src/storage/runs';
import { describedDataset, freshStorage, locksHeld, runOf } from './storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const text = async () =>
  (
    await writeDataset(db, async (sink) => {
      await sink.add('a row');
      return describedDataset('text');
    })
  ).id;
const tokensOf = async (...datasetIds: string[]) =>
  (
    await writePrepared(db, 300, async (sink) => {
      await sink.add('train', [1]);
      return {
        ...{ datasetIds, tokenizerId: 't', seed: 1, validationShare: 0, sha256: '' },
        ...{ trainRows: 1, validationRows: 0, trainTokens: 1, validationTokens: 0, trainBytes: 1, validationBytes: 0 },
      };
    })
  ).id;

test('the readers of a text are the runs that need it to go on, with the one that is under way', async () => {
  const [read, other] = [await text(), await text()];
  const [both, otherAlone] = [await tokensOf(read, other), await tokensOf(other)];
  const statuses: RunRecord['status'][] = ['running', 'paused', 'interrupted', 'stopped', 'failed', 'finished'];
  for (const [i, status] of statuses.entries())
    await addRun(db, runOf(status, { status, preparedId: both, createdAt: i }));
  await addRun(db, runOf('other', { status: 'interrupted', preparedId: otherAlone }));
  await addRun(db, runOf('imported', { status: 'imported' }));
  await addRun(db, runOf('deleted', { status: 'interrupted', preparedId: both }));
  await deleteRun(db, 'deleted');
  const found = await readersOf(db, read, locksHeld('run:running'));
  expect(found.map(({ id }) => id)).toEqual(['failed', 'stopped', 'interrupted', 'paused', 'running']);
  expect(found.filter(({ underWay }) => underWay).map(({ id }) => id)).toEqual(['running']);
  await deleteDataset(db, read);
  expect(await readersOf(db, await text())).toEqual([]);
});
