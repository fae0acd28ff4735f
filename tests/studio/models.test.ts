import { beforeEach, describe, expect, test } from 'vitest';
import { fromBlob } from '../../src/base/asyncBuffer';
import { defaultConfig } from '../../src/base/config';
import { parameterSpecs, type ModelConfig } from '../../src/base/modelConfig';
import { stream } from '../../src/base/rng';
import { readSafetensors, readTensor } from '../../src/formats/safetensors';
import { listZip } from '../../src/formats/zip';
import type { TensorSource } from '../../src/storage/checkpointChunks';
import { listCheckpoints, openCheckpoint, saveCheckpoint } from '../../src/storage/checkpoints';
import type { AtelierDb } from '../../src/storage/db';
import { addRun } from '../../src/storage/runs';
import { exportModel } from '../../src/studio/exportModel';
import { importText } from '../../src/studio/importData';
import { importModel } from '../../src/studio/openModel';
import { trainTokenizer } from '../../src/studio/trainTokenizer';
import { damage, draftOf, failCommits, freshStorage, runOf } from '../storage/storage';

const SHAPE: Omit<ModelConfig, 'vocabSize'> = {
  hiddenSize: 6,
  intermediateSize: 10,
  layers: 11, // the name layers.10 sorts before layers.2
  heads: 3,
  kvHeads: 1,
  headDim: 4,
  contextLength: 16,
  ropeTheta: 500,
  rmsNormEps: 1e-5,
};

function weightsOf(model: ModelConfig): TensorSource[] {
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
let model: ModelConfig;
beforeEach(async () => {
  db = await freshStorage();
  const text = await importText(db, 't', 'the cat sat on the mat\n\nthe dog sat too');
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 260, datasetIds: [text.id] });
  tokenizerId = tokenizer.id;
  model = { ...SHAPE, vocabSize: tokenizer.vocabSize + 3 };
  await addRun(db, runOf('r', { name: 'my/run: 狗?', tokenizerId, model }));
  const draft = draftOf('r', 40, { tokenizerId, model, trainLoss: 1.25, config: defaultConfig() });
  const { id } = await saveCheckpoint(db, draft, weightsOf(model), { run: {} }, { chunkBytes: 1000 });
  checkpointId = id;
});

async function exported(): Promise<File> {
  const { blob, fileName, bytes } = await exportModel(db, checkpointId);
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
    const result = await exportModel(db, checkpointId, target);
    expect(closed).toBe(true);
    expect(result.blob).toBeUndefined();
    expect(Buffer.concat(chunks).length).toBe(result.bytes);
  });

  test('is never one of damaged weights, and the target is aborted', async () => {
    await damage(db, checkpointId, 4);
    const aborted: unknown[] = [];
    const target = new WritableStream<Uint8Array>({ abort: (reason) => void aborted.push(reason) });
    await expect(exportModel(db, checkpointId, target)).rejects.toMatchObject({ code: 'checkpoint-damaged' });
    expect(aborted).toHaveLength(1);
  });

  test('can be cancelled', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(exportModel(db, checkpointId, undefined, onProgress, controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('an imported model', () => {
  const latest = async (runId: string) => openCheckpoint(db, (await listCheckpoints(db, runId))[0]!.id);

  test('is the exported one: weights, shape and tokenizer', async () => {
    const run = await importModel(db, [await exported()], undefined, undefined, { chunkBytes: 999 });
    expect(run).toMatchObject({ status: 'imported', name: 'my-run-狗-step40', tokenizerId, model, step: 0 });
    const { manifest } = await latest(run.id);
    expect(manifest.weightsSha256).toBe((await db.get('checkpoints', checkpointId))!.weightsSha256);
    expect(manifest.tensors.map((t) => t.role)).toEqual(parameterSpecs(model).map(() => 'weight'));
    expect(await db.count('tokenizers')).toBe(1);
  });

  test('comes from a folder too, and brings its tokenizer where that is unknown', async () => {
    const parts = await partsOf(await exported());
    parts.delete('tokenizer_config.json');
    await db.clear('tokenizers');
    const run = await importModel(db, folder(parts));
    expect((await latest(run.id)).manifest.tokenizerId).toBe((await db.getAllKeys('tokenizers'))[0]);
  });

  test.each(['config.json', 'model.safetensors', 'tokenizer.json'])(
    'without its %s is refused by name',
    async (file) => {
      const parts = await partsOf(await exported());
      parts.delete(file);
      await expect(importModel(db, folder(parts))).rejects.toMatchObject({
        code: 'model-file-missing',
        facts: { file },
      });
      expect(await db.count('runs')).toBe(1);
    },
  );

  test('with fewer rows than tokens is refused', async () => {
    const parts = await partsOf(await exported());
    const config = { ...(JSON.parse(Buffer.from(parts.get('config.json')!).toString()) as object), vocab_size: 200 };
    parts.set('config.json', new Uint8Array(Buffer.from(JSON.stringify(config))));
    await expect(importModel(db, folder(parts))).rejects.toMatchObject({
      code: 'vocabulary-mismatch',
      facts: { tokens: 260, rows: 200 },
    });
  });

  test('that cannot be kept leaves nothing', async () => {
    const zip = await exported();
    await db.clear('tokenizers');
    const restore = failCommits('checkpoints', 'QuotaExceededError');
    await expect(importModel(db, [zip])).rejects.toMatchObject({ code: 'storage-full' });
    restore();
    const counts = await Promise.all((['runs', 'checkpoints', 'tokenizers'] as const).map((s) => db.count(s)));
    expect(counts).toEqual([1, 1, 0]);
  });

  test('can be cancelled', async () => {
    const controller = new AbortController();
    const options = { chunkBytes: 1000 };
    const importing = importModel(db, [await exported()], () => controller.abort(), controller.signal, options);
    await expect(importing).rejects.toMatchObject({ code: 'cancelled' });
    expect(await db.count('runs')).toBe(1);
  });
});
