// Failures of the platform while it reads, as errors that say what is true.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AtelierError } from '../../src/base/errors/errors';
import { errorWords } from '../../src/app/words/errorWords';
import { rowsFrom, writeDataset } from '../../src/storage/datasets';
import type { AtelierDb } from '../../src/storage/db';
import { listCheckpoints, newestReadable, prune, saveCheckpoint } from '../../src/storage/checkpoints';
import { openStorage } from '../../src/storage/open';
import { unreadableRecords, unreadableSince } from '../../src/storage/readErrors';
import { deleteNamed } from '../../src/storage/namedRecords';
import { writePrepared } from '../../src/storage/prepared';
import { addTokenizer } from '../../src/storage/tokenizers';
import { addRun, getRun, listRuns, patchRun, readHistory } from '../../src/storage/runs';
import { readCompute } from '../../src/storage/settings';
import { sweepAtStart } from '../../src/storage/sweep';
import { describedDataset, draftOf, failReads, freshStorage, historyOfSteps, runOf, sourcesOf } from './storage';

let db: AtelierDb;
let restore = (): void => undefined;
beforeEach(async () => (db = await freshStorage()));
afterEach(() => restore());

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (thrown: unknown) => (thrown instanceof AtelierError ? thrown.code : thrown),
  );

test('every read of a connection that was closed says so', async () => {
  await addRun(db, runOf('r'));
  db.close();
  const reads = [
    () => getRun(db, 'r'),
    () => listRuns(db),
    () => readHistory(db, 'r'),
    () => listCheckpoints(db, 'r'),
    () => readCompute(db),
    () => sweepAtStart(db),
    () => db.getKey('models', 'm'),
    () => db.count('talks'),
  ];
  expect(await Promise.all(reads.map((read) => codeOf(read())))).toEqual(reads.map(() => 'storage-closed'));
});

test('a read that the browser aborts, since it clears the data, is no cancel', async () => {
  await addRun(db, runOf('r'));
  restore = failReads('runs', 'AbortError');
  expect([await codeOf(getRun(db, 'r')), await codeOf(patchRun(db, 'r', { step: 1 }))]).toEqual([
    'storage-closed',
    'storage-closed',
  ]);
});

test.each(['NotReadableError', 'UnknownError', 'DataError', 'NotFoundError'])(
  'a record whose bytes are gone (%s) is named',
  async (name) => {
    await addRun(db, runOf('r'));
    restore = failReads('runs', name, 'r');
    const error = await getRun(db, 'r').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'storage-damaged',
      facts: { record: 'runs r', detail: `${name}: the file is gone` },
      cure: 'reload',
    });
  },
);

test('one record that cannot be read does not hide the others, and is counted', async () => {
  for (const id of ['a', 'b', 'c']) await addRun(db, runOf(id));
  for (const [from, to] of [
    [0, 2],
    [2, 4],
  ] as const)
    await saveCheckpoint(db, draftOf('a', to), sourcesOf(to), { run: {}, history: historyOfSteps('a', from, to) });
  const [, second] = await db.getAllKeys('history');
  restore = failReads('runs', 'NotReadableError', 'b');
  expect((await listRuns(db)).map(({ id }) => id).sort()).toEqual(['a', 'c']);
  restore();
  restore = failReads('history', 'DataError', second);
  expect((await readHistory(db, 'a')).map(({ toStep }) => toStep)).toEqual([2]);
  expect(unreadableRecords(db)).toBe(2);
  await listRuns(db);
  expect(unreadableRecords(db)).toBe(2);
});

test('nothing goes because the record that names it cannot be read now', async () => {
  const { id } = await addTokenizer(db, {
    ...{ name: 't', kind: 'bpe', vocabSize: 9, endId: 0 },
    json: '',
    bytesPerToken: 2,
  });
  const text = await writeDataset(db, async (sink) => {
    await sink.add('a row');
    return describedDataset('text');
  });
  const counts = { ...{ trainRows: 1, validationRows: 0, trainTokens: 1 }, validationTokens: 0 };
  const parts = { datasetIds: [text.id], tokenizerId: id, validationShare: 0, sha256: '', ...counts };
  for (const seed of [1, 2])
    await writePrepared(db, 9, async (sink) => {
      await sink.add('train', [1]);
      return { ...parts, seed, trainBytes: 1, validationBytes: 0 };
    });
  const [named] = (await db.getAll('prepared')).sort((a, b) => a.seed - b.seed);
  await addRun(db, runOf('r', { status: 'interrupted', preparedId: named!.id, tokenizerId: id }));
  await deleteNamed(db, 'tokenizers', id);
  const now = Date.now() + 60_000;
  for (const [store, key] of [
    ['tokenizers', id],
    ['datasets', text.id],
    ['runs', 'r'],
  ] as const) {
    restore = failReads(store, 'NotReadableError', key);
    expect((await sweepAtStart(db, { now })).removed).toEqual([]);
    restore();
    expect([await db.count('prepared'), await db.count('tokenizers')]).toEqual([2, 1]);
  }
});

test('a run that cannot be read keeps its checkpoints and the one it began from; later ones are pruned', async () => {
  await addRun(db, runOf('r'));
  const saved = async (runId: string, step: number) =>
    (await saveCheckpoint(db, draftOf(runId, step), sourcesOf(step), { run: {} })).id;
  const before = [];
  for (const step of [1, 2, 3, 4]) before.push(await saved('r', step));
  const origin = { kind: 'checkpoint', checkpointId: before[0]!, runName: 'r', step: 1 } as const;
  await addRun(db, runOf('u', { origin }));
  for (const step of [1, 2, 3, 4]) await saved('u', step);
  restore = failReads('runs', 'NotReadableError', 'u');
  expect([await prune(db, 'r'), await prune(db, 'u')]).toEqual([[], []]);
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(unreadableSince(db, 'runs')));
  restore();
  const after = [];
  for (const step of [5, 6, 7, 8]) after.push(await saved('r', step));
  restore = failReads('runs', 'NotReadableError', 'u');
  expect(await prune(db, 'r')).toEqual([after[1], after[0]]);
});

test('a best checkpoint is saved though the record of an earlier one cannot be read', async () => {
  await addRun(db, runOf('r'));
  const lost = await saveCheckpoint(db, draftOf('r', 1, { best: true }), sourcesOf(1), { run: {} });
  const readable = await saveCheckpoint(db, draftOf('r', 2, { best: true }), sourcesOf(2), { run: {} });
  restore = failReads('checkpoints', 'NotReadableError', lost.id);
  const best = await saveCheckpoint(db, draftOf('r', 3, { best: true }), sourcesOf(3), { run: {} });
  const listed = await listCheckpoints(db, 'r');
  expect(listed.filter((c) => c.best).map(({ id }) => id)).toEqual([best.id]);
  expect(listed.map(({ id }) => id)).toContain(readable.id);
});

test('a checkpoint whose record cannot be read gives way to the one before it', async () => {
  await addRun(db, runOf('r'));
  const before = await saveCheckpoint(db, draftOf('r', 1), sourcesOf(1), { run: {} });
  const latest = await saveCheckpoint(db, draftOf('r', 2), sourcesOf(2), { run: {} });
  restore = failReads('checkpoints', 'NotReadableError', latest.id);
  expect((await newestReadable(db, 'r'))?.manifest.id).toBe(before.id);
});

test('a connection that closes while rows are read is closed, and the text is not called damaged', async () => {
  const { id } = await writeDataset(db, async (sink) => {
    await sink.add('a row');
    return describedDataset('text');
  });
  restore = failReads('rowChunks', 'InvalidStateError');
  expect(await codeOf(rowsFrom(db, id, 0, 1))).toBe('storage-closed');
  restore();
  restore = failReads('rowChunks', 'NotReadableError');
  expect(await codeOf(rowsFrom(db, id, 0, 1))).toBe('dataset-damaged');
});

test.each([
  ['UnknownError', 'storage-unopened'],
  ['QuotaExceededError', 'storage-full'],
  ['SecurityError', 'storage-unavailable'],
])('a storage that does not open for %s is %s', async (name, code) => {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = () => {
    throw new DOMException('Internal error', name);
  };
  restore = () => (IDBFactory.prototype.open = open);
  expect(await codeOf(openStorage('unopened'))).toBe(code);
});

test('what is unexpected promises nothing about what was saved', () => {
  for (const locale of ['en', 'zh'] as const)
    expect(errorWords(new AtelierError('unexpected', { message: 'x' }), locale)).not.toMatch(/is lost|不会丢失/);
});
