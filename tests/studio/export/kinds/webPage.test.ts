import { expect, test } from 'vitest';
import { fromBlob } from '../../../../src/base/numbers/asyncBuffer';
import type { WebPageModel } from '../../../../src/base/wire/webPage';
import { listZip, writeZip, type ZipItem } from '../../../../src/formats/zip';
import { textItem } from '../../../../src/studio/export/exportFiles';
import { exportModel } from '../../../../src/studio/export/exportModel';
import { ExportTarget } from '../../../../src/studio/export/exportStreams';
import { openOrigin } from '../../../../src/studio/export/exportSource';
import { filePartsOf, webPage } from '../../../../src/studio/export/kinds/webPage';
import { freshStorage } from '../../../storage/storage';
import { publishedModel } from '../../models/publishedModels';

async function bytesOf({ bytes }: Pick<ZipItem, 'bytes'>): Promise<number[]> {
  const all: number[] = [];
  for await (const chunk of bytes) all.push(...chunk);
  return all;
}

test.each([
  [[5, 0, 7, 1], 4],
  [[13], 4],
  [[12], 4],
  [[1, 1, 1], 100],
])(
  'chunks of %j bytes in parts of %i: each is full but the last, and together they are the file',
  async (chunks, size) => {
    const total = chunks.reduce((sum, n) => sum + n, 0);
    let at = 0;
    async function* bytes(): AsyncGenerator<Uint8Array> {
      for (const n of chunks) yield await Promise.resolve(Uint8Array.from({ length: n }, () => at++));
    }
    const parts = filePartsOf('model/m.gguf', { byteLength: total, bytes: bytes() }, size);
    const read: number[][] = [];
    for (const part of parts) read.push(await bytesOf(part));
    expect(read.flat()).toEqual(Array.from({ length: total }, (_, i) => i));
    expect(read.map((part) => part.length)).toEqual(parts.map(({ byteLength }) => byteLength));
    expect(read.slice(0, -1).every((part) => part.length === size)).toBe(true);
    expect(parts.at(-1)!.path).toMatch(new RegExp(`^model/m\\.gguf\\.0000${parts.length}-of-0000${parts.length}$`));
  },
);

/** A page as the build packs it, here of one file. */
async function page(): Promise<Blob> {
  const out = new ExportTarget();
  await writeZip(out.stream, [textItem('index.html', '<p>page</p>')], new Date());
  return out.blob('application/zip')!;
}

test('the zip has the page, the card and the model, which says of itself what the card says', async () => {
  const db = await freshStorage();
  const { id } = await publishedModel(db);
  const { blob } = await exportModel(db, id, 'web-page', { page });
  const files = await listZip(fromBlob(blob!), 'x');
  expect(files.map(({ path }) => path).slice(0, 3)).toEqual(['README.md', 'index.html', 'model.json']);
  const textOf = async (name: string): Promise<string> => {
    const file = files.find(({ path }) => path === name)!;
    return Buffer.from(await bytesOf({ bytes: file.stream() })).toString();
  };
  const model = JSON.parse(await textOf('model.json')) as WebPageModel;
  expect(model).toMatchObject({ chat: true, sampling: { temperature: 0.6, topP: 0.9 } });
  const [part] = model.parts;
  expect(await textOf(part!.path)).toBe(await (await exportModel(db, id, 'gguf-q8')).blob!.text());
  const card = await textOf('README.md');
  for (const sentence of model.card.en) expect(card).toContain(sentence.replace(/^Licence: /, ''));
  expect(card).toContain('python3 -m http.server');
  expect(model.card.en.join(' ')).toMatch(/apache-2\.0.*not true/);
  expect(model.card.zh.join(' ')).toMatch(/apache-2\.0.*不真实/);
  expect(model.card.zh).toHaveLength(model.card.en.length);
  // the file's name is the version that a log names; another save has other paths
  expect(model.file).toMatch(/-web-page$/);
  expect(part!.path).toContain(`model/${model.version}/`);
});

test('a model larger than llama.cpp can open in a browser is refused before anything is written', async () => {
  const db = await freshStorage();
  const origin = await openOrigin(db, (await publishedModel(db)).id);
  expect(webPage.lacks?.(origin)).toBeUndefined();
  const large = { ...origin.weights.model, vocabSize: 3_000_000, hiddenSize: 1024 };
  expect(webPage.lacks?.({ ...origin, weights: { ...origin.weights, model: large } })).toMatchObject({
    code: 'web-page-large',
    facts: { most: 2147 },
  });
});

test('a studio that is served without the page says so', async () => {
  const db = await freshStorage();
  const { id } = await publishedModel(db);
  await expect(exportModel(db, id, 'web-page')).rejects.toMatchObject({ code: 'web-page-missing' });
});
