// `tests/fixtures/exported` holds an export of this studio (made by this test with WRITE_FIXTURES=1) and what
// transformers said of it (`exported.py`). The test exports the same model again, byte for byte, and compares the
// engine with transformers.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { fromBlob } from '../../../src/base/numbers/asyncBuffer';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { sizeOf } from '../../../src/base/numbers/dtype';
import { parameterSpecs, type ModelShape } from '../../../src/base/modelShape';
import { stream } from '../../../src/base/numbers/rng';
import { createGenerator } from '../../../src/engine/generation/decoder';
import { Llama } from '../../../src/engine/models/llama';
import { argmax } from '../../../src/engine/generation/sample';
import { uploadWeights } from '../../../src/engine/models/weights';
import { listZip } from '../../../src/formats/zip';
import type { TensorSource } from '../../../src/storage/checkpointChunks';
import { saveCheckpoint } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { addRun } from '../../../src/storage/runs';
import { exportModel } from '../../../src/studio/export/exportModel';
import { importText } from '../../../src/studio/data/importData';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { testEngine } from '../../gpu';
import { relativeError } from '../../tensors';
import { draftOf, freshStorage, runOf } from '../../storage/storage';

const FOLDER = fileURLToPath(new URL('../../fixtures/exported', import.meta.url));
const TEXT =
  'The fox found a blue lamp. 狐狸找到了一盏蓝色的灯。\n\nThe girl mended the gate, and the fox said thanks.';
const AT = new Date(Date.UTC(2026, 0, 2));

interface Golden {
  architecture: string;
  texts: { text: string; ids: number[]; decoded: string; logits: number[]; greedy: number[] }[];
}

const SHAPE: Omit<ModelShape, 'vocabSize'> = {
  hiddenSize: 24,
  intermediateSize: 37,
  layers: 2,
  heads: 3,
  kvHeads: 1,
  headDim: 16,
  contextLength: 96,
  ropeTheta: 700,
  normEps: 1e-5,
};

/** Weights far from zero, so that every one of them shows in the logits. */
const randomWeights = (model: ModelShape): TensorSource[] =>
  parameterSpecs(model).map(({ name, shape, kind }) => ({
    spec: { name, shape, dtype: 'F32', role: 'weight' },
    read: () => {
      const random = stream(11, name);
      const value = () => (kind === 'norm' ? 1 : 0) + 0.2 * random.normal();
      return Promise.resolve(new Uint8Array(Float32Array.from({ length: sizeOf(shape) }, value).buffer));
    },
  }));

async function exportOf(db: AtelierDb): Promise<File> {
  const text = await importText(db, 't', TEXT);
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 300, datasetIds: [text.id] });
  const model = { ...SHAPE, vocabSize: tokenizer.vocabSize };
  await addRun(db, runOf('r', { name: 'exported', tokenizerId: tokenizer.id, model }));
  const draft = draftOf('r', 40, { tokenizerId: tokenizer.id, model, trainLoss: 1.25, settings: defaultSettings() });
  const { id } = await saveCheckpoint(db, draft, randomWeights(model), { run: {} });
  const { blob, fileName } = await exportModel(db, id, 'safetensors', { exportedAt: AT });
  return new File([blob!], fileName);
}

async function filesOf(zip: File): Promise<Map<string, Buffer>> {
  const listed = await listZip(fromBlob(zip), zip.name);
  const read = async (f: (typeof listed)[number]) => Buffer.from(await (await f.open()).slice(0, f.byteLength));
  return new Map(await Promise.all(listed.map(async (f) => [f.path, await read(f)] as const)));
}

let zip: File;
let db: AtelierDb;
beforeAll(async () => {
  await testEngine();
  db = await freshStorage();
  zip = await exportOf(db);
});

test('the same model gives the files that transformers was shown, byte for byte', async () => {
  const files = await filesOf(zip);
  if (process.env['WRITE_FIXTURES']) {
    mkdirSync(FOLDER, { recursive: true });
    for (const [path, bytes] of files) writeFileSync(join(FOLDER, path), bytes);
  }
  for (const [path, bytes] of files) expect({ path, bytes }).toEqual({ path, bytes: readFileSync(join(FOLDER, path)) });
});

test('transformers loads it as LlamaForCausalLM with our ids, our logits and our greedy tokens', async () => {
  const golden = JSON.parse(readFileSync(join(FOLDER, 'transformers.json'), 'utf8')) as Golden;
  expect(golden.architecture).toBe('LlamaForCausalLM');
  // brought back in, so that what is compared has made the whole way
  const { id, model: shape } = await keepModel(db, await folderOf([zip]));
  const source = await openWeights(db, id);
  const tokenizer = await loadTokenizer(db, source.tokenizerId);
  const model = new Llama(shape, await uploadWeights(shape, tensorsOf(source)));
  const generator = createGenerator(model);
  for (const { text, ids, decoded, logits, greedy } of golden.texts) {
    expect(Array.from(tokenizer.encode(text))).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
    let last = await generator.prefill(ids);
    expect(relativeError(last, logits)).toBeLessThanOrEqual(1e-4);
    for (const expected of greedy) {
      const id = argmax(last);
      expect(id).toBe(expected);
      last = await generator.next(id);
    }
  }
});
