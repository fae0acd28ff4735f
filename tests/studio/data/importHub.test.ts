import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, it } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { splitsOf, type HubDataset, type HubDatasetRequest } from '../../../src/base/wire/hubDatasets';
import { allRows, listDatasets, rowsFrom } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { downloadBytes } from '../../../src/storage/downloads';
import { importHubDataset } from '../../../src/studio/data/importHub';
import type { HubReader } from '../../../src/studio/models/hubImport';
import { dataSheet } from '../../../src/studio/export/dataSheet';
import { all, utf8 } from '../../formats/helpers';
import { freshStorage } from '../../storage/storage';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const PART = 4096;

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ text: `row ${from + i}`.padEnd(80, '.') })}\n`).join('');
const texts = Array.from({ length: 40_000 }, (_, i) => `row ${i}, ${'a word or two '.repeat(9)}${i * 7919}`);
const parquet = new Uint8Array(
  parquetWriteBuffer({ columnData: [{ name: 'text', data: texts }], rowGroupSize: 400, codec: 'UNCOMPRESSED' }),
);

const CONTENTS: Record<string, Uint8Array> = {
  'train-0.jsonl': utf8(lines(0, 100)),
  'train-1.jsonl': utf8(lines(100, 100)),
  'other/train.parquet': parquet,
  'broken/train.jsonl': utf8('not a row\n'),
};
const DATASET: HubDataset = {
  ...{ kind: 'dataset', hub: 'https://hub.example', repo: 'owner/rows', revision: COMMIT, licence: 'cc0-1.0' },
  files: Object.entries(CONTENTS).map(([path, { byteLength }]) => ({ path, byteLength })),
};
const request = (config: string, slice: { first?: number; count?: number } = {}): HubDatasetRequest => ({
  dataset: DATASET,
  split: splitsOf(DATASET.files).find((split) => split.config === config)!,
  ...slice,
});

let db: AtelierDb;
let fetched: string[];
beforeEach(async () => {
  db = await freshStorage();
  fetched = [];
});

/** Answers from the table; after so many parts the repository is gone. */
const reader = (parts = Infinity): HubReader => ({
  read: (_repo, path, start, end) => {
    if (fetched.length >= parts) return Promise.reject(new AtelierError('hub-gated', { hub: '', repo: '' }));
    fetched.push(`${path} ${start}`);
    return Promise.resolve(CONTENTS[path]!.slice(start, end).buffer);
  },
});
const bring = (asked: HubDatasetRequest, hub = reader(), partBytes = PART) =>
  importHubDataset(db, hub, asked, { partBytes });
const told = (row: string): string => row.replace(/[.,].*$/, '');

describe('a split of a hub’s data set', () => {
  it('comes in through the importer of files, with its origin, commit and licence', async () => {
    const record = await bring(request('default'));
    const rows = await all(allRows(db, record.id));
    expect(rows.map(told)).toEqual(Array.from({ length: 200 }, (_, i) => `row ${i}`));
    expect(record).toMatchObject({
      ...{ name: 'rows · train', source: 'hub.example/datasets/owner/rows', format: 'files', rows: 200 },
      hub: {
        hub: DATASET.hub,
        repo: 'owner/rows',
        revision: COMMIT,
        config: 'default',
        split: 'train',
        licence: 'cc0-1.0',
      },
    });
    expect(dataSheet(record)).toContain(
      `- Data set: owner/rows, configuration default, split train, all rows, commit ${COMMIT}, licence cc0-1.0`,
    );
    expect(await downloadBytes(db)).toBe(0);
  });

  it('gives the rows that are asked for, and fetches no more than they need', async () => {
    const record = await bring(request('other', { first: 11, count: 30 }), reader(), 16 * PART);
    expect((await rowsFrom(db, record.id, 0, 99)).map(told)).toEqual(
      Array.from({ length: 30 }, (_, i) => `row ${10 + i}`),
    );
    expect(record.hub).toMatchObject({ first: 11, count: 30 });
    expect(dataSheet(record)).toContain('rows from 11, 30 at most');
    expect(dataSheet(record)).not.toContain('SHA-256'); // only a part of the file was read
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(fetched.length * 16 * PART).toBeLessThan(parquet.byteLength / 4);
  });

  it('of which fewer rows are there than the first that is asked for is refused with their number', async () => {
    await expect(bring(request('default', { first: 201 }))).rejects.toMatchObject({
      code: 'hub-rows',
      facts: { repo: 'owner/rows', rows: 200, first: 201 },
    });
    expect(await listDatasets(db)).toEqual([]);
  });

  it('leaves no half data set where the hub fails, and the next try fetches what is missing', async () => {
    await expect(bring(request('default'), reader(3))).rejects.toMatchObject({ code: 'hub-gated' });
    expect(await listDatasets(db)).toEqual([]);
    expect(fetched).toHaveLength(3);
    expect(await downloadBytes(db)).toBeGreaterThan(2 * PART);
    await bring(request('default'));
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(await downloadBytes(db)).toBe(0);
  });

  it('has what the hub answers written as text in its data sheet', async () => {
    const dataset = { ...DATASET, revision: '<img src=x>', licence: '[mit](http://x)' };
    const sheet = dataSheet(await bring({ ...request('default'), dataset }));
    expect(sheet).not.toMatch(/(?<!\\)<img/);
    expect(sheet).not.toMatch(/(?<!\\)\[mit/);
  });

  it('is cancelled as a file is', async () => {
    const cancel = new AbortController();
    const hub: HubReader = {
      read: (...asked) => {
        cancel.abort();
        return reader().read(...asked);
      },
    };
    const { signal } = cancel;
    await expect(importHubDataset(db, hub, request('default'), { partBytes: PART, signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await listDatasets(db)).toEqual([]);
  });

  it('has the fault of its file told', async () => {
    await expect(bring(request('broken'))).rejects.toMatchObject({ code: 'jsonl-line' });
  });
});
