// Models, adapters and tokenizers that transformers, peft and tokenizers wrote (tests/fixtures/published.py). We read
// them and write them again; that script loaded what came out, and `verified.json` has the hashes of what passed.
import type { ReadParameterRows } from '../../../src/base/numbers/tensorData';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../../src/base/numbers/asyncBuffer';
import { sizeOf } from '../../../src/base/numbers/dtype';
import { loraSpecs } from '../../../src/base/lora';
import { parameterSpecs } from '../../../src/base/modelShape';
import { readHfConfig } from '../../../src/formats/huggingFace/hfConfig';
import { writeHfConfig } from '../../../src/formats/huggingFace/hfConfigWriting';
import { layoutGguf, writeGguf } from '../../../src/formats/gguf/gguf';
import { ggufAdapterBytes, ggufAdapterEntries, ggufAdapterTensors } from '../../../src/formats/gguf/ggufAdapter';
import { ggufEntries } from '../../../src/formats/gguf/ggufKeys';
import { ggufParts, ggufTensors } from '../../../src/formats/gguf/ggufModel';
import { readGguf, readGgufRows } from '../../../src/formats/gguf/ggufReading';
import { ggufTokenizer } from '../../../src/formats/gguf/ggufTokenizer';
import { parameterParts, sliceParts } from '../../../src/formats/huggingFace/modelTensors';
import { peftBytes, peftTensors, writeAdapterConfig } from '../../../src/formats/adapters/peft';
import { readAdapterConfig } from '../../../src/formats/adapters/peftConfig';
import { adapterParameters, openAdapter } from '../../../src/formats/adapters/peftReading';
import { layoutSafetensors, writeSafetensors } from '../../../src/formats/huggingFace/safetensors';
import { readShardIndex, readShards, WHOLE_FILE } from '../../../src/formats/huggingFace/shards';
import { matchTensors } from '../../../src/formats/huggingFace/tensorMatching';
import { tensorPlan } from '../../../src/formats/huggingFace/tensorNames';
import { all } from '../helpers';

const ROOT = join(import.meta.dirname, '../../fixtures/published');
const CASES = ['llama', 'smol', 'qwen2', 'qwen2-window', 'qwen3', 'gemma3', 'gpt2'];
const TYPES = ['F32', 'F16', 'BF16', 'Q8_0'] as const;
const TARGET = process.env['WRITE_FIXTURES'];
const VERIFIED: Record<string, string> = TARGET
  ? {}
  : (JSON.parse(readFileSync(join(ROOT, 'verified.json'), 'utf8')) as Record<string, string>);

const text = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const bytesOf = (path: string) => Promise.resolve(fromBytes(new Uint8Array(readFileSync(path))));

async function open(name: string) {
  const { model, endTokenIds, ...ids } = readHfConfig(text(name, 'config.json'), 'config.json');
  const indexFile = 'model.safetensors.index.json';
  const index = existsSync(join(ROOT, name, indexFile)) ? readShardIndex(text(name, indexFile), indexFile) : undefined;
  const files = index ? [...new Set(index.values())] : ['model.safetensors'];
  const tensors = matchTensors(model, await readShards(files, (file) => bytesOf(join(ROOT, name, file)), index), name);
  const parameters = new Map<string, Float32Array>();
  for (const plan of tensorPlan(model))
    parameters.set(plan.parameter.name, joined(await all(parameterParts(plan, tensors))));
  return { model, ids: { eos: endTokenIds, bos: ids.bosTokenId, pad: ids.padTokenId }, parameters };
}

function joined(parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) out.set(part, (at += part.length) - part.length);
  return out;
}

/** Rows of parameters in memory, whose width follows from their shape. */
const readerOf =
  (parameters: ReadonlyMap<string, Float32Array>, shapes: ReadonlyMap<string, number[]>): ReadParameterRows =>
  (name, row, rows) => {
    const width = sizeOf(shapes.get(name)!.slice(1));
    return Promise.resolve(parameters.get(name)!.slice(row * width, (row + rows) * width));
  };

async function modelReader(name: string) {
  const opened = await open(name);
  const shapes = new Map(parameterSpecs(opened.model).map((p) => [p.name, p.shape]));
  return { ...opened, read: readerOf(opened.parameters, shapes) };
}

/** Writes the file for the script to look at, or expects it to be one that the script has passed. */
function passes(path: string, content: string | Uint8Array): void {
  if (TARGET) {
    mkdirSync(dirname(join(TARGET, path)), { recursive: true });
    writeFileSync(join(TARGET, path), content);
  } else expect([path, createHash('sha256').update(content).digest('hex')]).toEqual([path, VERIFIED[path]]);
}

const collected = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(Buffer.concat(await all(chunks)));

describe.each(CASES)('%s', (name) => {
  test('every value of every parameter has a place, and the parameters are as long as they should be', async () => {
    const { model, parameters } = await open(name);
    for (const { name: parameter, shape } of parameterSpecs(model)) {
      expect([parameter, parameters.get(parameter)!.length]).toEqual([parameter, sizeOf(shape)]);
      expect(parameters.get(parameter)!.every((v) => Number.isFinite(v) && v !== 0)).toBe(true);
    }
  });

  test('transformers loads what we write, to the same logits', async () => {
    const { model, ids, read } = await modelReader(name);
    passes(`${name}/config.json`, writeHfConfig(model, ids));
    const planned = tensorPlan(model).flatMap(({ parameter, slices }) =>
      slices.map((slice) => ({ name: slice.name, shape: slice.shape, dtype: 'F32' as const, parameter, slice })),
    );
    const parts = writeSafetensors(layoutSafetensors(planned), (t) => sliceParts(t.parameter, t.slice, read, 'F32'));
    passes(`${name}/${WHOLE_FILE}`, await collected(parts));
  });
});

/** llama.cpp has no window for Qwen 2. */
describe.each(CASES.filter((name) => name !== 'qwen2-window'))('GGUF of %s', (name) => {
  const gemma = name === 'gemma3';
  const tokenizer = gemma ? text('gemma3', 'tokenizer.json') : text('tokenizer.json');
  const special = gemma
    ? { bosId: 2, eosId: 1, eotId: 3, padId: 0, unkId: 4, addBos: true }
    : { bosId: 286, eosId: 287 };

  test.each(TYPES)('%s: gguf reads the tensors that its own quantizer makes', async (type) => {
    const { model, read } = await modelReader(name);
    const facts = { name: `tiny ${name}`, license: 'apache-2.0', baseModel: `example/${name}` };
    const tokens = ggufTokenizer(tokenizer, model.vocabSize, special, 'tokenizer.json');
    const layout = layoutGguf([...ggufEntries(model, type, facts), ...tokens], ggufTensors(model, type));
    const bytes = await collected(writeGguf(layout, (tensor) => ggufParts(tensor, read)));
    expect(bytes.length).toBe(layout.byteLength);
    passes(`${name}/model-${type}.gguf`, bytes);

    const file = await readGguf(fromBytes(bytes), 'm');
    expect(file.metadata.get('general.base_model.0.organization')).toBe('example');
    expect(file.metadata.get('tokenizer.ggml.eos_token_id')).toBe(special.eosId);
    expect(file.tensors.map(({ name, shape, type }) => ({ name, shape, type }))).toEqual(
      layout.tensors.map(({ name, shape, type }) => ({ name, shape, type })),
    );
    if (type !== 'F32') return;
    const down = file.tensors.find((t) => t.name === 'blk.1.ffn_down.weight')!;
    const values = await readGgufRows(fromBytes(bytes), down, 'm', 2, 3);
    expect([...values]).toEqual([...(await read('layers.1.down', 2, 3))]);
  });
});

describe.each(CASES.filter((name) => name !== 'qwen2-window'))('adapter of %s', (name) => {
  async function openIt() {
    const { model } = await open(name);
    const facts = readAdapterConfig(text(name, 'adapter', 'adapter_config.json'), 'a');
    const path = join(ROOT, name, 'adapter');
    const tensors = await readShards(['adapter_model.safetensors'], (file) => bytesOf(join(path, file)));
    const adapter = openAdapter(model, facts, tensors, 'a');
    const parameters = new Map((await all(adapterParameters(model, adapter))).map((p) => [p.name, p.values]));
    const { lora, baseModel } = adapter;
    const shapes = new Map(loraSpecs(model, lora).map((p) => [p.name, p.shape]));
    return { model, lora, baseModel, read: readerOf(parameters, shapes), path };
  }

  test('peft’s own file comes back tensor by tensor, and peft loads ours to the same logits', async () => {
    const { model, lora, baseModel, read, path } = await openIt();
    expect(baseModel).toBe(`example/${name}`);
    const layout = layoutSafetensors(peftTensors(model, lora));
    const ours = await collected(writeSafetensors(layout, (t) => peftBytes(t, read)));
    expect(Buffer.from(ours)).toEqual(readFileSync(join(path, 'adapter_model.safetensors')));
    const revision = '0123456789abcdef0123456789abcdef01234567';
    const pinned = JSON.parse(writeAdapterConfig(model, lora, { name: baseModel, revision })) as object;
    expect(pinned).toMatchObject({ base_model_name_or_path: baseModel, revision });
    passes(`${name}/adapter/adapter_config.json`, writeAdapterConfig(model, lora, { name: baseModel }));
    passes(`${name}/adapter/adapter_model.safetensors`, ours);
  });

  test('as GGUF', async () => {
    const { model, lora, read } = await openIt();
    const layout = layoutGguf(ggufAdapterEntries(model, lora, { name }), ggufAdapterTensors(model, lora));
    async function* parts(tensor: (typeof layout.tensors)[number]) {
      yield await ggufAdapterBytes(tensor, read);
    }
    passes(`${name}/adapter.gguf`, await collected(writeGguf(layout, parts)));
  });
});
