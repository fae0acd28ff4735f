// The queue with real runs on the CPU: it is cut in the middle of one, goes on where it stood to the same bits, and past
// an entry whose tokens are gone.
import 'fake-indexeddb/auto';
import { afterEach, expect, test, vi } from 'vitest';
import type { RunRecord } from '../../src/base/records/run';
import type { QueuedRun } from '../../src/base/wire/queue';
import { listCheckpoints } from '../../src/storage/checkpoints';
import type { AtelierDb } from '../../src/storage/db';
import { addToQueue, readQueue, switchQueue } from '../../src/storage/queue';
import { dropUnnamed } from '../../src/storage/preparedUpkeep';
import { keepCompute } from '../../src/storage/settings';
import { ComputeStudio } from '../../src/studio/computeStudio';
import { freshStorage, lockQueue } from '../storage/storage';
import { requestOnCpu } from './startOnCpu';

afterEach(() => vi.unstubAllGlobals());

const PATIENCE = { timeout: 20_000, interval: 5 };

function watched(db: AtelierDb): { studio: ComputeStudio; told: RunRecord[] } {
  const studio = new ComputeStudio(db);
  const told: RunRecord[] = [];
  studio.subscribe((events) => void told.push(...events.flatMap((e) => (e.type === 'run' ? [e.run] : []))));
  return { studio, told };
}

const weightsOf = async (db: AtelierDb, { id }: { id: string }): Promise<string | undefined> =>
  (await listCheckpoints(db, id))[0]?.weightsSha256;

test('it goes on after a reload to the same bits, past what fails, and by hand started runs stand in it', async () => {
  vi.stubGlobal('navigator', { hardwareConcurrency: 2, locks: lockQueue() });
  const db = await freshStorage();
  await keepCompute(db, 'cpu');
  const request = await requestOnCpu(db, { steps: 100, saveEverySteps: 20 });
  const named = (name: string, patch: Partial<QueuedRun['request']> = {}): QueuedRun => ({
    ...{ name, modelName: 'm', dataName: 'd' },
    request: { ...request, name, ...patch },
  });
  const [cut, , last] = await addToQueue(db, [
    named('cut'),
    named('gone', { preparedId: 'gone' }),
    named('last', { settings: { ...request.settings, steps: 3 } }),
  ]);
  expect(await dropUnnamed(db, Infinity)).toEqual([]); // the queue names its tokens

  const before = watched(db);
  await switchQueue(db, { on: true });
  before.studio.goOnWithQueue();
  await expect.poll(() => before.told.at(-1)?.step, PATIENCE).toBeGreaterThan(2);
  await before.studio.leave();
  expect(before.told.at(-1)).toMatchObject({ id: cut!.id, status: 'interrupted' });
  expect(before.told.at(-1)!.step).toBeLessThan(100);

  const after = watched(db);
  after.studio.goOnWithQueue();
  const finished = (name: string) => after.told.find((run) => run.name === name && run.status === 'finished');
  await expect.poll(() => finished('last'), PATIENCE).toBeDefined();
  await expect.poll(async () => (await readQueue(db)).entries.at(-1)?.state, PATIENCE).toBe('ended');
  expect((await readQueue(db)).entries).toMatchObject([
    { name: 'cut', state: 'ended' },
    { name: 'gone', state: 'failed', error: { code: 'prepared-missing' } },
    { name: 'last', id: last!.id, state: 'ended' },
  ]);

  const whole = await after.studio.start({ ...request, name: 'whole' });
  expect((await readQueue(db)).entries.at(-1)).toMatchObject({ name: 'whole', state: 'running' });
  await expect.poll(() => finished('whole'), PATIENCE).toBeDefined();
  expect(await weightsOf(db, cut!)).toBe(await weightsOf(db, whole));
  await expect.poll(async () => (await readQueue(db)).entries.at(-1)?.state, PATIENCE).toBe('ended');
  await after.studio.computeOn('gpu');
  db.close();
}, 60_000);
