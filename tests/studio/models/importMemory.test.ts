// The import of a model far larger than the memory it may take.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { fromBytes, type AsyncBuffer } from '../../../src/base/numbers/asyncBuffer';
import { parameterCount } from '../../../src/base/modelShape';
import { readHfConfig } from '../../../src/formats/huggingFace/hfConfig';
import { layoutSafetensors } from '../../../src/formats/huggingFace/safetensors';
import { tensorPlan } from '../../../src/formats/huggingFace/tensorNames';
import type { Folder, Part } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { utf8 } from '../../formats/helpers';
import { freshStorage } from '../../storage/storage';
import { ROOT } from './publishedModels';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** Milliseconds; hashing 1 GiB alone takes two to three seconds. */
const DEADLINE = 30_000;

/** A Llama of half a billion parameters. */
const CONFIG = JSON.stringify({
  architectures: ['LlamaForCausalLM'],
  hidden_size: 2048,
  intermediate_size: 8192,
  num_hidden_layers: 8,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  vocab_size: 32_000,
  max_position_embeddings: 2048,
  eos_token_id: 287,
  tie_word_embeddings: true,
});

interface Counted extends AsyncBuffer {
  largest: number;
  read: number;
}

/** A file of zeros behind a header; counts what is asked of it. */
function sparse(header: Uint8Array, byteLength: number): Counted {
  const file: Counted = {
    byteLength,
    largest: 0,
    read: 0,
    slice: (start, end = byteLength) => {
      const bytes = new Uint8Array(end - start);
      if (start < header.length) bytes.set(header.subarray(start, Math.min(end, header.length)));
      file.largest = Math.max(file.largest, bytes.length);
      file.read += bytes.length;
      return Promise.resolve(bytes.buffer);
    },
  };
  return file;
}

const partOf = (path: string, buffer: AsyncBuffer): Part => ({
  path,
  byteLength: buffer.byteLength,
  open: () => Promise.resolve(buffer),
});
const folderOfParts = (...parts: Part[]): Folder => ({
  source: 'large',
  parts: new Map(parts.map((p) => [p.path, p])),
});
const small = (path: string, content: Uint8Array): Part => partOf(path, fromBytes(content));
const tokenizer = small('tokenizer.json', new Uint8Array(readFileSync(join(ROOT, 'tokenizer.json'))));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const put = IDBObjectStore.prototype.put;
afterEach(() => void (IDBObjectStore.prototype.put = put));

test('a file of more than 1 GiB is never whole in memory, each byte is read once', { timeout: DEADLINE }, async () => {
  const { model } = readHfConfig(CONFIG, 'config.json');
  const specs = tensorPlan(model).flatMap(({ slices }) =>
    slices.map(({ name, shape }) => ({ name, shape, dtype: 'F16' as const })),
  );
  const { header, byteLength } = layoutSafetensors(specs);
  expect(byteLength).toBeGreaterThan(GIB);
  const file = sparse(header, byteLength);

  // the storage of this test is in memory too: it keeps the size of a chunk in place of its bytes
  const chunks: number[] = [];
  let alive = 0;
  collect();
  const before = process.memoryUsage().arrayBuffers;
  IDBObjectStore.prototype.put = function (value: unknown, key) {
    if (this.name !== 'modelChunks') return put.call(this, value, key);
    if (chunks.push((value as ArrayBuffer).byteLength) % 16 === 0) {
      collect();
      alive = Math.max(alive, process.memoryUsage().arrayBuffers - before);
    }
    return put.call(this, 0, key);
  };
  const db = await freshStorage();
  const shares: number[] = [];
  const record = await keepModel(
    db,
    folderOfParts(small('config.json', utf8(CONFIG)), partOf('model.safetensors', file), tokenizer),
    { onProgress: ({ done, total }) => void shares.push(done / total) },
  );
  expect(record.byteLength).toBe(2 * parameterCount(model));
  expect(file.largest).toBeLessThanOrEqual(16 * MIB);
  expect(Math.max(...chunks)).toBeLessThanOrEqual(8 * MIB);
  expect(file.read).toBeLessThan(byteLength + MIB);
  expect(alive).toBeLessThan(96 * MIB);
  expect(alive).toBeGreaterThan(0);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect([shares.length > 100, shares.at(-1)]).toEqual([true, 1]);
});

test('its identity is the hash of the hashes of its chunks; the same files opened again are the same copy', async () => {
  const files = ['config.json', 'model.safetensors'].map((file) =>
    small(file, new Uint8Array(readFileSync(join(ROOT, 'smol', file)))),
  );
  const db = await freshStorage();
  const first = await keepModel(db, folderOfParts(...files, tokenizer), { chunkBytes: 5000 });
  const identity = createHash('sha256');
  for (const key of await db.getAllKeys('modelChunks')) {
    const chunk = createHash('sha256').update(new Uint8Array((await db.get('modelChunks', key)) ?? new ArrayBuffer(0)));
    identity.update(chunk.digest());
  }
  expect(first.chunks.length).toBeGreaterThan(5);
  expect(first.sha256).toBe(identity.digest('hex'));
  const again = await keepModel(db, folderOfParts(...files, tokenizer), { chunkBytes: 5000 });
  expect(again).toEqual(first);
  expect([await db.count('models'), await db.count('modelChunks'), await db.count('tokenizers')]).toEqual([
    1,
    first.chunks.length,
    1,
  ]);
});
