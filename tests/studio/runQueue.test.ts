// The queue of runs over a world that only notes what it was asked to start: order, failures, what a crash leaves.
import { beforeEach, expect, test, vi } from 'vitest';
import { AtelierError } from '../../src/base/errors/errors';
import type { Id } from '../../src/base/records/named';
import type { RunRecord } from '../../src/base/records/run';
import { defaultSettings } from '../../src/base/settings/trainSettings';
import type { QueuedRun } from '../../src/base/wire/queue';
import { runLock } from '../../src/base/wire/tabs';
import type { AtelierDb } from '../../src/storage/db';
import type { Locks } from '../../src/storage/locks';
import { addToQueue, moveInQueue, queueAgain, readQueue, switchQueue, takeFromQueue } from '../../src/storage/queue';
import { addRun } from '../../src/storage/runs';
import { RunQueue } from '../../src/studio/runQueue';
import { freshStorage, lockQueue, MODEL, runOf } from '../storage/storage';

let db: AtelierDb;
let did: string[];
/** What becomes of a run, by its name; without one it finishes. */
let becomes: Record<string, Partial<RunRecord> | AtelierError>;
let begun: (name: string) => Promise<void>;

beforeEach(async () => {
  db = await freshStorage();
  did = [];
  becomes = {};
  begun = () => Promise.resolve();
});

const queued = (name: string): QueuedRun => ({
  ...{ name, modelName: 'm', dataName: 'd' },
  request: {
    ...{ name, preparedId: 'p', tokenizerId: 't', settings: defaultSettings() },
    start: { kind: 'scratch', model: MODEL },
  },
});

async function goesThrough(what: string, id: Id, name: string): Promise<RunRecord> {
  did.push(`${what} ${name}`);
  const end = becomes[name] ?? {};
  if (end instanceof AtelierError) throw end;
  await begun(name);
  const run = runOf(id, { name, status: 'finished', ...end });
  await addRun(db, run);
  return run;
}

const queueOn = (locks: Locks = lockQueue(), free = (): Promise<void> => Promise.resolve()): RunQueue =>
  new RunQueue({
    ...{ db, locks, free },
    tell: (error) => void did.push(error.code),
    start: (id, { name }) => goesThrough('start', id, name),
    resume: async (id) => goesThrough('resume', id, (await db.get('runs', id))?.name ?? ''),
  });

const on = (): Promise<void> => switchQueue(db, { on: true });
const states = async (): Promise<string[]> =>
  (await readQueue(db)).entries.map(({ name, state, error }) => [name, state, error?.code ?? ''].join(' ').trim());

test('nothing starts until it is switched on; then all in their order', async () => {
  const [, b] = await addToQueue(db, [queued('a'), queued('b'), queued('c')]);
  const queue = queueOn();
  await queue.goOn();
  expect(did).toEqual([]);
  await moveInQueue(db, b!.id, -1);
  await on();
  await queue.goOn();
  expect(did).toEqual(['start b', 'start a', 'start c']);
  expect(await states()).toEqual(['b ended', 'a ended', 'c ended']);
});

test('an entry that cannot start, or whose run fails, is marked and the next one starts', async () => {
  await addToQueue(db, [queued('gone'), queued('diverged'), queued('good')]);
  becomes['gone'] = new AtelierError('prepared-missing');
  becomes['diverged'] = { status: 'failed', error: { code: 'loss-not-finite', facts: {} } };
  await on();
  await queueOn().goOn();
  expect(did).toEqual(['start gone', 'start diverged', 'start good']);
  expect(await states()).toEqual(['gone failed prepared-missing', 'diverged failed loss-not-finite', 'good ended']);

  const { entries } = await readQueue(db);
  becomes = {};
  await queueAgain(db, entries[1]!.id);
  await queueOn().goOn();
  expect(did.at(-1)).toBe('start diverged');
  expect(await states()).toEqual(['gone failed prepared-missing', 'good ended', 'diverged ended']);
  expect((await readQueue(db)).entries.map(({ id }) => id)).not.toContain(entries[1]!.id);
});

test('what the machine lacks holds the queue, and no entry is spent on it', async () => {
  await addToQueue(db, [queued('a'), queued('b')]);
  becomes['a'] = new AtelierError('webgpu-needed');
  await on();
  await queueOn().goOn();
  expect(did).toEqual(['start a']);
  expect(await states()).toEqual(['a waiting', 'b waiting']);
  expect(await readQueue(db)).toMatchObject({ on: false, held: { code: 'webgpu-needed' } });
});

test('after a crash the run that was cut is resumed first; one that a person stopped is not', async () => {
  const [cut, , waits] = await addToQueue(db, [queued('cut'), queued('unbegun'), queued('waits')]);
  await db.put('queue', { ...cut!, state: 'running' });
  await addRun(db, runOf(cut!.id, { name: 'cut', status: 'interrupted' }));
  const unbegun = (await readQueue(db)).entries[1]!;
  await db.put('queue', { ...unbegun, state: 'running' }); // it crashed before its record was there
  await on();
  await queueOn().goOn();
  expect(did).toEqual(['resume cut', 'start unbegun', 'start waits']);

  await db.put('queue', { ...waits!, state: 'running' });
  await addRun(db, runOf(waits!.id, { name: 'waits', status: 'stopped' }));
  await queueOn().goOn();
  expect(did).toHaveLength(3);
  expect(await states()).toEqual(['cut ended', 'unbegun ended', 'waits ended']);
});

test('a run started by hand stands in the queue while that is on, and the next one waits for its end', async () => {
  let end!: () => void;
  let busy: Promise<void> = new Promise((done) => (end = done));
  const queue = queueOn(lockQueue(), () => busy);
  const byHand = runOf('by hand', { name: 'by hand' });
  await queue.holding(Promise.resolve(byHand));
  expect(await states()).toEqual([]); // it is off
  await on();
  await addRun(db, byHand);
  await queue.holding(Promise.resolve(byHand));
  await addToQueue(db, [queued('next')]);
  const done = queue.goOn();
  expect(await states()).toEqual(['by hand running', 'next waiting']);
  await addRun(db, runOf('by hand', { name: 'by hand', status: 'finished' }));
  end();
  busy = Promise.resolve();
  await done;
  expect(await states()).toEqual(['by hand ended', 'next ended']);
});

test('one tab drives; a second one waits, and takes over what it left', async () => {
  const locks = lockQueue();
  await addToQueue(db, [queued('a'), queued('b')]);
  await on();
  let close!: () => void;
  const closed = new Promise<void>((done) => (close = done));
  begun = (name) => (name === 'a' ? closed : Promise.resolve());
  const [first, second] = [queueOn(locks), queueOn(locks)];
  const done = Promise.all([first.goOn(), second.goOn()]);
  await expect.poll(() => did).toEqual(['start a']);
  first.leave(); // its storage closes for a newer version
  close();
  await done;
  expect(did).toEqual(['start a', 'start b']);
});

test('a run that another tab has under way is waited for', async () => {
  const free: (() => void)[] = [];
  const held = new Set([runLock('theirs')]);
  const locks: Locks = {
    request: async (name, _options, work) => {
      if (held.has(name)) await new Promise<void>((done) => free.push(done));
      return work({ name });
    },
    query: () => Promise.resolve({ held: [...held].map((name) => ({ name })) }),
  };
  await addRun(db, runOf('theirs', { name: 'theirs' }));
  await addToQueue(db, [queued('mine')]);
  await on();
  const done = queueOn(locks).goOn();
  await expect.poll(() => free.length).toBe(1);
  expect(await states()).toEqual(['mine waiting', 'theirs running']);
  await addRun(db, runOf('theirs', { name: 'theirs', status: 'finished' }));
  held.clear();
  free[0]!();
  await done;
  expect(did).toEqual(['start mine']);
});

test('what is added while the last one runs starts too; what was taken out does not', async () => {
  const [, out] = await addToQueue(db, [queued('a'), queued('out')]);
  await on();
  begun = async (name) => {
    if (name !== 'a') return;
    await takeFromQueue(db, [out!.id]);
    await addToQueue(db, [queued('late')]);
  };
  await queueOn().goOn();
  expect(did).toEqual(['start a', 'start late']);
});

test('a run that is sent back ends and begins again before the next one starts', async () => {
  await addToQueue(db, [queued('sent back'), queued('next')]);
  await on();
  let [end, goBack] = [(): void => undefined, (_run: RunRecord): void => undefined];
  const ends = new Promise<void>((resolve) => (end = resolve));
  const back = new Promise<RunRecord>((resolve) => (goBack = resolve));
  begun = (name) => (name === 'sent back' ? ends : Promise.resolve());
  const queue = queueOn();
  const going = queue.goOn();
  await vi.waitFor(() => expect(did).toEqual(['start sent back']));
  const held = queue.holding(back);
  end();
  await vi.waitFor(async () => expect(await states()).toEqual(['sent back ended', 'next waiting']));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
  expect(did).toEqual(['start sent back']);
  const [run] = await db.getAll('runs');
  goBack(run!);
  await held;
  await going;
  await queue.goOn();
  expect(did).toEqual(['start sent back', 'start next']);
});
