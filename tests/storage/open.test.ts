import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { MIGRATIONS, openStorage } from '../../src/storage/open';
import { addRun, getRun } from '../../src/storage/runs';
import { runOf } from './storage';

/** What version 1 holds, frozen: a released migration is never edited. */
const VERSION_1 = {
  checkpointChunks: [null, false, []],
  checkpoints: ['id', false, [['byRun', ['runId', 'createdAt']]]],
  datasets: ['id', false, []],
  history: [null, true, [['byRun', ['runId', 'toStep']]]],
  prepared: ['id', false, []],
  rowChunks: [null, false, []],
  runs: ['id', false, []],
  settings: ['key', false, []],
  tokenChunks: [null, false, []],
  tokenizers: ['id', false, []],
};

test('a database of version 1 has its stores, keys and indexes', async () => {
  const db = await openStorage('shape', MIGRATIONS.slice(0, 1));
  const tx = db.transaction([...db.objectStoreNames]);
  const shape = [...db.objectStoreNames].map((name) => {
    const store = tx.objectStore(name);
    const indexes = [...store.indexNames].map((i) => [i, store.index(i).keyPath]);
    return [name, [store.keyPath, store.autoIncrement, indexes]];
  });
  expect(db.version).toBe(1);
  expect(Object.fromEntries(shape)).toEqual(VERSION_1);
});

test('a database of version 1 opens in the studio of today with what is in it', async () => {
  const old = await openStorage('upgrade', MIGRATIONS.slice(0, 1));
  await addRun(old, runOf('kept'));
  old.close();
  const now = await openStorage('upgrade');
  expect(now.version).toBe(MIGRATIONS.length);
  expect((await getRun(now, 'kept')).name).toBe('run kept');
});

test('a database of version 6 gets the stores of evaluations, judgements and feedback', async () => {
  (await openStorage('before 7', MIGRATIONS.slice(0, 6))).close();
  const now = await openStorage('before 7', MIGRATIONS.slice(0, 7));
  const added = ['evaluationRows', 'evaluations', 'feedback', 'judgements', 'judgings'] as const;
  const tx = now.transaction(added);
  expect(added.map((name) => tx.objectStore(name).keyPath)).toEqual([null, 'id', 'id', null, 'id']);
  expect([...tx.objectStore('feedback').indexNames]).toEqual(['byTalk']);
});

test('a database of version 7 gets the stores of regression sets', async () => {
  (await openStorage('before 8', MIGRATIONS.slice(0, 7))).close();
  const now = await openStorage('before 8', MIGRATIONS.slice(0, 8));
  const tx = now.transaction(['checkRuns', 'checkSets']);
  expect([tx.objectStore('checkRuns').keyPath, tx.objectStore('checkSets').keyPath]).toEqual([null, 'id']);
});

test('a database of version 8 gets the store of the queue', async () => {
  (await openStorage('before 9', MIGRATIONS.slice(0, 8))).close();
  const now = await openStorage('before 9', MIGRATIONS.slice(0, 9));
  expect(now.transaction('queue').store.keyPath).toBe('id');
});

test('only the migrations that are missing run', async () => {
  const ran: number[] = [];
  const migrations = [...MIGRATIONS, () => ran.push(2), () => ran.push(3)];
  (await openStorage('steps', migrations.slice(0, -1))).close();
  (await openStorage('steps', migrations)).close();
  expect(ran).toEqual([2, 3]);
});

test('an upgrade in another tab is not held up: the older connection closes, and then says so', async () => {
  const old = await openStorage('tabs');
  const next = await openStorage('tabs', [...MIGRATIONS, () => undefined]);
  expect(next.version).toBe(MIGRATIONS.length + 1);
  await expect(addRun(old, runOf('late'))).rejects.toMatchObject({ code: 'storage-closed', cure: 'reload' });
});

test('a tab that does not close in time is named, and what opens after that is closed again', async () => {
  let free = (): void => undefined;
  const saving = new Promise<void>((done) => (free = done));
  const old = await openStorage('slow', MIGRATIONS, { beforeClose: () => saving });
  const newer = [...MIGRATIONS, () => undefined];
  await expect(openStorage('slow', newer, { patience: 5 })).rejects.toMatchObject({ code: 'storage-blocked' });
  await addRun(old, runOf('saved'));
  free();
  await saving;
  expect((await getRun(await openStorage('slow', newer), 'saved')).id).toBe('saved');
});

test('an older studio refuses a newer database and says to reload', async () => {
  (await openStorage('newer', [...MIGRATIONS, () => undefined])).close();
  await expect(openStorage('newer')).rejects.toMatchObject({ code: 'storage-newer', cure: 'reload' });
});

test('a tab that does not let go blocks the upgrade, which is said', async () => {
  const stubborn = indexedDB.open('blocked', 1);
  const held = await new Promise<IDBDatabase>((done) => (stubborn.onsuccess = () => done(stubborn.result)));
  await expect(openStorage('blocked', [() => undefined, () => undefined], { patience: 5 })).rejects.toMatchObject({
    code: 'storage-blocked',
  });
  held.close();
});
