import { beforeEach, describe, expect, test } from 'vitest';
import type { Progress } from '../../../src/base/wire/events';
import type { AtelierDb } from '../../../src/storage/db';
import { readTokens } from '../../../src/storage/prepared';
import { importText } from '../../../src/studio/data/importData';
import { prepare } from '../../../src/studio/data/prepare';
import { loadTokenizer, tokensOf, vocabularyPage } from '../../../src/studio/models/tokenizers';
import { importTokenizer, trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { freshStorage } from '../../storage/storage';

const ROWS = Array.from({ length: 43 }, (_, i) => `The ${i}th cat sat on mat ${i * 7}.`);
// twice the same rows: a row that stands in both datasets must fall on one side
const MORE = [...ROWS.slice(5, 20), 'A dog came by.', '一只狗来了。'];

let db: AtelierDb;
let datasetIds: string[];
beforeEach(async () => {
  db = await freshStorage();
  datasetIds = [(await importText(db, 'a', ROWS.join('\n\n'))).id, (await importText(db, 'b', MORE.join('\n\n'))).id];
});

const tokenizer = (kind: 'bpe' | 'characters' = 'bpe') =>
  trainTokenizer(db, { name: 'tok', kind, vocabSize: 280, datasetIds });

describe('a tokenizer', () => {
  test('is learned from all datasets, kept, and runs again as it was', async () => {
    const record = await tokenizer('characters');
    expect(record).toMatchObject({ name: 'tok', kind: 'characters', endId: 0 });
    const loaded = await loadTokenizer(db, record.id);
    expect(await loadTokenizer(db, record.id)).toBe(loaded); // built once, then kept
    expect(loaded.decode(loaded.encode('狗 cat'))).toBe('狗 cat');
    const units = ROWS.concat(MORE).join('').length;
    expect(record.bytesPerToken).toBeCloseTo(Buffer.byteLength(ROWS.concat(MORE).join('')) / units, 12);
  });

  test('shortens the text it learned from', async () => {
    const record = await tokenizer();
    expect(record.vocabSize).toBe(280);
    expect(record.bytesPerToken).toBeGreaterThan(1.5);
  });

  test('comes back from its file to the same ids', async () => {
    const record = await tokenizer();
    const imported = await importTokenizer(db, new File([record.json], 'mine.json'));
    expect(imported).toMatchObject({
      name: 'mine',
      kind: 'bpe',
      vocabSize: 280,
      endId: record.endId,
      bytesPerToken: 0,
    });
    const [a, b] = [await loadTokenizer(db, record.id), await loadTokenizer(db, imported.id)];
    expect(b.encode('The cat 狗')).toEqual(a.encode('The cat 狗'));
  });

  test('shows its tokens and its vocabulary', async () => {
    const loaded = await loadTokenizer(db, (await tokenizer()).id);
    const shown = tokensOf(loaded, 'The cat');
    expect(shown.map((t) => t.text).join('')).toBe('The cat');
    const page = vocabularyPage(loaded, 'at', 1, 2);
    expect(page.total).toBeGreaterThan(3);
    expect(page.entries).toHaveLength(2);
    expect(page.entries.every((t) => t.text.includes('at'))).toBe(true);
    expect(vocabularyPage(loaded, '', 0, 1000).total).toBe(280);
  });
});

describe('prepared text', () => {
  const request = async () => ({ datasetIds, tokenizerId: (await tokenizer()).id, seed: 7, validationShare: 0.2 });
  const rowsIn = async (tokens: ArrayLike<number>, tokenizerId: string): Promise<string[]> => {
    const { decode, endId } = await loadTokenizer(db, tokenizerId).then((t) => ({
      decode: (ids: number[]) => t.decode(ids),
      endId: t.endId,
    }));
    const rows: string[] = [];
    let row: number[] = [];
    for (const id of Array.from(tokens)) {
      if (id !== endId) row.push(id);
      else {
        rows.push(decode(row));
        row = [];
      }
    }
    expect(row).toEqual([]); // the last row has its end token too
    return rows;
  };

  test('holds every row once, each on one side, in the order of the text', async () => {
    const asked = await request();
    const record = await prepare(db, asked, undefined, undefined, 64);
    const train = await rowsIn(await readTokens(db, record, 'train'), asked.tokenizerId);
    const validation = await rowsIn(await readTokens(db, record, 'validation'), asked.tokenizerId);
    const held = new Set(validation);
    expect(train).toEqual([...ROWS, ...MORE].filter((row) => !held.has(row)));
    expect(validation).toEqual([...ROWS, ...MORE].filter((row) => held.has(row)));
    expect(held.size).toBe(Math.round(0.2 * 45));
    expect(record).toMatchObject({ trainRows: train.length, validationRows: validation.length });
    expect(record.trainBytes).toBe(Buffer.byteLength(train.join('')));
    expect(record.chunks.train).toBeGreaterThan(1);
  });

  test('is found again, and its hash depends on the tokens alone', async () => {
    const asked = await request();
    const first = await prepare(db, asked, undefined, undefined, 64);
    expect((await prepare(db, asked)).id).toBe(first.id);
    await db.clear('prepared');
    const again = await prepare(db, asked, undefined, undefined, 6400);
    expect(again.id).not.toBe(first.id);
    expect(again.sha256).toBe(first.sha256);
    const other = await prepare(db, { ...asked, seed: 8 });
    expect(other.sha256).not.toBe(first.sha256);
  });

  test('of several datasets by a version that kept no parts is made again, and what named it follows', async () => {
    const asked = await request();
    const { parts, ...old } = await prepare(db, asked);
    expect(parts).toHaveLength(datasetIds.length);
    await db.put('prepared', old);
    const again = await prepare(db, asked);
    expect(again).toMatchObject({ parts, sha256: old.sha256 });
    expect(again.id).not.toBe(old.id);
    expect(await db.getAllKeys('prepared')).toEqual([again.id]);
  });

  test('needs a dataset that is here', async () => {
    const asked = await request();
    await expect(prepare(db, { ...asked, datasetIds: [] })).rejects.toMatchObject({ code: 'data-missing' });
    await expect(prepare(db, { ...asked, datasetIds: ['gone'] })).rejects.toMatchObject({ code: 'dataset-missing' });
  });

  test('that is cancelled or fails leaves nothing', async () => {
    const asked = await request();
    await db.delete(
      'rowChunks',
      (await db.getAllKeys('rowChunks')).find(([id]) => id === datasetIds[1])!,
    );
    await expect(prepare(db, asked)).rejects.toMatchObject({ code: 'dataset-damaged', facts: { name: 'b' } });
    expect([await db.count('prepared'), await db.count('tokenChunks')]).toEqual([0, 0]);
  });
});

test('a cancel reaches slow work', async () => {
  const many = await importText(db, 'many', Array.from({ length: 60_000 }, (_, i) => `row ${i}`).join('\n\n'));
  const controller = new AbortController();
  const onProgress = (p: Progress) => {
    expect(p).toMatchObject({ phase: 'tokenizing', total: 60_000 });
    controller.abort();
  };
  const asked = { datasetIds: [many.id], tokenizerId: (await tokenizer()).id, seed: 1, validationShare: 0.1 };
  await expect(prepare(db, asked, onProgress, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  expect(await db.count('tokenChunks')).toBe(0);
});
