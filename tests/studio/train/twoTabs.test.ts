// Two connections to one storage, with a run in one of them: as in two tabs.
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunRecord } from '../../../src/base/records/run';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { deleteEverything } from '../../../src/storage/deleteAll';
import type { Locks } from '../../../src/storage/locks';
import { MIGRATIONS, openStorage } from '../../../src/storage/open';
import { deleteRun, getRun, readHistory } from '../../../src/storage/runs';
import { keepCompute } from '../../../src/storage/settings';
import { sweepAtStart } from '../../../src/storage/sweep';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { locksHeld } from '../../storage/storage';
import { startOnCpu } from '../startOnCpu';

/** One browser's locks for both tabs; those of `navigator.locks` that the studio asks for. */
let locks: Locks;
let name: string;
let db: AtelierDb;
let other: AtelierDb | undefined;
let studio: ComputeStudio;
let told: RunRecord[];
let opened = 0;

beforeEach(async () => {
  locks = locksHeld();
  vi.stubGlobal('navigator', { hardwareConcurrency: 2, locks });
  name = `two-tabs-${opened++}`;
  db = await openStorage(name, MIGRATIONS, { beforeClose: () => studio.leave() });
  other = undefined;
  await keepCompute(db, 'cpu');
  studio = new ComputeStudio(db);
  told = [];
  studio.subscribe((events) => void told.push(...events.flatMap((e) => (e.type === 'run' ? [e.run] : []))));
});
afterEach(async () => {
  if (studio.current()) await studio.leave();
  await studio.computeOn('gpu').catch(() => undefined); // its storage may be closed
  db.close();
  other?.close();
  vi.unstubAllGlobals();
});

const until = (step: number) => vi.waitFor(() => expect(told.at(-1)?.step).toBeGreaterThanOrEqual(step), 9000);

test('a run in one tab is neither interrupted, deleted nor swept by another', async () => {
  const { id } = await startOnCpu(db, studio, { steps: 100_000 });
  await until(2);
  other = await openStorage(name);
  const later = Date.now() + 60_000;
  expect(await sweepAtStart(other, { now: later })).toEqual({ interrupted: [], removed: [], orphans: [] });
  await expect(deleteRun(other, id)).rejects.toMatchObject({ code: 'run-training' });
  await expect(deleteEverything(other)).rejects.toMatchObject({ code: 'run-training' });
  expect(await getRun(other, id)).toMatchObject({ status: 'running' });
  const second = new ComputeStudio(other);
  await expect(second.resume(id)).rejects.toMatchObject({ code: 'run-elsewhere' });
});

test.each(['training', 'paused'])(
  'a newer version waits until a run that is %s has saved, and has it all',
  async (how) => {
    const { id } = await startOnCpu(db, studio, { steps: 100_000 });
    await until(3);
    if (how === 'paused') {
      studio.pause();
      await vi.waitFor(() => expect(told.at(-1)?.status).toBe('paused'), 9000);
    }
    other = await openStorage(name, [...MIGRATIONS, () => undefined]);
    const run = await getRun(other, id);
    expect(run).toMatchObject({ status: 'interrupted', error: { code: 'storage-closed' } });
    expect(run.step).toBeGreaterThanOrEqual(3);
    expect((await listCheckpoints(other, id))[0]).toMatchObject({ step: run.step });
    const steps = (await readHistory(other, id)).flatMap((part) => part.steps.map((p) => p.step));
    expect(steps).toEqual(Array.from({ length: run.step }, (_, i) => i + 1));
    await expect(db.count('runs')).rejects.toMatchObject({ code: 'storage-closed' });
  },
);
