// Copies of a text: what is made again when it is lost or changed, and what goes when nothing names it.
import { beforeEach, describe, expect, test } from 'vitest';
import { allRows, deleteDataset, rowsFrom, writeDataset } from '../../src/storage/datasets';
import type { AtelierDb } from '../../src/storage/db';
import { whileReading, type Locks } from '../../src/storage/locks';
import { isIntact, readTokens, writePrepared } from '../../src/storage/prepared';
import { dropUnnamed } from '../../src/storage/preparedUpkeep';
import { addRun } from '../../src/storage/runs';
import { sweepAtStart } from '../../src/storage/sweep';
import { addTokenizer } from '../../src/storage/tokenizers';
import { describedDataset, freshStorage, locksHeld, runOf } from './storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));
const LATER = () => Date.now() + 11_000;

const ROWS = Array.from({ length: 12 }, (_, i) => `row ${i} 行`);
const text = () =>
  writeDataset(
    db,
    async (sink) => {
      for (const row of ROWS) await sink.add(row);
      return describedDataset('text');
    },
    { chunkBytes: 30 },
  );
const tokenizer = async () =>
  (await addTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 300, endId: 0, json: '{}', bytesPerToken: 2 })).id;

const COUNTS = {
  trainRows: 1,
  validationRows: 0,
  trainTokens: 5,
  validationTokens: 0,
  trainBytes: 5,
  validationBytes: 0,
};
const prepared = (datasetId: string, tokenizerId: string, seed = 1, during = async () => {}, whileThere = true) =>
  writePrepared(
    db,
    300,
    async (sink) => {
      await sink.add('train', [1, 2, 3, 4, 5]);
      await during();
      return { datasetIds: [datasetId], tokenizerId, seed, validationShare: 0, sha256: '', ...COUNTS };
    },
    { chunkBytes: 4, whileThere },
  );
const left = async () => [await db.count('prepared'), await db.count('tokenChunks')];

describe('tokens of a deleted text', () => {
  test('go though an earlier sweep was cut short behind the text itself', async () => {
    const { id } = await text();
    await prepared(id, await tokenizer());
    await db.delete('datasets', id);
    await sweepAtStart(db, { now: LATER() });
    expect(await left()).toEqual([0, 0]);
  });

  test.each([true, false])(
    'are not kept, or go, where it was deleted while they were written (%s)',
    async (whileThere) => {
      const { id } = await text();
      const gone = async () => {
        await deleteDataset(db, id);
        await sweepAtStart(db, { now: LATER(), locks: locksHeld() });
      };
      const made = prepared(id, await tokenizer(), 1, gone, whileThere);
      if (whileThere) await expect(made).rejects.toMatchObject({ code: 'dataset-missing' });
      else await made;
      await sweepAtStart(db, { now: LATER() });
      expect(await left()).toEqual([0, 0]);
    },
  );

  test('go with their tokenizer too', async () => {
    const { id } = await text();
    await expect(prepared(id, 'none')).rejects.toMatchObject({ code: 'tokenizer-missing' });
    expect(await left()).toEqual([0, 0]);
  });
});

describe('copies of one text', () => {
  test('go but for the last one and those that a run names or somebody reads', async () => {
    const [{ id }, other, made] = [await text(), await text(), await tokenizer()];
    const copies = [];
    for (const seed of [1, 2, 3, 4]) copies.push((await prepared(id, made, seed)).id);
    // made within one millisecond, they would have no order
    for (const [at, copy] of copies.entries())
      await db.put('prepared', { ...(await db.get('prepared', copy))!, createdAt: at, usedAt: at });
    const alone = await prepared(other.id, made);
    await addRun(db, runOf('r', { preparedId: copies[1]!, status: 'finished', tokenizerId: made }));
    const locks = locksHeld();
    await whileReading(copies[2]!, async () => void (await dropUnnamed(db, LATER(), locks)), locks);
    const ids = async () => (await db.getAllKeys('prepared')).sort();
    expect(await ids()).toEqual([...copies.slice(1), alone.id].sort());
    await sweepAtStart(db, { now: LATER() });
    expect(await ids()).toEqual([copies[1], copies[3], alone.id].sort());
    expect(new Set((await db.getAllKeys('tokenChunks')).map(([of]) => of))).toEqual(new Set(await ids()));
  });
});

describe('what changed on the disk', () => {
  test.each(['flipped', 'lost', 'of another column'])('is told of tokens: %s', async (how) => {
    const record = await prepared((await text()).id, await tokenizer());
    expect(await isIntact(db, record)).toBe(true);
    const key: [string, number, number] = [record.id, 0, 1];
    if (how === 'lost') await db.delete('tokenChunks', key);
    else await db.put('tokenChunks', Uint16Array.from(how === 'flipped' ? [3, 5] : [1, 2]), key);
    expect(await isIntact(db, record)).toBe(false);
    await expect(readTokens(db, record, 'train')).rejects.toMatchObject({ code: 'prepared-missing' });
  });

  test('is told of rows by the name of their text, wherever they are read', async () => {
    const { id } = await text();
    const key = (await db.getAllKeys('rowChunks'))[1]!;
    const chunk = (await db.get('rowChunks', key))!;
    const all = async () => {
      for await (const row of allRows(db, id)) expect(row).toContain('row');
    };
    const damage = { code: 'dataset-damaged', facts: { name: 'text' } };
    const bytes = chunk.bytes.slice();
    bytes[0]! ^= 1;
    for (const damaged of [{ ...chunk, bytes }, { ...chunk, offsets: chunk.offsets.slice(1) }, undefined]) {
      await (damaged ? db.put('rowChunks', damaged, key) : db.delete('rowChunks', key));
      await expect(all()).rejects.toMatchObject(damage);
      await expect(rowsFrom(db, id, key[1], 2)).rejects.toMatchObject(damage);
    }
  });

  test('is not looked for in records of versions that kept no hashes', async () => {
    const { hashes: _, ...record } = await prepared((await text()).id, await tokenizer());
    expect(await isIntact(db, record)).toBe(true);
    expect([...(await readTokens(db, record, 'train'))]).toEqual([1, 2, 3, 4, 5]);
    const { hashes: __, ...dataset } = (await db.getAll('datasets'))[0]!;
    await db.put('datasets', dataset);
    expect(await rowsFrom(db, dataset.id, 0, 12)).toEqual(ROWS);
  });
});

test('a run that begins while the sweep asks for the locks is not taken for interrupted', async () => {
  const taken = locksHeld();
  const locks: Locks = {
    request: (...parts) => taken.request(...parts),
    query: async () => {
      if (await db.getKey('runs', 'r')) return { held: [{ name: 'run:r' }] };
      const before = { held: [] };
      await addRun(db, runOf('r'));
      return before;
    },
  };
  expect((await sweepAtStart(db, { locks })).interrupted).toEqual([]);
});
