import { expect, test } from 'vitest';
import { dataFiles } from '../../../src/pages/hub/dataFiles';

let asked = 0;
async function* list(paths: Iterable<string>): AsyncGenerator<{ type: string; path: string; size: number }> {
  asked = 0;
  for (const path of paths) {
    asked++;
    yield await Promise.resolve({ type: path.endsWith('/') ? 'directory' : 'file', path, size: 9 });
  }
}
function* many(path: (i: number) => string): Generator<string> {
  for (let i = 0; ; i++) yield path(i);
}

test('rows behind more pictures than are kept are found, and the pictures are not kept', async () => {
  const pictures = Array.from({ length: 500 }, (_, i) => `images/${i}.png`);
  const found = await dataFiles(list(['images/', ...pictures, 'data/train.jsonl', 'README.md']), { files: 100 });
  expect(found).toEqual({ files: [{ path: 'data/train.jsonl', byteLength: 9 }] });
});

test('a list that is cut says after how many lines', async () => {
  const files = await dataFiles(list(many((i) => `data/${i}.parquet`)), { files: 100 });
  expect([files.files.length, files.listed]).toEqual([100, 100]);
  const none = await dataFiles(list(many((i) => `${i}.png`)), { listed: 300 });
  expect([none, asked]).toEqual([{ files: [], listed: 300 }, 301]);
});
