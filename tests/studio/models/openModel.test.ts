import { beforeEach, describe, expect, test } from 'vitest';
import { fromBlob, fromBytes } from '../../../src/base/numbers/asyncBuffer';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { parameterSpecs, type ModelShape } from '../../../src/base/modelShape';
import { stream } from '../../../src/base/numbers/rng';
import type { TensorData } from '../../../src/base/numbers/tensorData';
import { fromFloat32, toFloat32 } from '../../../src/formats/floats';
import {
  layoutSafetensors,
  readSafetensors,
  readTensor,
  writeSafetensors,
} from '../../../src/formats/huggingFace/safetensors';
import { listZip } from '../../../src/formats/zip';
import type { TensorSource } from '../../../src/storage/checkpointChunks';
import { saveCheckpoint } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { addRun } from '../../../src/storage/runs';
import { exportModel } from '../../../src/studio/export/exportModel';
import { importText } from '../../../src/studio/data/importData';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel, type OpenOptions } from '../../../src/studio/models/openModel';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { openWeights } from '../../../src/studio/models/weights';
import { damage, draftOf, failCommits, freshStorage, lockQueue, runOf } from '../../storage/storage';

const SHAPE: Omit<ModelShape, 'vocabSize'> = {
  hiddenSize: 6,
  intermediateSize: 10,
  layers: 11, // the name layers.10 sorts before layers.2
  heads: 3,
  kvHeads: 1,
  headDim: 4,
  contextLength: 16,
  ropeTheta: 500,
  normEps: 1e-5,
};

function weightsOf(model: ModelShape): TensorSource[] {
  const moment = { role: 'moment1', dtype: 'F32', name: 'norm', shape: [model.hiddenSize] } as const;
  const weights = parameterSpecs(model).map(
    ({ name, shape }) => ({ name, shape, dtype: 'F32', role: 'weight' }) as const,
  );
  return [...weights, { ...moment, shape: [...moment.shape] }].map((spec) => ({
    spec,
    read: () => {
      const random = stream(3, spec.role, spec.name);
      const length = spec.shape.reduce((a, b) => a * b, 1);
      return Promise.resolve(new Uint8Array(Float32Array.from({ length }, () => random.normal()).buffer));
    },
  }));
}

let db: AtelierDb;
let checkpointId: string;
let tokenizerId: string;
let model: ModelShape;
beforeEach(async () => {
  db = await freshStorage();
  const text = await importText(db, 't', 'the cat sat on the mat\n\nthe dog sat too');
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 260, datasetIds: [text.id] });
  tokenizerId = tokenizer.id;
  model = { ...SHAPE, vocabSize: tokenizer.vocabSize + 3 };
  await addRun(db, runOf('r', { name: 'my/run: 狗?', tokenizerId, model }));
  const draft = draftOf('r', 40, { tokenizerId, model, trainLoss: 1.25, settings: defaultSettings() });
  const { id } = await saveCheckpoint(db, draft, weightsOf(model), { run: {} }, { chunkBytes: 1000 });
  checkpointId = id;
});

async function exported(): Promise<File> {
  const { blob, fileName, bytes } = await exportModel(db, checkpointId, 'safetensors');
  expect(blob?.size).toBe(bytes);
  return new File([blob!], fileName);
}
async function partsOf(zip: File): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = await listZip(fromBlob(zip), zip.name);
  return new Map(
    await Promise.all(
      files.map(async (f) => [f.path, new Uint8Array(await (await f.open()).slice(0, f.byteLength))] as const),
    ),
  );
}
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));

/** A safetensors file with other tensors: each as `change` makes it. */
async function rewritten(file: Uint8Array, change: (t: TensorData) => TensorData): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = fromBytes(file);
  const { tensors } = await readSafetensors(buffer, 'f');
  return written(await Promise.all(tensors.map(async (t) => change(await readTensor(buffer, t, 'f')))));
}
async function written(tensors: TensorData[]): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeSafetensors(layoutSafetensors(tensors), async function* ({ bytes }) {
    yield bytes;
  }))
    chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
const brains = (file: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  rewritten(file, (t) => ({ ...t, dtype: 'BF16', bytes: fromFloat32(toFloat32(t.bytes, 'F32'), 'BF16') }));
/** With a head beside the embedding whose last value is greater `by` so much, of `more` rows than it has. */
async function withHead(
  file: Uint8Array,
  by: number,
  more = 0,
): Promise<{ embedding: Float32Array; bytes: Uint8Array<ArrayBuffer> }> {
  const buffer = fromBytes(file);
  const { tensors } = await readSafetensors(buffer, 'f');
  const all = await Promise.all(tensors.map((t) => readTensor(buffer, t, 'f')));
  const tied = all.find(({ name }) => name === 'model.embed_tokens.weight')!;
  const [rows, width] = tied.shape as [number, number];
  const embedding = toFloat32(tied.bytes, 'F32');
  const values = new Float32Array((rows + more) * width);
  values.set(embedding);
  values[values.length - 1]! += by;
  const head = { ...tied, name: 'lm_head.weight', shape: [rows + more, width], bytes: fromFloat32(values, 'F32') };
  return { embedding, bytes: await written([...all, head]) };
}
/** The embedding with 200 rows. */
const rowsCut = (parts: Map<string, Uint8Array>): Promise<Uint8Array<ArrayBuffer>> =>
  rewritten(parts.get('model.safetensors')!, (t) =>
    t.name === 'model.embed_tokens.weight'
      ? { ...t, shape: [200, t.shape[1]!], bytes: t.bytes.slice(0, 4 * 200 * t.shape[1]!) }
      : t,
  );

const folder = (parts: Map<string, Uint8Array<ArrayBuffer>>): File[] =>
  [...parts].map(([path, bytes]) => new File([bytes], path));

describe('an exported model', () => {
  test('is a zip with the files that transformers reads, named after run and step', async () => {
    const zip = await exported();
    expect(zip.name).toBe('my-run-狗-step40.zip');
    const parts = await partsOf(zip);
    expect([...parts.keys()].sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(Buffer.from(parts.get('README.md')!).toString()).toContain('1.2500');
  });

  test('holds the rows of our matrices as tensors of their own', async () => {
    const file = new Blob([(await partsOf(await exported())).get('model.safetensors')!]);
    const { tensors } = await readSafetensors(fromBlob(file), 'm');
    const values = async (name: string) =>
      Buffer.from(
        (
          await readTensor(
            fromBlob(file),
            tensors.find((t) => t.name === name)!,
            'm',
          )
        ).bytes,
      );
    const qkv = Buffer.from(
      await weightsOf(model)
        .find((w) => w.spec.name === 'layers.10.qkv')!
        .read(),
    );
    const attention = 'model.layers.10.self_attn';
    const parts = ['q', 'k', 'v'].map((x) => values(`${attention}.${x}_proj.weight`));
    expect(Buffer.concat(await Promise.all(parts))).toEqual(qkv);
    expect((await parts[1])?.length).toBe(4 * 4 * 6);
    expect(tensors.map((t) => t.name)).not.toContain('lm_head.weight');
  });

  test('goes straight into a target, which is closed', async () => {
    const chunks: Uint8Array[] = [];
    let closed = false;
    const target = new WritableStream<Uint8Array>({
      write: (c) => void chunks.push(c),
      close: () => void (closed = true),
    });
    const result = await exportModel(db, checkpointId, 'safetensors', { target });
    expect(closed).toBe(true);
    expect(result.blob).toBeUndefined();
    expect(Buffer.concat(chunks).length).toBe(result.bytes);
  });

  test('is never one of damaged weights, and the target is aborted', async () => {
    await damage(db, checkpointId, 4);
    const aborted: unknown[] = [];
    const target = new WritableStream<Uint8Array>({ abort: (reason) => void aborted.push(reason) });
    await expect(exportModel(db, checkpointId, 'safetensors', { target })).rejects.toMatchObject({
      code: 'checkpoint-damaged',
    });
    expect(aborted).toHaveLength(1);
  });

  test('can be cancelled', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(
      exportModel(db, checkpointId, 'safetensors', { onProgress, signal: controller.signal }),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('an opened model', () => {
  const open = async (files: File[], options: OpenOptions = {}) => keepModel(db, await folderOf(files), options);

  test('is the exported one: weights, shape and tokenizer', async () => {
    const record = await open([await exported()], { chunkBytes: 999 });
    expect(record).toMatchObject({ name: 'my-run-狗-step40', tokenizerId, model, endTokenIds: [0] });
    const [kept, trained] = [await openWeights(db, record.id), await openWeights(db, checkpointId)];
    for (const { name, shape } of parameterSpecs(model))
      expect(await kept.read(name, 0, shape[0]!), name).toEqual(await trained.read(name, 0, shape[0]!));
    expect(await db.count('tokenizers')).toBe(1);
  });

  test('comes from a folder too, and brings its tokenizer where that is unknown', async () => {
    const parts = await partsOf(await exported());
    parts.delete('tokenizer_config.json');
    await db.clear('tokenizers');
    const record = await open(folder(parts));
    expect(record.tokenizerId).toBe((await db.getAllKeys('tokenizers'))[0]);
  });

  test('stays in the number format of its files, and tells licence and template', async () => {
    const parts = await partsOf(await exported());
    const specs = parameterSpecs(model).map(({ name, shape }) => ({ name, shape, dtype: 'BF16' as const }));
    const bytes = await brains(parts.get('model.safetensors')!);
    parts.set('model.safetensors', bytes);
    parts.set('README.md', utf8('---\nlicense: apache-2.0\n---\n# x'));
    parts.set('chat_template.jinja', utf8('{{ messages }}'));
    parts.set('generation_config.json', utf8('{"eos_token_id": [0, 3]}'));
    const record = await open(folder(parts));
    expect(record).toMatchObject({ licence: 'apache-2.0', chatTemplate: '{{ messages }}', endTokenIds: [0, 3] });
    expect(record.tensors).toMatchObject(specs);
    const [kept, trained] = [await openWeights(db, record.id), await openWeights(db, checkpointId)];
    const [half, full] = [await kept.read('layers.3.qkv', 2, 5), await trained.read('layers.3.qkv', 2, 5)];
    full.forEach((v, i) => expect(Math.abs(half[i]! - v)).toBeLessThanOrEqual(Math.abs(v) / 256));
  });

  test.each([
    ['where it came from', '/home/me/Fox-1B/', '# A card', 'Fox-1B'],
    ['the title of its card', undefined, '---\nlicense: mit\n---\n\n# The Fox \n## More', 'The Fox'],
    ['its kind', undefined, undefined, 'llama'],
  ])('of loose files is named after %s, not after a file', async (_, path, card, name) => {
    const parts = await partsOf(await exported());
    const config = JSON.parse(Buffer.from(parts.get('config.json')!).toString()) as object;
    parts.set('config.json', utf8(JSON.stringify({ ...config, ...(path && { _name_or_path: path }) })));
    parts.delete('README.md');
    if (card) parts.set('README.md', utf8(card));
    const files = [...parts].map(([file, bytes]) => new File([new Uint8Array(bytes)], file));
    expect(await open(files)).toMatchObject({ name, source: name });
  });

  test.each(['config.json', 'model.safetensors', 'tokenizer.json'])(
    'without its %s is refused by name',
    async (file) => {
      const parts = await partsOf(await exported());
      parts.delete(file);
      await expect(open(folder(parts))).rejects.toMatchObject({ code: 'model-file-missing', facts: { file } });
      expect(await db.count('models')).toBe(0);
    },
  );

  test('with fewer rows than tokens is refused', async () => {
    const parts = await partsOf(await exported());
    const config = { ...(JSON.parse(Buffer.from(parts.get('config.json')!).toString()) as object), vocab_size: 200 };
    parts.set('config.json', utf8(JSON.stringify(config)));
    const kept = [...parts].filter(([path]) => path !== 'model.safetensors');
    await expect(open(folder(new Map([...kept, ['model.safetensors', await rowsCut(parts)]])))).rejects.toMatchObject({
      code: 'vocabulary-mismatch',
      facts: { tokens: 260, rows: 200 },
    });
  });

  test.each([
    ['the embedding itself', 0, true],
    ['one value other than the embedding', 1, false],
  ])('whose files tie the head and hold one: %s', async (_, by, tied) => {
    const parts = await partsOf(await exported());
    const { embedding, bytes } = await withHead(parts.get('model.safetensors')!, by);
    parts.set('model.safetensors', bytes);
    const record = await open(folder(parts));
    expect(record.model.tiedEmbeddings ?? true).toBe(tied);
    if (tied) return expect(record.notices).toBeUndefined();
    expect(record.notices).toMatchObject([{ code: 'head-differs', facts: { tensor: 'lm_head.weight' } }]);
    const kept = await openWeights(db, record.id);
    const head = await kept.read('head', 0, model.vocabSize);
    embedding[embedding.length - 1]! += by;
    expect(head).toEqual(embedding);
    return expect(await kept.read('embedding', 0, 1)).toEqual(head.slice(0, model.hiddenSize));
  });

  test('whose tied head has another shape is refused by name', async () => {
    const parts = await partsOf(await exported());
    const { bytes } = await withHead(parts.get('model.safetensors')!, 0, 1);
    parts.set('model.safetensors', bytes);
    await expect(open(folder(parts))).rejects.toMatchObject({
      code: 'tensor-shape',
      facts: { tensor: 'lm_head.weight' },
    });
  });

  test('may have other names around its tensors', async () => {
    const parts = await partsOf(await exported());
    const renamed = await rewritten(parts.get('model.safetensors')!, (t) => ({
      ...t,
      name: t.name.replace('model.', '_orig_mod.language_model.'),
    }));
    parts.set('model.safetensors', renamed);
    const kept = await openWeights(db, (await open(folder(parts))).id);
    const trained = await openWeights(db, checkpointId);
    for (const { name, shape } of parameterSpecs(model))
      expect(await kept.read(name, 0, shape[0]!), name).toEqual(await trained.read(name, 0, shape[0]!));
  });

  test('is not kept out by wishes for sampling that make no sense', async () => {
    const parts = await partsOf(await exported());
    const wishes = '{"do_sample": true, "top_k": -1, "top_p": 0, "repetition_penalty": "x", "pad_token_id": -1}';
    parts.set('generation_config.json', utf8(wishes));
    const config = JSON.parse(Buffer.from(parts.get('config.json')!).toString()) as object;
    parts.set('config.json', utf8(JSON.stringify({ ...config, pad_token_id: -1, bos_token_id: -1 })));
    const record = await open(folder(parts));
    expect(record.sampling).toEqual({ topK: 0 });
    expect(record.padTokenId).toBeUndefined();
    expect(record.notices).toEqual([
      {
        code: 'hints-passed-over',
        facts: { file: 'generation_config.json', hints: 'top_p = 0, repetition_penalty = "x"' },
      },
    ]);
  });

  test('opens whatever numbers of Python stand in its JSON, and so does its index of shards', async () => {
    const parts = await partsOf(await exported());
    const { tensors } = await readSafetensors(fromBytes(parts.get('model.safetensors')!), 'm');
    const map = Object.fromEntries(tensors.map(({ name }) => [name, 'model-00001-of-00001.safetensors']));
    parts.set('model-00001-of-00001.safetensors', parts.get('model.safetensors')!);
    parts.delete('model.safetensors');
    parts.set('model.safetensors.index.json', utf8(JSON.stringify({ weight_map: map })));
    for (const [path, bytes] of parts)
      if (path.endsWith('.json'))
        parts.set(path, utf8(Buffer.from(bytes).toString().replace('{', '{"python": [NaN, Infinity, -Infinity], ')));
    await db.clear('tokenizers');
    const record = await open(folder(parts));
    expect(record).toMatchObject({ model, endTokenIds: [0] });
    const { json } = (await db.get('tokenizers', record.tokenizerId))!;
    expect(() => JSON.parse(json) as unknown).not.toThrow();
  });

  test('brings its tokenizer with its record, so that a browser that dies on the way leaves none', async () => {
    const zip = await exported();
    await db.clear('tokenizers');
    const seen: Promise<number>[] = [];
    const record = await open([zip], { chunkBytes: 1000, onProgress: () => void seen.push(db.count('tokenizers')) });
    expect(await seen[0]).toBe(0);
    expect((await db.get('tokenizers', record.tokenizerId))!.json).toMatch(/"BPE"/);
  });

  test('that two tabs open at once is here once, with one tokenizer', async () => {
    const zip = await exported();
    await db.clear('tokenizers');
    const locks = lockQueue();
    const [first, second] = await Promise.all([open([zip], { locks }), open([zip], { locks })]);
    expect(second.id).toBe(first.id);
    expect([await db.count('models'), await db.count('tokenizers')]).toEqual([1, 1]);
    expect(await db.count('modelChunks')).toBe(first.chunks.length);
    expect(await db.get('tokenizers', first.tokenizerId)).toBeDefined();
  });

  test('that cannot be kept leaves nothing', async () => {
    const zip = await exported();
    await db.clear('tokenizers');
    const restore = failCommits('models', 'QuotaExceededError');
    await expect(open([zip])).rejects.toMatchObject({ code: 'storage-full' });
    restore();
    const counts = await Promise.all((['models', 'modelChunks', 'tokenizers'] as const).map((s) => db.count(s)));
    expect(counts).toEqual([0, 0, 0]);
  });

  test('can be cancelled', async () => {
    const controller = new AbortController();
    const options = { chunkBytes: 1000, onProgress: () => controller.abort(), signal: controller.signal };
    await expect(open([await exported()], options)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await db.count('models')).toBe(0);
  });
});
