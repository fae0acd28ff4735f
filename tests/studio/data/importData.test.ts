import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Progress } from '../../../src/base/wire/events';
import { allRows, listDatasets } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { importFile, importSample, importText } from '../../../src/studio/data/importData';
import { freshStorage, lockQueue } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));
afterEach(() => vi.unstubAllGlobals());

const TEXT = Array.from({ length: 57 }, (_, i) => `Paragraph ${i}\nwith two lines. 第 ${i} 段。`).join('\n\n');
const fileOf = (text: string | Uint8Array<ArrayBuffer>, name: string): File => new File([text], name);
async function rowsOf(id: string): Promise<string[]> {
  const rows = [];
  for await (const row of allRows(db, id)) rows.push(row);
  return rows;
}
const nothingKept = async () => expect([await db.count('datasets'), await db.count('rowChunks')]).toEqual([0, 0]);

/** A file whose bytes come in small parts, to see what happens between them. */
function slowFile(text: string, name: string, part = 100): File {
  const file = fileOf(text, name);
  const bytes = new TextEncoder().encode(text);
  file.stream = () => {
    let at = 0;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, (at += part)));
      },
    });
  };
  return file;
}

test('the bytes of a file are read once, hash included; a look at its beginning comes before', async () => {
  const file = slowFile(TEXT, 'a.txt', 1 << 20);
  const stream = vi.spyOn(file, 'stream');
  const slice = vi.spyOn(file, 'slice');
  const { sha256 } = await importFile(db, file);
  expect([stream.mock.calls.length, slice.mock.calls.length]).toEqual([2, 0]);
  expect(sha256).toBe(createHash('sha256').update(TEXT).digest('hex'));
});

describe('columns of which none has a known name', () => {
  const table = (rows: readonly string[]) => importFile(db, fileOf(rows.join('\n'), 'a.csv'));

  test('ask and answer where two hold words, and say that this is a guess', async () => {
    const { id, content, mapping } = await table(['frage;antwort;nr', 'Wo?;Dort.;1', 'Wer?;Ich.;2']);
    expect([content, mapping?.guessed, mapping?.columns]).toEqual([
      ...['chat', true],
      [
        { column: 'frage', use: 'question' },
        { column: 'antwort', use: 'answer' },
        { column: 'nr', use: 'fact' },
      ],
    ]);
    expect(JSON.parse((await rowsOf(id))[0]!)).toEqual({
      messages: [
        { role: 'user', content: 'Wo?' },
        { role: 'assistant', content: 'Dort.' },
      ],
    });
  });

  test('are a text with its label where the other one repeats itself', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `Ein Satz mit der Zahl ${i},${i % 2 ? 'gut' : 'schlecht'}`);
    const { id, mapping } = await table(['satz,urteil', ...rows]);
    expect(mapping).toMatchObject({ shape: 'classification', columns: [{ use: 'text' }, { use: 'label' }] });
    expect((await rowsOf(id))[0]).toBe('Ein Satz mit der Zahl 0');
  });

  test('are one text where there are more, and JSON lines are read so too', async () => {
    const lines = ['{"a":"one","b":"two","c":"three","n":1}', '{"a":"four","b":"five","c":"six","n":2}'].join('\n');
    const { id } = await importFile(db, fileOf(lines, 'a.jsonl'));
    expect(await rowsOf(id)).toEqual(['one\ntwo\nthree', 'four\nfive\nsix']);
  });

  test('of numbers alone are refused, and nothing stays', async () => {
    await expect(table(['a,b', '1,2'])).rejects.toMatchObject({ code: 'jsonl-fields' });
    await nothingKept();
  });
});

describe('a file', () => {
  test('becomes rows in chunks, with its hash, size and encoding', async () => {
    const record = await importFile(db, fileOf(TEXT, 'my story.txt'), { chunkBytes: 500 });
    const bytes = Buffer.from(TEXT);
    expect(record).toMatchObject({
      name: 'my story',
      source: 'my story.txt',
      format: 'txt',
      encoding: 'utf-8',
      rows: 57,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(record.chunks).toBeGreaterThan(3);
    expect(await db.count('rowChunks')).toBe(record.chunks);
    expect(await rowsOf(record.id)).toEqual(TEXT.split('\n\n'));
  });

  test('of JSON lines and of UTF-16 is read too', async () => {
    const lines = ['{"text":"one"}', '', '{"messages":[{"role":"user","content":"hi"}]}'].join('\n');
    const json = await importFile(db, fileOf(lines, 'a.jsonl'));
    expect(await rowsOf(json.id)).toEqual(['one', 'user: hi']);
    const utf16 = await importFile(db, fileOf(new Uint8Array([0xff, 0xfe, ...Buffer.from('你好', 'utf16le')]), 'b.md'));
    expect([utf16.encoding, utf16.format, await rowsOf(utf16.id)]).toEqual(['utf-16le', 'md', ['你好']]);
  });

  test('keeps a report of what it left out, and knows the same bytes again', async () => {
    const lines = '{"text":"one","id":"x"}\n{"text":\n{"text":"two"}';
    const { report, rows } = await importFile(db, fileOf(lines, 'a.jsonl'));
    expect([rows, report]).toMatchObject([
      2,
      {
        aside: 1,
        first: [{ code: 'jsonl-line', facts: { file: 'a.jsonl', line: 2 } }],
        kept: [{ field: 'id', rows: 1 }],
      },
    ]);
    expect((await importFile(db, fileOf(lines, 'b.jsonl'))).report?.twin).toBe('a');
    expect((await importFile(db, fileOf('one', 'a.txt'))).report).toBeUndefined();
  });

  test('reports its bytes as they are read', async () => {
    const seen: Progress[] = [];
    await importFile(db, slowFile(TEXT, 'a.txt'), { onProgress: (p) => seen.push(p) });
    const size = Buffer.byteLength(TEXT);
    expect(seen[0]).toEqual({ phase: 'reading', done: 100, total: size, unit: 'bytes' });
    expect(seen.at(-1)?.done).toBe(size);
  });

  test('that is refused or cancelled half-way leaves nothing', async () => {
    const bad = new Uint8Array([...Buffer.from(TEXT), 0xc3]);
    await expect(importFile(db, fileOf(bad, 'a.txt'), { chunkBytes: 300 })).rejects.toMatchObject({
      code: 'text-not-utf8',
      facts: { offset: bad.length - 1 },
    });
    await nothingKept();
    const controller = new AbortController();
    const written: number[] = [];
    const onProgress = (p: Progress) => {
      if (p.done >= 1500) controller.abort();
      void db.count('rowChunks').then((n) => written.push(n));
    };
    const cancelled = importFile(db, slowFile(TEXT, 'a.txt'), {
      chunkBytes: 300,
      onProgress,
      signal: controller.signal,
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(Math.max(...written)).toBeGreaterThan(1); // it was written as it came
    await nothingKept();
  });

  test('of an unknown kind or without text is refused by name', async () => {
    const picture = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1]);
    await expect(importFile(db, fileOf(picture, 'a.txt'))).rejects.toMatchObject({ code: 'format-binary' });
    await expect(importFile(db, fileOf('', 'a.txt'))).rejects.toMatchObject({
      code: 'text-empty',
      facts: { file: 'a.txt' },
    });
  });
});

test('pasted text becomes a dataset', async () => {
  const record = await importText(db, ' note ', 'one\n\ntwo');
  expect(record).toMatchObject({ name: 'note', source: 'paste', rows: 2, bytes: 8 });
});

test('a sample is fetched once, each by its own name, and a missing one is said', async () => {
  const folder = new URL('https://studio.test/samples/');
  const fetched = vi.fn(async (_url: URL) => new Response(TEXT));
  vi.stubGlobal('fetch', fetched);
  const first = await importSample(db, 'english-stories', folder);
  const second = await importSample(db, 'english-stories', folder);
  expect(second.id).toBe(first.id);
  expect(first).toMatchObject({ source: 'sample:english-stories', format: 'txt', content: 'text' });
  expect(await importSample(db, 'chinese-stories', folder)).toMatchObject({ source: 'sample:chinese-stories' });
  const asked = ['english-stories.txt', 'chinese-stories.txt'].map((file) => new URL(file, folder).href);
  expect(fetched.mock.calls.map(([url]) => url.href)).toEqual(asked);
  expect(await listDatasets(db)).toHaveLength(2);
  await db.clear('datasets');
  vi.stubGlobal('fetch', async () => new Response('no', { status: 404 }));
  await expect(importSample(db, 'english-stories', folder)).rejects.toMatchObject({
    code: 'starter-missing',
    facts: { status: 404 },
  });
});

test('a sample that two tabs ask for at once is here once; one that waits can be cancelled', async () => {
  const folder = new URL('https://studio.test/samples/');
  let answer = (): void => undefined;
  const fetched = vi.fn(() => new Promise<Response>((done) => (answer = () => done(new Response(TEXT)))));
  vi.stubGlobal('fetch', fetched);
  const locks = lockQueue();
  const controller = new AbortController();
  const first = importSample(db, 'english-stories', folder, { locks });
  const second = importSample(db, 'english-stories', folder, { locks });
  const third = importSample(db, 'english-stories', folder, { locks, signal: controller.signal });
  controller.abort();
  await expect(third).rejects.toMatchObject({ code: 'cancelled' });
  await vi.waitFor(() => expect(fetched).toHaveBeenCalled());
  answer();
  expect((await second).id).toBe((await first).id);
  expect(fetched).toHaveBeenCalledTimes(1);
  expect(await listDatasets(db)).toHaveLength(1);
});
