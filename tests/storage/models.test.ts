import { expect, test } from 'vitest';
import { stream } from '../../src/base/numbers/rng';
import {
  addModel,
  deleteModel,
  listModels,
  openModel,
  restoreModel,
  type ModelDraft,
  type PartedTensor,
} from '../../src/storage/models';
import { sweepAtStart } from '../../src/storage/sweep';
import { addTokenizer, deleteTokenizer } from '../../src/storage/tokenizers';
import { addRun } from '../../src/storage/runs';
import { freshStorage, MODEL, runOf } from './storage';

const draft = (patch: Partial<ModelDraft> = {}): ModelDraft => ({
  name: 'small',
  source: 'folder',
  model: MODEL,
  tokenizerId: 'tok',
  endTokenIds: [0],
  parameters: 22,
  ...patch,
});

const bytesOf = (name: string, length: number): Uint8Array<ArrayBuffer> => {
  const random = stream(3, name);
  return Uint8Array.from({ length }, () => random.below(256));
};

/** Two tensors of 2·(5·3) = 30 and 4·7 = 28 bytes, in parts that meet no chunk's end. */
const sources = (): PartedTensor[] => [
  {
    spec: { name: 'embedding', shape: [5, 3], dtype: 'BF16' },
    async *parts() {
      const bytes = bytesOf('embedding', 30);
      yield bytes.subarray(0, 11);
      yield bytes.subarray(11);
    },
  },
  {
    spec: { name: 'norm', shape: [7], dtype: 'F32' },
    async *parts() {
      yield bytesOf('norm', 28);
    },
  },
];

test('a model comes back byte for byte, in chunks whose hashes make its identity', async () => {
  const db = await freshStorage();
  const record = await addModel(db, draft(), sources(), { chunkBytes: 16 });
  expect(record.chunks.map((c) => c.bytes)).toEqual([16, 16, 16, 10]);
  expect(record.tensors.map((t) => t.offset)).toEqual([0, 30]);
  const { buffer } = await openModel(db, record.id);
  expect(new Uint8Array(await buffer.slice(30, 58))).toEqual(bytesOf('norm', 28));
  expect(new Uint8Array(await buffer.slice(5, 25))).toEqual(bytesOf('embedding', 30).subarray(5, 25));
});

test('the same bytes with the same tokenizer are kept once', async () => {
  const db = await freshStorage();
  const first = await addModel(db, draft(), sources(), { chunkBytes: 16 });
  const second = await addModel(db, draft({ name: 'again' }), sources(), { chunkBytes: 16 });
  expect(second.id).toBe(first.id);
  expect(await db.count('modelChunks')).toBe(4);
  await addModel(db, draft({ tokenizerId: 'other' }), sources(), { chunkBytes: 16 });
  expect(await listModels(db)).toHaveLength(2);
});

test('a model that lay here without an origin learns it from a hub; a second hub changes nothing', async () => {
  const db = await freshStorage();
  const { id } = await addModel(db, draft(), sources());
  const hub = { hub: 'https://hub', repo: 'a/b', revision: '0'.repeat(40) };
  expect(await addModel(db, draft({ hub }), sources())).toMatchObject({ id, hub });
  const other = { ...hub, revision: '1'.repeat(40) };
  expect(await addModel(db, draft({ hub: other }), sources())).toMatchObject({ id, hub });
  expect(await listModels(db)).toMatchObject([{ id, hub }]);
});

test('nothing stays of a model that failed or was cancelled on the way', async () => {
  const db = await freshStorage();
  const broken: PartedTensor = { spec: { name: 'norm', shape: [7], dtype: 'F32' }, parts: async function* () {} };
  await expect(addModel(db, draft(), [sources()[0]!, broken], { chunkBytes: 16 })).rejects.toThrow('norm has 0 bytes');
  const signal = AbortSignal.abort();
  await expect(addModel(db, draft(), sources(), { signal })).rejects.toMatchObject({ code: 'cancelled' });
  expect([await db.count('models'), await db.count('modelChunks')]).toEqual([0, 0]);
});

test('a flipped byte is told with the chunk', async () => {
  const db = await freshStorage();
  const { id } = await addModel(db, draft(), sources(), { chunkBytes: 16 });
  const chunk = new Uint8Array((await db.get('modelChunks', [id, 2]))!);
  chunk[3]! ^= 1;
  await db.put('modelChunks', chunk.buffer, [id, 2]);
  const { buffer } = await openModel(db, id);
  await buffer.slice(0, 32);
  await expect(buffer.slice(30, 40)).rejects.toMatchObject({
    code: 'model-damaged',
    facts: { name: 'small', chunk: 3, chunks: 4 },
  });
});

test('a base that an adapter needs is not deleted; another is swept with its chunks, and its tokenizer not before it', async () => {
  const db = await freshStorage();
  const json = { name: 'tok', kind: 'bpe' as const, endId: 0, json: '{}', vocabSize: 11, bytesPerToken: 0 };
  const { id: tokenizerId } = await addTokenizer(db, json);
  const { id } = await addModel(db, draft({ tokenizerId }), sources());
  await expect(deleteTokenizer(db, tokenizerId)).rejects.toMatchObject({ code: 'tokenizer-in-use' });
  const lora = {
    baseId: id,
    baseName: 'small',
    baseSha256: '',
    precision: 'f16',
    rank: 4,
    alpha: 8,
    dropout: 0,
    rankStabilized: false,
    targets: [],
  } as const;
  const run = runOf('r', { lora: { ...lora, targets: ['q'] }, status: 'finished', tokenizerId });
  await addRun(db, run);
  await expect(deleteModel(db, id)).rejects.toMatchObject({ code: 'model-in-use', facts: { run: run.name } });
  for (const patch of [{ pretrainedId: id }, { origin: { kind: 'model', modelId: id, name: 'small' } as const }]) {
    await addRun(db, runOf('r', { status: 'finished', tokenizerId, ...patch }));
    await expect(deleteModel(db, id)).rejects.toMatchObject({ code: 'model-in-use' });
  }
  await db.delete('runs', 'r');
  await deleteModel(db, id);
  await restoreModel(db, id);
  expect(await listModels(db)).toHaveLength(1);
  await deleteModel(db, id);
  const { removed } = await sweepAtStart(db, { now: Date.now() + 60_000 });
  expect(removed).toContain(id);
  expect([await db.count('models'), await db.count('modelChunks')]).toEqual([0, 0]);
});

test('the same bytes with another template, shape or tokens are another model', async () => {
  const db = await freshStorage();
  const kept = await addModel(db, draft(), sources());
  const others = [{ chatTemplate: 'x' }, { templateTokens: { eos_token: 'x' } }, { endTokenIds: [3, 1] }];
  for (const other of [...others, { model: { ...draft().model, ropeTheta: 500_000 } }])
    expect((await addModel(db, draft(other), sources())).id, JSON.stringify(other)).not.toBe(kept.id);
  expect((await addModel(db, draft(), sources())).id).toBe(kept.id);
});
