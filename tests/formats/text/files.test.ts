// Zips and several files as one dataset: hostile archives are refused, and one bad file never refuses those beside it.
import { expect, test } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { errorWords } from '../../../src/app/words/errorWords';
import { rowsOfFiles } from '../../../src/formats/text/files';
import type { TextFound } from '../../../src/formats/text/format';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { writeZip } from '../../../src/formats/zip';
import { fileOf, flat, rowsOf, utf8 } from '../helpers';

async function zipOf(files: Record<string, string | Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const target = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk.slice()) });
  const items = Object.entries(files).map(([path, content]) => {
    const bytes = typeof content === 'string' ? utf8(content) : content;
    return { path, byteLength: bytes.length, bytes: [bytes] };
  });
  await writeZip(target, items, new Date(0));
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** What was set aside, each as a sentence in both languages. */
const asideOf = (notes: RowNotes): string[] =>
  (notes.report()?.first ?? []).map(({ code, facts }) => {
    const error = new AtelierError(code as AtelierError['code'], facts);
    for (const language of ['en', 'zh'] as const) expect(errorWords(error, language).length).toBeGreaterThan(10);
    return `${code} ${String(facts['file'])}`;
  });

test('each row of a zip keeps the name of its file; what systems add is passed over', async () => {
  const found: TextFound = { notes: new RowNotes() };
  const zip = await zipOf({
    'a/one.txt': 'one\n\ntwo',
    'b.csv': 'id,text\n7,three\n',
    '__MACOSX/a/._one.txt': 'no',
    'a/.DS_Store': 'no',
    'empty.txt': '',
  });
  const rows = await rowsOf(fileOf(zip, 'all.zip'), found);
  expect(rows).toEqual([
    { row: 'three', facts: { id: 7, source: 'b.csv' } },
    { row: 'one', facts: { source: 'a/one.txt' } },
    { row: 'two', facts: { source: 'a/one.txt' } },
  ]);
  expect(found.files).toMatchObject([
    { name: 'b.csv', format: 'csv', rows: 1 },
    { name: 'a/one.txt', format: 'txt', rows: 2 },
  ]);
});

test('files that hold no text, or texts beside conversations, are set aside; the others are read', async () => {
  const notes = new RowNotes();
  const zip = await zipOf({
    'about.txt': 'words',
    'chat.jsonl': '{"prompt":"q","completion":"a"}',
    'inner.zip': await zipOf({ 'x.txt': 'x' }),
    'p.png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0),
    'broken.parquet': utf8('PAR1 and no more'),
  });
  expect(await rowsOf(fileOf(zip, 'all.zip'), { notes })).toHaveLength(1);
  expect(asideOf(notes).sort()).toEqual([
    'format-binary p.png',
    'parquet-broken broken.parquet',
    'rows-mixed about.txt',
    'zip-nested inner.zip',
  ]);
});

test('where no file can be read, the first one says why', async () => {
  const png = fileOf(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0), 'a.png');
  await expect(flat(rowsOfFiles([png, fileOf('', 'b.txt')], {}))).rejects.toMatchObject({ code: 'format-binary' });
  await expect(flat(rowsOfFiles([], { name: 'folder' }))).rejects.toMatchObject({ code: 'text-empty' });
});

test('an entry that unpacks to far more than texts do is not read', async () => {
  const { ZipWriter, Uint8ArrayWriter, Uint8ArrayReader } = await import('@zip.js/zip.js');
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  await writer.add('bomb.txt', new Uint8ArrayReader(new Uint8Array(17 * 1024 * 1024).fill(0x61)));
  await writer.add('good.txt', new Uint8ArrayReader(utf8('good')));
  const notes = new RowNotes();
  const rows = await rowsOf(fileOf(await writer.close(), 'bomb.zip'), { notes });
  expect([rows.map(({ row }) => row), asideOf(notes)]).toEqual([['good'], ['zip-ratio bomb.zip']]);
});

test('names that lead out of the archive refuse it whole, as do names that stand twice', async () => {
  for (const name of ['../x.txt', '/etc/x', 'a/../../x.txt', 'C:/x.txt', 'a\\b.txt'])
    await expect(rowsOf(fileOf(await zipOf({ [name]: 'x' }), 'a.zip')), name).rejects.toMatchObject({
      code: 'zip-path',
    });
});

test('a zip that is cut off or changed says so', async () => {
  const zip = await zipOf({ 'a.txt': 'some text' });
  await expect(rowsOf(fileOf(zip.slice(0, -9), 'a.zip'))).rejects.toMatchObject({ code: 'zip-broken' });
  const changed = zip.slice();
  changed[40] = changed[40]! ^ 1;
  const notes = new RowNotes();
  await expect(rowsOf(fileOf(changed, 'a.zip'), { notes })).rejects.toBeInstanceOf(AtelierError);
});
