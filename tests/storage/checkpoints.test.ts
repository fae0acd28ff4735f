import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createHash } from 'node:crypto';
import type { CheckpointManifest, CheckpointReason } from '../../src/base/records/checkpoint';
import {
  listCheckpoints,
  newestReadable,
  openCheckpoint,
  prune,
  saveCheckpoint,
  type CheckpointDraft,
  type SaveOptions,
} from '../../src/storage/checkpoints';
import type { AtelierDb } from '../../src/storage/db';
import { whileReading } from '../../src/storage/locks';
import { addRun, getRun, readHistory } from '../../src/storage/runs';
import { damage, draftOf, failCommits, freshStorage, historyOfSteps, locksHeld, runOf, sourcesOf } from './storage';

/** 116 bytes in chunks of 50: 50 + 50 + 16, with tensor borders inside chunks. */
const SMALL: SaveOptions = { chunkBytes: 50 };
const LARGE: SaveOptions = { chunkBytes: 50, oneTransactionBytes: 100 };

let db: AtelierDb;
let restore = (): void => undefined;
beforeEach(async () => {
  db = await freshStorage();
  await addRun(db, runOf('r'));
});
afterEach(() => restore());

const save = (
  step: number,
  options = SMALL,
  best = false,
  patch: Partial<CheckpointDraft> = {},
): Promise<CheckpointManifest> =>
  saveCheckpoint(
    db,
    draftOf('r', step, { best, ...patch }),
    sourcesOf(step),
    { run: { step, status: 'running' }, history: historyOfSteps('r', step - 5, step) },
    options,
  );

async function bytesOf(id: string): Promise<Buffer[]> {
  const { tensors } = await openCheckpoint(db, id);
  const all: Buffer[] = [];
  for await (const { bytes } of tensors()) all.push(Buffer.from(bytes));
  return all;
}
const expectedBytes = (step: number): Promise<Buffer[]> =>
  Promise.all(sourcesOf(step).map(async (s) => Buffer.from(await s.read())));

describe.each([
  ['one transaction', SMALL],
  ['chunk by chunk', LARGE],
])('a checkpoint written in %s', (_name, options) => {
  test('reads back bit for bit, with the hashes of its chunks and weights', async () => {
    const manifest = await save(5, options);
    const expected = await expectedBytes(5);
    expect(await bytesOf(manifest.id)).toEqual(expected);
    expect(manifest.chunks.map((c) => c.bytes)).toEqual([50, 50, 16]);
    const stream = Buffer.concat(expected);
    const sha = (b: Buffer) => createHash('sha256').update(b).digest('hex');
    expect(manifest.chunks.map((c) => c.sha256)).toEqual(
      [stream.subarray(0, 50), stream.subarray(50, 100), stream.subarray(100)].map(sha),
    );
    expect(manifest.weightsSha256).toBe(sha(Buffer.concat(expected.slice(0, 2))));
    expect(manifest.tensors.map((t) => t.offset)).toEqual([0, 60, 88]);
  });

  test('comes with the run and the history, or not at all', async () => {
    await save(5, options);
    expect((await getRun(db, 'r')).step).toBe(5);
    restore = failCommits('checkpoints', 'QuotaExceededError');
    await expect(save(10, options)).rejects.toMatchObject({ code: 'storage-full' });
    restore();
    expect((await getRun(db, 'r')).step).toBe(5);
    expect((await readHistory(db, 'r')).map((h) => h.toStep)).toEqual([5]);
    expect(await listCheckpoints(db, 'r')).toHaveLength(1);
    expect(await db.count('checkpointChunks')).toBe(3);
  });

  test('fails where its run is gone, and leaves no chunk', async () => {
    await db.delete('runs', 'r');
    await expect(save(5, options)).rejects.toMatchObject({ code: 'run-missing' });
    expect(await db.count('checkpointChunks')).toBe(0);
  });

  test('is tried once more when the browser fails to write blobs', async () => {
    restore = failCommits('checkpointChunks', 'DataError', 1);
    const manifest = await save(5, options);
    expect(await bytesOf(manifest.id)).toEqual(await expectedBytes(5));
  });

  test('gives up after the second failure, and the one before it stays', async () => {
    const before = await save(5, options);
    restore = failCommits('checkpointChunks', 'DataError');
    await expect(save(10, options)).rejects.toMatchObject({ code: 'storage-failed' });
    restore();
    expect((await newestReadable(db, 'r'))?.manifest.id).toBe(before.id);
    expect(await db.count('checkpointChunks')).toBe(3);
  });

  test('asks for strict durability in every transaction', async () => {
    const asked = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await save(5, options);
    const writes = asked.mock.calls.filter(([, mode]) => mode === 'readwrite');
    asked.mockRestore();
    expect(writes.length).toBe(options === SMALL ? 1 : 4);
    expect(writes.map(([, , o]) => o?.durability)).toEqual(writes.map(() => 'strict'));
  });

  test('reports bytes up to the whole', async () => {
    const done: number[] = [];
    await save(5, { ...options, onProgress: (p) => done.push(p.done) });
    expect(done).toEqual([50, 100, 116]);
  });
});

test('a large checkpoint holds the lock that keeps other tabs from sweeping its chunks', async () => {
  const locks = locksHeld();
  const seen: (string | undefined)[] = [];
  const onProgress = () => void locks.query().then(({ held }) => seen.push(...(held ?? []).map((l) => l.name)));
  const { id } = await save(5, { ...LARGE, locks, onProgress });
  expect(new Set(seen)).toEqual(new Set([`writing:${id}`]));
});

test('a tensor of another size than its shape is refused before anything is written', async () => {
  const [first, ...rest] = sourcesOf(1);
  const short = { ...first!, read: () => Promise.resolve(new Uint8Array(59)) };
  await expect(saveCheckpoint(db, draftOf('r', 1), [short, ...rest], { run: {} }, SMALL)).rejects.toThrow(
    'weight embedding has 59 bytes instead of 60',
  );
  expect(await db.count('checkpoints')).toBe(0);
});

test('the page keeps what it renamed while the worker saves', async () => {
  const stale = await getRun(db, 'r');
  await db.put('runs', { ...stale, name: 'renamed' });
  await saveCheckpoint(db, draftOf('r', 5), sourcesOf(5), { run: { ...stale, step: 5 } }, SMALL);
  expect(await getRun(db, 'r')).toMatchObject({ name: 'renamed', step: 5 });
});

describe('a damaged chunk', () => {
  test('is named when its tensor is read, and the others still read', async () => {
    const { id } = await save(5);
    await damage(db, id, 2);
    const { tensors } = await openCheckpoint(db, id);
    const weights = [];
    for await (const { spec } of tensors(['weight'])) weights.push(spec.name);
    expect(weights).toEqual(['embedding', 'norm']);
    await expect(bytesOf(id)).rejects.toMatchObject({
      code: 'checkpoint-damaged',
      facts: { step: 5, chunk: 3, chunks: 3 },
    });
  });

  test('sends a resume back to the checkpoint before, which is said', async () => {
    const older = await save(5);
    const newer = await save(10);
    await damage(db, newer.id, 1);
    const found = await newestReadable(db, 'r');
    expect(found?.manifest.id).toBe(older.id);
    expect(found?.damaged.map((d) => [d.checkpoint.id, d.error.facts['chunk']])).toEqual([[newer.id, 2]]);
  });

  test('is an error when no checkpoint is left, and no checkpoint at all is not', async () => {
    expect(await newestReadable(db, 'r')).toBeUndefined();
    const { id } = await save(5);
    await db.delete('checkpointChunks', [id, 0]);
    await expect(newestReadable(db, 'r')).rejects.toMatchObject({ code: 'checkpoint-damaged', facts: { chunk: 1 } });
  });
});

describe('pruning', () => {
  const steps = async () => (await listCheckpoints(db, 'r')).map((c) => `${c.step}${c.best ? '*' : ''}`);

  test('keeps the best and two besides, with their chunks', async () => {
    await save(1, SMALL, true);
    for (const step of [2, 3, 4]) await save(step);
    expect(await prune(db, 'r')).toHaveLength(1);
    expect(await steps()).toEqual(['4', '3', '1*']);
    expect(await db.count('checkpointChunks')).toBe(9);
  });

  test('lets go of the best when a better one comes', async () => {
    await save(1, SMALL, true);
    for (const step of [2, 3]) await save(step);
    await save(4, SMALL, true);
    expect(await steps()).toEqual(['4*', '3', '2', '1']);
    await prune(db, 'r');
    expect(await steps()).toEqual(['4*', '3', '2']);
  });

  test('deletes nothing while the newest does not read back', async () => {
    for (const step of [1, 2, 3]) await save(step);
    const [newest] = await listCheckpoints(db, 'r');
    await damage(db, newest!.id, 0);
    await expect(prune(db, 'r')).rejects.toMatchObject({ code: 'checkpoint-damaged' });
    expect(await steps()).toEqual(['3', '2', '1']);
  });

  test('counts the order of writing, not the step: a run may have gone back', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(1000); // a clock that stands still must not matter either
    for (const step of [10, 20, 12, 14]) await save(step);
    vi.restoreAllMocks();
    expect(await steps()).toEqual(['14', '12', '20', '10']);
    await prune(db, 'r');
    expect(await steps()).toEqual(['14', '12']);
  });

  const savedAs = async (step: number, reason: CheckpointReason, patch: Partial<CheckpointDraft> = {}) => {
    const manifest = await save(step, SMALL, false, { reason, ...patch });
    await prune(db, 'r');
    return manifest;
  };
  const reasons = async () => (await listCheckpoints(db, 'r')).map((c) => `${c.step} ${c.reason}`);

  test.each(['hidden', 'autosave'] as const)('keeps what was saved by hand through %s saves', async (reason) => {
    await savedAs(10, 'manual');
    await savedAs(20, 'manual');
    for (const step of [30, 40, 50]) await savedAs(step, reason);
    expect((await reasons()).slice(-2)).toEqual(['20 manual', '10 manual']);
  });

  test('replaces the last save of a hidden page by the next, and lets it push out no other', async () => {
    for (const step of [10, 20]) await savedAs(step, 'autosave');
    for (const step of [21, 22, 23]) await savedAs(step, 'hidden');
    expect(await reasons()).toEqual(['23 hidden', '20 autosave', '10 autosave']);
    for (const step of [30, 40]) await savedAs(step, 'autosave');
    expect(await reasons()).toEqual(['40 autosave', '30 autosave']);
  });

  test('keeps what another run began from', async () => {
    const { id } = await savedAs(10, 'autosave');
    await addRun(db, runOf('s', { origin: { kind: 'checkpoint', checkpointId: id, runName: 'r', step: 10 } }));
    for (const step of [20, 30, 40]) await savedAs(step, 'autosave');
    expect(await steps()).toEqual(['40', '30', '10']);
  });

  test('keeps the last good one while the loss is far above its median', async () => {
    const losses = [5.7, 5.1, 5.3, 600, 700, 800, 900];
    for (const [i, loss] of losses.entries())
      await savedAs(i + 1, 'autosave', { trainLoss: loss, medianLoss: i < 3 ? 5.2 : loss / 2 });
    expect(await steps()).toEqual(['7', '6', '3']);
    await savedAs(8, 'autosave', { trainLoss: 5, medianLoss: 5.1 });
    expect(await steps()).toEqual(['8', '7']);
  });

  test('keeps the least bad one where a run diverged before its first checkpoint, or kept no median', async () => {
    for (const [i, loss] of [43_000, 9e6, 8e8, 8e14].entries())
      await savedAs(i + 1, 'autosave', { trainLoss: loss, medianLoss: 300 });
    expect(await steps()).toEqual(['4', '3', '1']);
    await addRun(db, runOf('old'));
    for (const [i, trainLoss] of [2, 20, 200, 2000].entries())
      await saveCheckpoint(db, draftOf('old', i + 1, { trainLoss }), sourcesOf(i), { run: {} }, SMALL);
    await prune(db, 'old');
    expect((await listCheckpoints(db, 'old')).map((c) => c.step)).toEqual([4, 3, 1]);
  });

  test('leaves what is being read until it has been read', async () => {
    const locks = locksHeld();
    const { id } = await save(1);
    for (const step of [2, 3]) await save(step);
    await whileReading(
      id,
      async () => {
        expect(await prune(db, 'r', locks)).toEqual([]);
        expect(await bytesOf(id)).toEqual(await expectedBytes(1));
      },
      locks,
    );
    expect(await prune(db, 'r', locks)).toEqual([id]);
  });

  test('makes a reader that took no lock say that the checkpoint is gone, not that it is damaged', async () => {
    const { id } = await save(1);
    const { buffer } = await openCheckpoint(db, id);
    await buffer.slice(0, 10);
    for (const step of [2, 3]) await save(step);
    await prune(db, 'r');
    await expect(buffer.slice(100, 110)).rejects.toMatchObject({ code: 'checkpoint-missing' });
  });
});
