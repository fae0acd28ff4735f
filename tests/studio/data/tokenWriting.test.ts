import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import type { PreflightRequest } from '../../../src/base/wire/requests';
import type { AtelierDb } from '../../../src/storage/db';
import { importFile } from '../../../src/studio/data/importData';
import { preflight } from '../../../src/studio/data/preflight';
import { prepare } from '../../../src/studio/data/prepare';
import { tokenMaking } from '../../../src/studio/data/tokenWriting';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));
afterEach(() => vi.restoreAllMocks());

const ROWS = 40;
const question = (i: number) => ({ prompt: `How much is ${i} and 1?`, completion: `It is ${i + 1}.` });

async function asked(
  rows: object[] = Array.from({ length: ROWS }, (_, i) => question(i)),
  chunkBytes = 300,
): Promise<PreflightRequest> {
  const file = new File([rows.map((row) => JSON.stringify(row)).join('\n')], 'a.jsonl');
  const { id } = await importFile(db, file, { chunkBytes });
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 270, datasetIds: [id] });
  const more = { seed: 1, validationShare: 0.3, task: 'chat' as const, contextLength: 64 };
  return { datasetIds: [id], tokenizerId: tokenizer.id, ...more };
}
const kept = async () => [await db.count('prepared'), await db.count('tokenChunks')];
/** How many conversations are made into tokens from here on. */
const encodings = () => vi.spyOn(ChatTemplate.prototype, 'spans');

test('rows are made into tokens once: preflight stores them, and preparing finds them', async () => {
  const request = await asked();
  const encoded = encodings();
  await preflight(db, request);
  const found = await prepare(db, request);
  expect(encoded).toHaveBeenCalledTimes(ROWS);
  await db.clear('prepared');
  const made = await prepare(db, request);
  expect({ ...made, id: '', createdAt: 0 }).toEqual({ ...found, id: '', createdAt: 0, usedAt: undefined });
});

test('a preparation that is asked for during preflight waits for its tokens', async () => {
  const request = await asked();
  const encoded = encodings();
  const [, one, other] = await Promise.all([preflight(db, request), prepare(db, request), prepare(db, request)]);
  expect(one.id).toBe(other.id);
  expect(encoded).toHaveBeenCalledTimes(ROWS);
});

test('a preparation that waits for preflight hears its own cancel, and is made where preflight was cancelled', async () => {
  const request = await asked();
  const [looking, waiting] = [new AbortController(), new AbortController()];
  const looked = preflight(db, request, undefined, looking.signal);
  const waited = prepare(db, request, undefined, waiting.signal);
  const made = prepare(db, request);
  waiting.abort();
  await expect(waited).rejects.toMatchObject({ code: 'cancelled' });
  looking.abort();
  await looked.catch(() => undefined);
  expect((await made).trainRows).toBe(28);
});

test('preflight of rows that the template refuses stores nothing, and looks at all of them', async () => {
  const rows = Array.from({ length: ROWS }, (_, i) => question(i));
  const request = await asked(rows);
  const { spans } = ChatTemplate.prototype;
  let seen = 0;
  vi.spyOn(ChatTemplate.prototype, 'spans').mockImplementation(function (this: ChatTemplate, messages) {
    if (seen++ === 3) throw new RangeError('refused');
    return spans.call(this, messages);
  });
  const report = await preflight(db, request);
  expect(report).toMatchObject({ rows: ROWS, findings: [{ code: 'template-fails', rows: [4] }, {}] });
  expect(await kept()).toEqual([0, 0]);
});

test('a preflight that is cancelled or cannot read its rows says so and leaves nothing', async () => {
  const request = await asked();
  const controller = new AbortController();
  controller.abort();
  let looks = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * looks++); // a second between two looks at the clock
  await expect(preflight(db, request, undefined, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  vi.restoreAllMocks();
  const [, last] = (await db.getAllKeys('rowChunks')).slice(-2);
  await db.delete('rowChunks', last!);
  await expect(preflight(db, request)).rejects.toMatchObject({ code: 'dataset-damaged' });
  expect(await kept()).toEqual([0, 0]);
});

test('preflight reports on rows whose tokens find no room', async () => {
  const request = await asked();
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  expect((await preflight(db, request)).rows).toBe(ROWS);
  expect(put).toHaveBeenCalled();
  vi.restoreAllMocks();
  expect(await kept()).toEqual([0, 0]);
});

test('memory holds one chunk of rows and one of each column, however many rows there are', async () => {
  const rows = Array.from({ length: 400 }, (_, i) => question(i));
  const request = await asked(rows, 1000);
  const chunkBytes = 512;
  const { rows: read, write } = await tokenMaking(db, request);
  const got = vi.spyOn(IDBObjectStore.prototype, 'get');
  const chunksRead = () => got.mock.contexts.filter((store) => (store as IDBObjectStore).name === 'rowChunks').length;
  const chunks = await db.count('rowChunks');
  let [encodedBytes, mostWaiting, rowBytes, mostAhead] = [0, 0, 0, 0];
  const watched = async function* () {
    for await (const each of read()) {
      rowBytes += new TextEncoder().encode(each.row).length;
      mostAhead = Math.max(mostAhead, chunksRead() - chunks - rowBytes / 1000);
      mostWaiting = Math.max(mostWaiting, encodedBytes - (await db.count('tokenChunks')) * chunkBytes);
      yield each;
      if (!(each.encoded instanceof Error))
        for (const { ids } of each.encoded) encodedBytes += (2 + 4) * ids.length + 4;
    }
  };
  const made = await write(watched(), chunkBytes);
  expect(made.trainRows + made.validationRows).toBe(400);
  expect(encodedBytes).toBeGreaterThan(100 * chunkBytes);
  expect(mostWaiting).toBeLessThanOrEqual(6 * chunkBytes);
  expect(mostAhead).toBeLessThanOrEqual(1);
});
