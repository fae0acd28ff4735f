// A repository of a hub that holds GGUF files: one is chosen, fetched and opened. The code: src/studio/models/hubImport.ts,
// src/base/wire/hub.ts.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { ggufsIn, neededFiles, type HubModel } from '../../../src/base/wire/hub';
import type { AtelierDb } from '../../../src/storage/db';
import { openHubModel, type HubReader } from '../../../src/studio/models/hubImport';
import { openFiles } from '../../../src/studio/models/openFiles';
import { freshStorage } from '../../storage/storage';

const BYTES = readFileSync(new URL('../../fixtures/gguf/smol.gguf', import.meta.url));
const file = (path: string, byteLength = BYTES.length) => ({ path, byteLength });
const REPO: HubModel = {
  hub: 'https://hub',
  repo: 'a/b-GGUF',
  revision: '0123456789abcdef0123456789abcdef01234567',
  licence: 'mit',
  files: [
    file('README.md', 9),
    file('tiny-F16.gguf'),
    file('big-Q8_0-00001-of-00002.gguf', 10),
    file('big-Q8_0-00002-of-00002.gguf', 20),
    file('mmproj-tiny.gguf', 5),
  ],
};
const CHOSEN: HubModel = { ...REPO, gguf: 'tiny-F16.gguf' };
const SMALL = { partBytes: 4096 };

let db: AtelierDb;
beforeEach(async () => void (db = await freshStorage()));
const stored = async () =>
  Promise.all((['models', 'modelChunks', 'tokenizers', 'downloads'] as const).map((name) => db.count(name)));

function answering(upTo = Infinity, refused?: () => Promise<never>): HubReader {
  return {
    read: (_model, path, start, end) => {
      expect(path).toBe('tiny-F16.gguf');
      if (start >= upTo) return refused!();
      return Promise.resolve(new Uint8Array(BYTES.subarray(start, end)).buffer);
    },
  };
}

describe('the files to choose from', () => {
  test('are GGUFs by name, the parts of one together, without what holds no language model', () => {
    expect(ggufsIn(REPO)).toEqual([file('tiny-F16.gguf'), file('big-Q8_0.gguf', 30)]);
    expect(neededFiles({ ...REPO, gguf: 'big-Q8_0.gguf' }).map(({ byteLength }) => byteLength)).toEqual([10, 20]);
    expect(neededFiles(CHOSEN)).toEqual([file('tiny-F16.gguf')]);
  });

  test('are none where there are safetensors: these are fetched, as ever', () => {
    const both = { ...REPO, files: [...REPO.files, file('model.safetensors'), file('config.json')] };
    expect(ggufsIn(both)).toEqual([]);
    expect(neededFiles(both).map(({ path }) => path)).toEqual(['README.md', 'model.safetensors', 'config.json']);
  });
});

test('the chosen one opens as the file itself does, and leaves nothing but the model', async () => {
  const record = await openHubModel(db, answering(), CHOSEN, SMALL);
  const fromFile = await openFiles(await freshStorage(), [new File([BYTES], 'tiny-F16.gguf')], {});
  expect(record).toMatchObject({ name: fromFile.name, sha256: fromFile.sha256, licence: 'mit', gguf: fromFile.gguf });
  expect(await db.count('downloads')).toBe(0);
});

test.each([
  ['at its beginning', 4096],
  ['among its weights', 40_960],
])('a fetch that breaks off %s stores no model, and resumes', async (_where, upTo) => {
  const lost = () => Promise.reject(new AtelierError('hub-changed', { repo: '', file: '' }));
  await expect(openHubModel(db, answering(upTo, lost), CHOSEN, SMALL)).rejects.toMatchObject({ code: 'hub-changed' });
  expect((await stored()).slice(0, 3)).toEqual([0, 0, 0]);
  expect((await openHubModel(db, answering(), CHOSEN, SMALL)).licence).toBe('mit');
});

describe('a cancel leaves nothing of a model', () => {
  test.each([0, 4096, 40_960])('while it is fetched, behind %i bytes', async (upTo) => {
    const controller = new AbortController();
    const silent = () => {
      controller.abort();
      return new Promise<never>(() => undefined);
    };
    const importing = openHubModel(db, answering(upTo, silent), CHOSEN, { ...SMALL, signal: controller.signal });
    await expect(importing).rejects.toMatchObject({ code: 'cancelled' });
    expect((await stored()).slice(0, 3)).toEqual([0, 0, 0]);
  });

  test('while it is stored from a file, at any chunk', async () => {
    const count = { chunks: 0 };
    const counting = ({ phase }: { phase: string }) => void (phase === 'saving' && count.chunks++);
    const other = await freshStorage();
    await openFiles(other, [new File([BYTES], 'a.gguf')], { chunkBytes: 4096, onProgress: counting });
    expect(count.chunks).toBeGreaterThan(5);
    for (const at of [1, 3, count.chunks - 1]) {
      const controller = new AbortController();
      let seen = 0;
      const onProgress = ({ phase }: { phase: string }) => {
        if (phase === 'saving' && ++seen === at) controller.abort();
      };
      const options = { chunkBytes: 4096, onProgress, signal: controller.signal };
      await expect(openFiles(db, [new File([BYTES], 'a.gguf')], options), String(at)).rejects.toMatchObject({
        code: 'cancelled',
      });
      expect(await stored(), String(at)).toEqual([0, 0, 0, 0]);
    }
  });
});
