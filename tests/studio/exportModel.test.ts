import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fromBlob, type AsyncBuffer } from '../../src/base/asyncBuffer';
import { loraSpecs } from '../../src/base/lora';
import type { ModelRecord } from '../../src/base/records';
import type { ExportKind } from '../../src/base/requests';
import { readGguf, readGgufRows } from '../../src/formats/ggufReading';
import { readShards } from '../../src/formats/shards';
import { adapterParameters, openAdapter, readAdapterConfig } from '../../src/formats/peft';
import { listZip } from '../../src/formats/zip';
import type { AtelierDb } from '../../src/storage/db';
import { exportModel } from '../../src/studio/exportModel';
import { folderOf } from '../../src/studio/modelFolder';
import { keepModel } from '../../src/studio/openModel';
import { mergedRows, openWeights } from '../../src/studio/weights';
import { freshStorage } from '../storage/storage';
import { END_OF_TEXT, END_OF_TURN, LORA, publishedModel, ROOT, TEMPLATE, tunedModel } from './published';

let db: AtelierDb;
let base: ModelRecord;
beforeEach(async () => {
  db = await freshStorage();
  base = await publishedModel(db);
});

async function exported(id: string, kind: ExportKind): Promise<File> {
  const { blob, fileName, bytes } = await exportModel(db, id, kind);
  expect(blob?.size).toBe(bytes);
  return new File([blob!], fileName);
}

async function partsOf(zip: File): Promise<Map<string, AsyncBuffer>> {
  const files = await listZip(fromBlob(zip), zip.name);
  return new Map(await Promise.all(files.map(async (f) => [f.path, await f.open()] as const)));
}
const textOf = async (buffer: AsyncBuffer | undefined): Promise<string> =>
  new TextDecoder().decode(await buffer!.slice(0, buffer!.byteLength));
const json = async (buffer: AsyncBuffer | undefined) => JSON.parse(await textOf(buffer)) as Record<string, unknown>;

describe('a published model', () => {
  test('leaves in its own number format and comes back as the same, tokenizer and template included', async () => {
    const zip = await exported(base.id, 'safetensors');
    const parts = await partsOf(zip);
    expect(await textOf(parts.get('tokenizer.json'))).toBe(readFileSync(join(ROOT, 'tokenizer.json'), 'utf8'));
    expect(await textOf(parts.get('chat_template.jinja'))).toBe(TEMPLATE);
    expect((await json(parts.get('config.json')))['torch_dtype']).toBe('bfloat16');
    const back = await keepModel(await freshStorage(), await folderOf([zip]));
    expect({ ...back.model }).toEqual(base.model);
    expect(back.tensors).toEqual(base.tensors);
    expect(back.sha256).toBe(base.sha256);
    expect(back.licence).toBe('apache-2.0');
  });

  test('every file names the token that ends a turn, which its own configuration had left out', async () => {
    const parts = await partsOf(await exported(base.id, 'safetensors'));
    for (const file of ['config.json', 'generation_config.json'])
      expect((await json(parts.get(file)))['eos_token_id']).toEqual([END_OF_TEXT, END_OF_TURN]);
    expect((await json(parts.get('tokenizer_config.json')))['eos_token']).toBe('<|im_end|>');
    const gguf = await exported(base.id, 'gguf-q8');
    const { metadata } = await readGguf(fromBlob(gguf), gguf.name);
    expect(metadata.get('tokenizer.ggml.eos_token_id')).toBe(END_OF_TEXT);
    expect(metadata.get('tokenizer.ggml.eot_token_id')).toBe(END_OF_TURN);
    expect(metadata.get('tokenizer.chat_template')).toBe(TEMPLATE);
  });

  test('has no adapter to export', async () => {
    for (const kind of ['peft', 'gguf-lora'] as const)
      await expect(exportModel(db, base.id, kind)).rejects.toMatchObject({ code: 'export-no-adapter' });
  });
});

describe('an adapter checkpoint', () => {
  test('is merged into the weights of the file', async () => {
    const id = await tunedModel(db, base);
    const gguf = await exported(id, 'gguf-f16');
    expect(gguf.name).toBe('SmolFox-28K-Instruct-fables-v1.0-F16.gguf');
    const file = await readGguf(fromBlob(gguf), gguf.name);
    const down = file.tensors.find(({ name }) => name === 'blk.1.ffn_down.weight')!;
    const found = await readGgufRows(fromBlob(gguf), down, gguf.name);
    const source = await openWeights(db, id);
    const merged = await mergedRows(source)('layers.1.down', 0, 32);
    const plain = await source.read('layers.1.down', 0, 32);
    const apart = (a: Float32Array, b: Float32Array) => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
    expect(apart(found, merged)).toBeLessThan(1e-3);
    expect(apart(found, plain)).toBeGreaterThan(0.05);
  });

  test('leaves alone as PEFT has it, and reads back to the same numbers', async () => {
    const id = await tunedModel(db, base);
    const parts = await partsOf(await exported(id, 'peft'));
    const facts = readAdapterConfig(await textOf(parts.get('adapter_config.json')), 'a');
    expect(facts).toEqual({
      rank: 4,
      alpha: 6,
      dropout: 0,
      rankStabilized: true,
      baseModel: 'owner/SmolFox-1M-Instruct',
    });
    const tensors = await readShards(['w'], () => Promise.resolve(parts.get('adapter_model.safetensors')!));
    const { adapter } = await openWeights(db, id);
    for await (const { name, values } of adapterParameters(base.model, openAdapter(base.model, facts, tensors, 'w'))) {
      const rows = loraSpecs(base.model, LORA).find((spec) => spec.name === name)!.shape[0]!;
      expect(values).toEqual(await adapter!.read(name, 0, rows));
    }
    const card = await textOf(parts.get('README.md'));
    for (const fact of ['base_model: "owner/SmolFox-1M-Instruct"', 'fables.jsonl', 'license: "apache-2.0"'])
      expect(card).toContain(fact);
  });

  test('leaves as a LoRA for llama.cpp, whose scale counts √rank, and as a folder for Ollama', async () => {
    const id = await tunedModel(db, base);
    const lora = await exported(id, 'gguf-lora');
    expect(lora.name).toMatch(/-F32-LoRA\.gguf$/);
    const { metadata, tensors } = await readGguf(fromBlob(lora), lora.name);
    expect(metadata.get('adapter.lora.alpha')).toBe(12);
    expect(tensors).toHaveLength(2 * 2 * LORA.targets.length);
    const parts = await partsOf(await exported(id, 'ollama'));
    const [model] = [...parts.keys()].filter((path) => path.endsWith('Q8_0.gguf'));
    const modelfile = await textOf(parts.get('Modelfile'));
    expect(modelfile).toContain(`FROM ./${model!}\n`);
    expect(modelfile).toContain('PARAMETER stop "<|im_end|>"');
    expect(await textOf(parts.get('run-me.md'))).toContain('ollama create fables -f Modelfile');
    const gguf = parts.get(model!)!;
    expect((await readGguf(gguf, 'g')).metadata.get('general.base_model.0.name')).toBe('SmolFox-1M-Instruct');
  });
});

test('a cancelled export aborts the file that it was writing', async () => {
  const abort = new AbortController();
  let aborted: unknown;
  const target = new WritableStream<Uint8Array>({ abort: (reason) => void (aborted = reason) });
  const options = { target, signal: abort.signal, onProgress: () => abort.abort() };
  await expect(exportModel(db, base.id, 'gguf-f16', options)).rejects.toMatchObject({ code: 'cancelled' });
  expect(aborted).toMatchObject({ code: 'cancelled' });
});
