import { beforeEach, describe, expect, test } from 'vitest';
import { AtelierError } from '../../src/base/errors/errors';
import type { TalkRecord } from '../../src/base/records/talk';
import { saveCheckpoint } from '../../src/storage/checkpoints';
import {
  allRows,
  deleteDataset,
  listDatasets,
  rowsFrom,
  renameDataset,
  restoreDataset,
  writeDataset,
} from '../../src/storage/datasets';
import type { AtelierDb } from '../../src/storage/db';
import { downloadBytes, forgetDownloads, getPart, putPart } from '../../src/storage/downloads';
import { deleteEverything } from '../../src/storage/deleteAll';
import { holdRun } from '../../src/storage/locks';
import { addModel } from '../../src/storage/models';
import { findPrepared, getPrepared, readTokens, writePrepared } from '../../src/storage/prepared';
import { storageFacts } from '../../src/storage/quota';
import { addDecisions, keepLabelTask } from '../../src/storage/labels';
import { keepRecipe, readRecipe } from '../../src/storage/recipes';
import {
  addRun,
  deleteRun,
  getRun,
  listRuns,
  patchRun,
  readHistory,
  restoreRun,
  truncateHistory,
} from '../../src/storage/runs';
import { keepMeasured, keepRate, readMeasured, readRate } from '../../src/storage/settings';
import { storedSummary } from '../../src/storage/summary';
import { sweepAtStart } from '../../src/storage/sweep';
import { deleteTalk, keepTalk, listTalks, restoreTalk } from '../../src/storage/talks';
import { addTokenizer, deleteTokenizer, getTokenizer, listTokenizers } from '../../src/storage/tokenizers';
import {
  describedDataset,
  draftOf,
  failCommits,
  freshStorage,
  historyOfSteps,
  locksHeld,
  MODEL,
  runOf,
  sourcesOf,
} from './storage';
import { decisionOn, labelTask } from '../data/labels/tasks';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const LATER = () => Date.now() + 11_000;
const rowsOf = (n: number): string[] => Array.from({ length: n }, (_, i) => `row ${i} 行`);
const dataset = (rows: string[], chunkBytes = 30) =>
  writeDataset(
    db,
    async (sink) => {
      for (const row of rows) await sink.add(row);
      return describedDataset('text');
    },
    { chunkBytes },
  );
const tokenizer = () =>
  addTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 300, endId: 0, json: '{}', bytesPerToken: 2 });

async function prepared(vocabSize = 300, datasetIds = ['d'], tokenizerId = 'tok') {
  return writePrepared(
    db,
    vocabSize,
    async (sink) => {
      await sink.add('train', [1, 2, 3, 4]);
      await sink.add('validation', [vocabSize - 1, 8]);
      await sink.add('train', [5, 6, 7]);
      const counts = { trainRows: 2, validationRows: 1, trainTokens: 7, validationTokens: 2 };
      return {
        datasetIds,
        tokenizerId,
        seed: 1,
        validationShare: 0.1,
        ...counts,
        trainBytes: 9,
        validationBytes: 3,
        sha256: '',
      };
    },
    { chunkBytes: 12 },
  );
}

describe('datasets', () => {
  test('rows come back from any place, whatever the chunks', async () => {
    const rows = ['', ...rowsOf(17), '\uFEFFmark', ''];
    const { id, chunks, characters } = await dataset(rows);
    expect(chunks).toBeGreaterThan(3);
    expect(characters).toBe(rows.join('').length);
    for (const [from, count] of [
      [0, 3],
      [4, 9],
      [18, 10],
      [30, 2],
      [2, 0],
    ] as const) {
      expect(await rowsFrom(db, id, from, count)).toEqual(rows.slice(from, from + count));
    }
    const all = [];
    for await (const row of allRows(db, id)) all.push(row);
    expect(all).toEqual(rows);
  });

  test('a lost chunk is an error, not a shorter text', async () => {
    const { id } = await dataset(rowsOf(17));
    await db.delete('rowChunks', (await db.getAllKeys('rowChunks'))[1]!);
    const read = async () => {
      for await (const row of allRows(db, id)) expect(row).toContain('row');
    };
    await expect(read()).rejects.toMatchObject({ code: 'dataset-damaged', facts: { name: 'text' } });
  });

  test('nothing half-made stays after a cancel or a full disk', async () => {
    const half = writeDataset(
      db,
      async (sink) => {
        for (const row of rowsOf(9)) await sink.add(row);
        throw new AtelierError('cancelled');
      },
      { chunkBytes: 20 },
    );
    await expect(half).rejects.toMatchObject({ code: 'cancelled' });
    const restore = failCommits('datasets', 'QuotaExceededError');
    await expect(dataset(rowsOf(9))).rejects.toMatchObject({ code: 'storage-full' });
    restore();
    expect([await db.count('rowChunks'), await db.count('datasets')]).toEqual([0, 0]);
  });

  test('rename, delete and undo', async () => {
    const { id } = await dataset(['a']);
    await renameDataset(db, id, '  other ');
    await renameDataset(db, id, '  ');
    await deleteDataset(db, id);
    expect(await listDatasets(db)).toEqual([]);
    await restoreDataset(db, id);
    expect((await listDatasets(db)).map((d) => [d.name, 'deletedAt' in d])).toEqual([['other', false]]);
    await expect(renameDataset(db, 'none', 'x')).rejects.toMatchObject({ code: 'dataset-missing' });
  });
});

describe('tokens', () => {
  test.each([
    [300, Uint16Array],
    [65_536, Uint16Array],
    [70_000, Uint32Array],
  ])('of a vocabulary of %i are kept in a fitting width', async (vocabSize, type) => {
    const record = await prepared(vocabSize);
    expect(record.chunks.train).toBeGreaterThan(1);
    expect(await readTokens(db, record, 'train')).toEqual(type.from([1, 2, 3, 4, 5, 6, 7]));
    expect(await readTokens(db, record, 'validation')).toEqual(type.from([vocabSize - 1, 8]));
  });

  test('are found again by the same parts only', async () => {
    const { id, datasetIds, tokenizerId, seed, validationShare } = await prepared(300, ['a', 'b']);
    const parts = { datasetIds, tokenizerId, seed, validationShare };
    expect((await findPrepared(db, parts))?.id).toBe(id);
    for (const other of [{ seed: 2 }, { validationShare: 0.2 }, { datasetIds: ['b', 'a'] }, { tokenizerId: 'x' }]) {
      expect(await findPrepared(db, { ...parts, ...other })).toBeUndefined();
    }
  });

  test('that are gone are an error', async () => {
    const record = await prepared();
    await db.delete('tokenChunks', [record.id, 0, 1]);
    await expect(readTokens(db, record, 'train')).rejects.toMatchObject({ code: 'prepared-missing' });
    await expect(getPrepared(db, 'none')).rejects.toMatchObject({ code: 'prepared-missing' });
  });
});

describe('runs', () => {
  test('are listed, patched without the fields of the page, deleted and restored with their tokenizer', async () => {
    const { id: tokenizerId } = await tokenizer();
    await addRun(db, runOf('r', { tokenizerId }));
    await patchRun(db, 'r', { ...runOf('r', { name: 'stale', tokenizerId }), step: 3 });
    expect(await getRun(db, 'r')).toMatchObject({ name: 'run r', step: 3 });
    await expect(deleteTokenizer(db, tokenizerId)).rejects.toMatchObject({ code: 'tokenizer-in-use' });
    await deleteRun(db, 'r');
    await deleteTokenizer(db, tokenizerId);
    expect([await listRuns(db), await listTokenizers(db)]).toEqual([[], []]);
    await restoreRun(db, 'r');
    expect([(await listRuns(db)).length, (await listTokenizers(db)).length]).toEqual([1, 1]);
  });

  test('that are under way cannot be deleted, and nor can everything', async () => {
    await addRun(db, runOf('r'));
    const locks = locksHeld('run:r');
    await expect(deleteRun(db, 'r', locks)).rejects.toMatchObject({ code: 'run-training', facts: { name: 'run r' } });
    await expect(deleteEverything(db, locks)).rejects.toMatchObject({ code: 'run-training' });
    expect(await listRuns(db)).toHaveLength(1);
  });

  test('are held by one tab at a time', async () => {
    const locks = locksHeld();
    const free = await holdRun(runOf('r'), locks);
    await expect(holdRun(runOf('r'), locks)).rejects.toMatchObject({ code: 'run-elsewhere' });
    free();
    await new Promise((done) => setTimeout(done));
    (await holdRun(runOf('r'), locks))();
  });

  test('going on from a step forget what was measured after it', async () => {
    for (const id of ['r', 's']) {
      for (const step of [5, 10, 15]) await db.add('history', historyOfSteps(id, step - 5, step));
    }
    await truncateHistory(db, 'r', 10);
    expect((await readHistory(db, 'r')).map((h) => h.toStep)).toEqual([5, 10]);
    expect(await readHistory(db, 's')).toHaveLength(3);
    await truncateHistory(db, 'r', 0);
    expect(await readHistory(db, 'r')).toEqual([]);
  });
});

describe('the sweep at the start of a visit', () => {
  test('marks runs that nobody holds as interrupted, and no others', async () => {
    await addRun(db, runOf('lost'));
    await addRun(db, runOf('held'));
    await addRun(db, runOf('done', { status: 'finished' }));
    const { interrupted } = await sweepAtStart(db, { locks: locksHeld('run:held') });
    expect(interrupted).toEqual(['lost']);
    const status = async (id: string) => (await getRun(db, id)).status;
    expect([await status('lost'), await status('held'), await status('done')]).toEqual([
      'interrupted',
      'running',
      'finished',
    ]);
  });

  test('removes what was deleted, with all that belonged to it, once it cannot be undone', async () => {
    const [text, other] = [await dataset(rowsOf(9)), await dataset(['kept'])];
    const { id: tokenizerId } = await tokenizer();
    await prepared(300, [text.id, other.id]);
    await addRun(db, runOf('r', { tokenizerId, status: 'finished' }));
    await saveCheckpoint(db, draftOf('r', 5), sourcesOf(5), { run: {}, history: historyOfSteps('r', 0, 5) });
    await deleteDataset(db, text.id);
    await deleteRun(db, 'r');
    await deleteTokenizer(db, tokenizerId);

    expect((await sweepAtStart(db)).removed).toEqual([]); // younger than the undo
    const { removed } = await sweepAtStart(db, { now: LATER() });
    expect(removed).toHaveLength(4);
    const left = await Promise.all([...db.objectStoreNames].map(async (s) => [s, await db.count(s)] as const));
    expect(Object.fromEntries(left.filter(([, n]) => n > 0))).toEqual({ datasets: 1, rowChunks: 1 });
  });

  test('leaves the tokenizer of a run that stays, and the text that a run is reading', async () => {
    const text = await dataset(['a']);
    const { id: tokenizerId } = await tokenizer();
    const { id: preparedId } = await prepared(300, [text.id], tokenizerId);
    await db.put('tokenizers', { ...(await getTokenizer(db, tokenizerId)), deletedAt: 1 });
    await addRun(db, runOf('r', { tokenizerId, preparedId }));
    await deleteDataset(db, text.id);
    expect((await sweepAtStart(db, { now: LATER(), locks: locksHeld('run:r') })).removed).toEqual([]);
    expect((await sweepAtStart(db, { now: LATER() })).removed).toEqual([text.id, preparedId]);
    expect((await getTokenizer(db, tokenizerId)).id).toBe(tokenizerId);
  });

  test('removes chunks without a record, but not those that another tab is writing', async () => {
    await addRun(db, runOf('r'));
    const { id } = await saveCheckpoint(db, draftOf('r', 1), sourcesOf(1), { run: {} });
    for (const orphan of ['dead', 'busy']) {
      await db.put('checkpointChunks', new ArrayBuffer(3), [orphan, 0]);
      await db.put('rowChunks', { bytes: new Uint8Array(1), offsets: new Uint32Array(2) }, [orphan, 0]);
      await db.put('tokenChunks', new Uint16Array(1), [orphan, 0, 0]);
    }
    const { orphans } = await sweepAtStart(db, { locks: locksHeld('writing:busy') });
    expect(orphans).toEqual(['dead', 'dead', 'dead']);
    const owners = async (s: 'checkpointChunks' | 'rowChunks' | 'tokenChunks') =>
      [...new Set((await db.getAllKeys(s)).map((k) => k[0]))].sort();
    expect(await owners('rowChunks')).toEqual(['busy']);
    expect(await owners('tokenChunks')).toEqual(['busy']);
    expect(await owners('checkpointChunks')).toEqual([id, 'busy'].sort());
  });
});

const talkOf = (id: string, createdAt: number): TalkRecord => ({
  id,
  name: id,
  createdAt,
  updatedAt: createdAt,
  system: '',
  turns: [{ mode: 'chat', prompt: 'Hi', answers: [], goesOn: 0 }],
});

test('talks are kept whole, come back after a delete, and go for good with the sweep', async () => {
  await keepTalk(db, talkOf('a', 1), false);
  await keepTalk(db, talkOf('b', 2), false);
  await keepTalk(db, { ...talkOf('a', 1), system: 'Be kind.' }, true);
  expect(await listTalks(db)).toEqual([talkOf('b', 2), { ...talkOf('a', 1), system: 'Be kind.' }]);
  await deleteTalk(db, 'a');
  expect(await listTalks(db)).toHaveLength(1);
  await restoreTalk(db, 'a');
  await deleteTalk(db, 'b');
  await sweepAtStart(db, { now: LATER() });
  expect((await listTalks(db)).map(({ id }) => id)).toEqual(['a']);
  await expect(restoreTalk(db, 'b')).rejects.toMatchObject({ code: 'talk-missing' });
});

test('a talk that was deleted in another tab stays deleted, also once it is swept', async () => {
  await keepTalk(db, talkOf('a', 1), false);
  await deleteTalk(db, 'a');
  await expect(keepTalk(db, talkOf('a', 2), true)).rejects.toMatchObject({ code: 'talk-missing' });
  await sweepAtStart(db, { now: LATER() });
  await expect(keepTalk(db, talkOf('a', 2), true)).rejects.toMatchObject({ code: 'talk-missing' });
  expect(await db.count('talks')).toBe(0);
});

test('parts of files on their way are let go after a day in which none came', async () => {
  const DAY = 24 * 60 * 60 * 1000;
  await putPart(db, 'given up', 0, new ArrayBuffer(5), 1000);
  await putPart(db, 'slow', 0, new ArrayBuffer(5), 1000);
  await putPart(db, 'slow', 1, new ArrayBuffer(6), 2 * DAY);
  expect(await downloadBytes(db)).toBe(16);
  await sweepAtStart(db, { now: DAY });
  expect(await downloadBytes(db)).toBe(16);
  await sweepAtStart(db, { now: 2 * DAY });
  expect(await getPart(db, 'given up', 0)).toBeUndefined();
  expect((await getPart(db, 'slow', 0))?.byteLength).toBe(5);
  await forgetDownloads(db);
  expect(await db.count('downloads')).toBe(0);
});

test('delete everything leaves nothing', async () => {
  await dataset(rowsOf(3));
  await tokenizer();
  await prepared();
  await addRun(db, runOf('r'));
  await saveCheckpoint(db, draftOf('r', 1), sourcesOf(1), { run: {}, history: historyOfSteps('r', 0, 1) });
  await keepMeasured(db, 'matmulFlops', 'gpu', 1e9);
  await addModel(db, { name: 'm', source: 'm', model: MODEL, tokenizerId: 'tok', endTokenIds: [], parameters: 1 }, [
    {
      spec: { name: 'norm', shape: [1], dtype: 'F16' },
      parts: async function* () {
        yield new Uint8Array(2);
      },
    },
  ]);
  await putPart(db, 'a file', 0, new ArrayBuffer(3));
  await keepTalk(db, talkOf('t', 1), false);
  await keepRecipe(db, { id: (await dataset(['a'])).id, states: [{ deed: 'begun', from: 0, steps: [] }], at: 0 });
  await keepLabelTask(db, labelTask());
  await addDecisions(db, 't', [decisionOn(0)]);
  for (const name of ['evaluations', 'judgings', 'checkSets', 'feedback', 'queue'] as const)
    await db.put(name, { id: 'e' } as never);
  for (const name of ['evaluationRows', 'judgements', 'checkRuns'] as const) await db.put(name, {} as never, ['e', 0]);
  const counts = () => Promise.all([...db.objectStoreNames].map((s) => db.count(s)));
  expect(Math.min(...(await counts()))).toBeGreaterThan(0);
  await expect(deleteEverything(db, locksHeld('writing:m'))).rejects.toMatchObject({ code: 'storage-busy' });
  expect(Math.min(...(await counts()))).toBeGreaterThan(0);
  await deleteEverything(db);
  expect(Math.max(...(await counts()))).toBe(0);
});

test('the summary counts what is here apart from what can be restored, and says when something was stored last', async () => {
  expect(await storedSummary(db)).toEqual({
    ...{ schema: db.version, runs: 0, texts: 0, models: 0, unreadable: 0 },
    records: { runs: 0, texts: 0, models: 0 },
  });
  const gone = await dataset(['a']);
  await addRun(db, runOf('r', { updatedAt: gone.createdAt + 5 }));
  await deleteDataset(db, gone.id);
  expect(await storedSummary(db)).toMatchObject({
    ...{ runs: 1, texts: 0, models: 0, unreadable: 0, savedAt: gone.createdAt + 5 },
    records: { runs: 1, texts: 1, models: 0 },
  });
});

test('the facts of storage count what is here and repeat what the browser says', async () => {
  const gone = await dataset(['a']);
  await dataset(['b']);
  await deleteDataset(db, gone.id);
  await addRun(db, runOf('r'));
  await saveCheckpoint(db, draftOf('r', 1), sourcesOf(1), { run: {} });
  const manager = {
    estimate: () => Promise.resolve({ usage: 5, quota: 7 }),
    persisted: () => Promise.resolve(true),
  };
  await putPart(db, 'a file', 3, new ArrayBuffer(9));
  const facts = { datasets: 1, runs: 1, checkpointBytes: 116, downloadBytes: 9 };
  expect(await storageFacts(db, manager)).toEqual({ usedBytes: 5, quotaBytes: 7, persisted: true, ...facts });
  expect(await storageFacts(db, undefined)).toEqual({ usedBytes: 0, quotaBytes: 0, persisted: false, ...facts });
});

test('the choice of kernels is kept by adapter, beside the rates', async () => {
  const tuning = (version: number) => ({ version, at: 5, classes: [] });
  await keepMeasured(db, 'kernelChoices', 'a', tuning(1));
  await keepMeasured(db, 'kernelChoices', 'b', tuning(2));
  await keepMeasured(db, 'matmulFlops', 'a', 1);
  expect([await readMeasured(db, 'kernelChoices', 'a'), await readMeasured(db, 'kernelChoices', 'b')]).toEqual([
    tuning(1),
    tuning(2),
  ]);
  expect(await readMeasured(db, 'kernelChoices', 'c')).toBeUndefined();
});

test('a rate is kept with when it was measured; one of an earlier version has no when', async () => {
  await keepRate(db, 'a', 2e9, 77);
  await keepMeasured(db, 'matmulFlops', 'b', 1e9);
  expect(await readRate(db, 'a')).toEqual({ matmulFlops: 2e9, matmulAt: 77 });
  expect(await readRate(db, 'b')).toEqual({ matmulFlops: 1e9 });
  expect(await readRate(db, 'c')).toEqual({});
});

test('measured rates are kept by adapter', async () => {
  await keepMeasured(db, 'matmulFlops', 'a', 1);
  await keepMeasured(db, 'matmulFlops', 'b', 2);
  await keepMeasured(db, 'matmulFlops', 'a', 3);
  expect(await readMeasured(db, 'matmulFlops', 'a')).toBe(3);
  expect(await readMeasured(db, 'matmulFlops', 'b')).toBe(2);
  expect(await readMeasured(db, 'efficiency', 'a')).toBeUndefined();
});

test('a recipe lives as long as its dataset, and none is kept of one that is gone', async () => {
  const [stays, goes] = [await dataset(['a']), await dataset(['b'])];
  const recipe = (id: string) => ({ id, states: [{ deed: 'begun' as const, from: 0, steps: [] }], at: 0 });
  for (const id of [stays.id, goes.id, 'nowhere']) await keepRecipe(db, recipe(id));
  await deleteDataset(db, goes.id);
  await sweepAtStart(db, { locks: locksHeld(), now: LATER() });
  expect(await Promise.all([stays.id, goes.id, 'nowhere'].map((id) => readRecipe(db, id)))).toEqual([
    ...[recipe(stays.id), undefined, undefined],
  ]);
});
