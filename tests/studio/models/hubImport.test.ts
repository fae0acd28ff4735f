import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { originOf, type HubModel } from '../../../src/base/wire/hub';
import type { AtelierDb } from '../../../src/storage/db';
import { getPart, putPart } from '../../../src/storage/downloads';
import { adaptationOf } from '../../../src/studio/models/loraTrainer';
import { hubParts, openHubModel, type HubReader } from '../../../src/studio/models/hubImport';
import { openWeights } from '../../../src/studio/models/weights';
import { freshStorage } from '../../storage/storage';
import { ROOT } from './publishedModels';

const PART = 8 * 1024 * 1024;
const SIZE = PART + 1000;
const MODEL: HubModel = {
  hub: 'https://hub',
  repo: 'a/b',
  revision: '0123456789abcdef0123456789abcdef01234567',
  files: [
    { path: 'model.safetensors', byteLength: SIZE },
    { path: 'config.json', byteLength: 10 },
    { path: 'onnx/model.onnx', byteLength: 999 },
    { path: 'pytorch_model.bin', byteLength: 999 },
  ],
};
const byteAt = (i: number): number => (i * 31) % 251;

let db: AtelierDb;
let asked: string[];
beforeEach(async () => {
  db = await freshStorage();
  asked = [];
});

/** Answers from arithmetic; `failing` times it cannot be reached. */
function reader(failing = 0, cut = 0): HubReader {
  return {
    read: (_model, path, start, end) => {
      asked.push(`${path} ${start}-${end}`);
      if (failing-- > 0) return Promise.reject(new AtelierError('hub-unreachable', { hub: '', detail: '' }));
      return Promise.resolve(Uint8Array.from({ length: end - start - cut }, (_, i) => byteAt(start + i)).buffer);
    },
  };
}
const weights = (hub: HubReader) => hubParts(db, hub, MODEL).find((part) => part.path === 'model.safetensors')!;

test('only what an import reads is fetched, part by part, each once, also after a reload', async () => {
  expect(hubParts(db, reader(), MODEL).map((p) => p.path)).toEqual(['model.safetensors', 'config.json']);
  const buffer = await weights(reader()).open();
  const across = new Uint8Array(await buffer.slice(PART - 3, PART + 5));
  expect([...across]).toEqual(Array.from({ length: 8 }, (_, i) => byteAt(PART - 3 + i)));
  await buffer.slice(0, 100);
  expect(asked).toEqual([`model.safetensors 0-${PART}`, `model.safetensors ${PART}-${SIZE}`]);
  const again = await weights(reader(99)).open();
  expect((await again.slice(0)).byteLength).toBe(SIZE);
});

test('a stored part of another length than its place has is fetched again', async () => {
  const key = [MODEL.hub, MODEL.repo, MODEL.revision, 'model.safetensors'].join(' ');
  await putPart(db, key, 0, new ArrayBuffer(PART));
  await putPart(db, key, 1, new ArrayBuffer(999));
  const buffer = await weights(reader()).open();
  const [kept, fetched] = [await buffer.slice(0, 1), await buffer.slice(PART)];
  expect([...new Uint8Array(kept)]).toEqual([0]);
  expect(fetched.byteLength).toBe(1000);
  expect(new Uint8Array(fetched)[0]).toBe(byteAt(PART));
  expect(asked).toEqual([`model.safetensors ${PART}-${SIZE}`]);
  expect((await getPart(db, key, 1))!.byteLength).toBe(1000);
});

test('progress counts each byte once, however often a file is opened', async () => {
  const done: number[] = [];
  const part = hubParts(db, reader(), MODEL, { onProgress: (progress) => void done.push(progress.done) })[0]!;
  for (let i = 0; i < 3; i++) await (await part.open()).slice(0);
  expect(done).toEqual([PART, SIZE]);
});

test('a connection that breaks is tried again', async () => {
  const buffer = await weights(reader(1)).open();
  expect(new Uint8Array(await buffer.slice(PART, PART + 1))[0]).toBe(byteAt(PART));
  expect(asked).toHaveLength(2);
});

test('a file that is shorter than listed is refused by name', async () => {
  const buffer = await weights(reader(0, 1)).open();
  await expect(buffer.slice(0, 1)).rejects.toMatchObject({
    code: 'hub-changed',
    facts: { repo: 'a/b', file: 'model.safetensors' },
  });
});

test('a cancel is heard between parts', async () => {
  const controller = new AbortController();
  const buffer = await weights(reader()).open(controller.signal);
  controller.abort();
  await expect(buffer.slice(0, 1)).rejects.toMatchObject({ code: 'cancelled' });
});

test('a cancel is heard at once, also where the hub never answers', async () => {
  const controller = new AbortController();
  let begun = (): void => undefined;
  const waiting = new Promise<void>((done) => (begun = done));
  const silent: HubReader = { read: () => (begun(), new Promise(() => undefined)) };
  const reading = (await weights(silent).open(controller.signal)).slice(0, 1);
  await waiting;
  controller.abort();
  await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
});

test('a cancel is heard at every file of a model, also where the hub falls silent just there', async () => {
  const files = new Map(
    ['config.json', 'model.safetensors'].map((file) => [file, readFileSync(join(ROOT, 'smol', file))]),
  );
  files.set('tokenizer.json', readFileSync(join(ROOT, 'tokenizer.json')));
  for (const [file, text] of [
    ['generation_config.json', '{}'],
    ['tokenizer_config.json', '{}'],
    ['chat_template.jinja', '{{ messages }}'],
    ['README.md', '# x'],
  ] as const)
    files.set(file, Buffer.from(text));
  const listed = [...files].map(([path, { length }]) => ({ path, byteLength: length }));
  for (const silent of files.keys()) {
    const fresh = await freshStorage();
    const controller = new AbortController();
    const hub: HubReader = {
      read: (_model, path, start, end) => {
        if (path !== silent) return Promise.resolve(new Uint8Array(files.get(path)!.subarray(start, end)).buffer);
        setTimeout(() => controller.abort());
        return new Promise(() => undefined);
      },
    };
    const importing = openHubModel(fresh, hub, { ...MODEL, files: listed }, { signal: controller.signal });
    await expect(importing, silent).rejects.toMatchObject({ code: 'cancelled' });
    expect(await fresh.count('models')).toBe(0);
  }
});

test('an import that broke off goes on where it was, and then leaves nothing but the model', async () => {
  const files = new Map(
    ['config.json', 'model.safetensors'].map((file) => [file, readFileSync(join(ROOT, 'smol', file))]),
  ).set('tokenizer.json', readFileSync(join(ROOT, 'tokenizer.json')));
  const listed = [...files].map(([path, { length }]) => ({ path, byteLength: length }));
  const model: HubModel = { ...MODEL, licence: 'apache-2.0', files: listed };
  const answering = (lost?: string): HubReader => ({
    read: (_model, path, start, end) => {
      asked.push(path);
      if (path === lost) return Promise.reject(new AtelierError('hub-changed', { repo: 'a/b', file: path }));
      return Promise.resolve(new Uint8Array(files.get(path)!.subarray(start, end)).buffer);
    },
  });
  for (const lost of ['model.safetensors', 'tokenizer.json']) {
    await expect(openHubModel(db, answering(lost), model)).rejects.toMatchObject({ code: 'hub-changed' });
    expect([await db.count('models'), await db.count('modelChunks'), await db.count('tokenizers')]).toEqual([0, 0, 0]);
  }
  expect(asked).toEqual(['config.json', 'model.safetensors', 'model.safetensors', 'tokenizer.json']);
  asked.length = 0;
  const shares: number[] = [];
  const record = await openHubModel(db, answering(), model, { onProgress: ({ done }) => void shares.push(done) });
  expect(asked).toEqual(['tokenizer.json']);
  expect(record).toMatchObject({ source: 'a/b', licence: 'apache-2.0' });
  expect(Math.max(...shares)).toBe(listed.reduce((sum, { byteLength }) => sum + byteLength, 0));
  expect(await db.count('downloads')).toBe(0);
  const { hub, repo, revision } = MODEL;
  expect(record.hub).toEqual({ hub, repo, revision });
  const lora = adaptationOf(defaultSettings(), await openWeights(db, record.id));
  expect(lora).toMatchObject({ baseName: 'a/b', baseHub: { hub, repo, revision } });
});

test('a model needs its own size once while it is imported: each part goes when what it holds is stored', async () => {
  const files = new Map(
    ['config.json', 'model.safetensors'].map((file) => [file, readFileSync(join(ROOT, 'smol', file))]),
  ).set('tokenizer.json', readFileSync(join(ROOT, 'tokenizer.json')));
  const listed = [...files].map(([path, { length }]) => ({ path, byteLength: length }));
  const weightBytes = files.get('model.safetensors')!.length;
  const hub: HubReader = {
    read: (_model, path, start, end) => {
      asked.push(`${path} ${start}`);
      return Promise.resolve(new Uint8Array(files.get(path)!.subarray(start, end)).buffer);
    },
  };
  // what is stored of the weights after each chunk; marks and text files are not counted
  const held: Promise<number>[] = [];
  const stored = async (): Promise<number> => {
    const parts = (await db.getAllKeys('downloads')).filter(([file, i]) => file.endsWith('safetensors') && i >= 0);
    const all = [
      ...(await Promise.all(parts.map((key) => db.get('downloads', key)))),
      ...(await db.getAll('modelChunks')),
    ];
    return all.reduce((sum, bytes) => sum + bytes!.byteLength, 0);
  };
  const onProgress = ({ phase }: { phase: string }): void => void (phase === 'saving' && held.push(stored()));
  const small = { partBytes: 1024, chunkBytes: 1024 };
  const record = await openHubModel(db, hub, { ...MODEL, files: listed }, { ...small, onProgress });
  expect(held.length).toBeGreaterThan(40);
  expect(Math.max(...(await Promise.all(held)))).toBeLessThan(1.2 * weightBytes);
  expect(new Set(asked).size).toBe(asked.length); // nothing twice
  expect(await db.count('downloads')).toBe(0);
  const plain = await freshStorage();
  const whole = await openHubModel(plain, hub, { ...MODEL, files: listed }, { chunkBytes: 1024 });
  expect(whole.sha256).toBe(record.sha256);
});

test('what a connection that breaks among many parts has left is not fetched again', async () => {
  const files = new Map(
    ['config.json', 'model.safetensors'].map((file) => [file, readFileSync(join(ROOT, 'smol', file))]),
  ).set('tokenizer.json', readFileSync(join(ROOT, 'tokenizer.json')));
  const listed = [...files].map(([path, { length }]) => ({ path, byteLength: length }));
  const upTo = (limit: number): HubReader => ({
    read: (_model, path, start, end) => {
      if (path === 'model.safetensors' && start >= limit)
        return Promise.reject(new AtelierError('hub-changed', { repo: '', file: path }));
      asked.push(`${path} ${start}`);
      return Promise.resolve(new Uint8Array(files.get(path)!.subarray(start, end)).buffer);
    },
  });
  const small = { partBytes: 1024, chunkBytes: 1024 };
  const model = { ...MODEL, files: listed };
  for (const limit of [10_000, 30_000])
    await expect(openHubModel(db, upTo(limit), model, small)).rejects.toMatchObject({ code: 'hub-changed' });
  expect((await openHubModel(db, upTo(Infinity), model, small)).name).toBe('a/b');
  expect(new Set(asked).size).toBe(asked.length);
});

test('what no command for another machine may hold is no origin', () => {
  const { hub, repo, revision } = MODEL;
  expect(originOf(MODEL)).toEqual({ hub, repo, revision });
  expect(originOf({ ...MODEL, repo: 'gpt2', hub: 'http://127.0.0.1:8080/hub' })).toBeDefined();
  for (const wrong of [
    { revision: 'main' },
    { revision: '; rm' },
    { repo: 'a/b;c' },
    { repo: '' },
    { hub: 'https://h$(x)' },
  ])
    expect(originOf({ ...MODEL, ...wrong })).toBeUndefined();
});
