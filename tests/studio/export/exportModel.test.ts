import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fromBlob, type AsyncBuffer } from '../../../src/base/numbers/asyncBuffer';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { Message } from '../../../src/base/conversation';
import { sizeOf } from '../../../src/base/numbers/dtype';
import { parameterSpecs, type ModelShape } from '../../../src/base/modelShape';
import { pretrainedDefault } from '../../../src/data/chat/defaultTemplates';
import type { TensorSource } from '../../../src/storage/checkpointChunks';
import { saveCheckpoint } from '../../../src/storage/checkpoints';
import { addRun } from '../../../src/storage/runs';
import { importText } from '../../../src/studio/data/importData';
import { chatPrompt } from '../../../src/studio/chat/prompts';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { loraSpecs } from '../../../src/base/lora';
import type { ModelRecord } from '../../../src/base/records/model';
import type { ExportKind } from '../../../src/base/wire/exportKinds';
import { readGguf, readGgufRows } from '../../../src/formats/gguf/ggufReading';
import { readShards } from '../../../src/formats/huggingFace/shards';
import { readAdapterConfig } from '../../../src/formats/adapters/peftConfig';
import { adapterParameters, openAdapter } from '../../../src/formats/adapters/peftReading';
import { listZip } from '../../../src/formats/zip';
import type { AtelierDb } from '../../../src/storage/db';
import { exportModel } from '../../../src/studio/export/exportModel';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { mergedRows, openWeights } from '../../../src/studio/models/weights';
import { draftOf, freshStorage, MODEL, runOf } from '../../storage/storage';
import { END_OF_TEXT, END_OF_TURN, LORA, publishedModel, ROOT, TEMPLATE, tunedModel } from '../models/publishedModels';

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

  test('keeps the tokens that its files name for other ends: to begin with, to fill up with, and in its template', async () => {
    const named = { bos_token: '<|im_start|>', pad_token: { content: '<pad>' } };
    const source = '{{ bos_token }}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}';
    const other = await freshStorage();
    const model = await publishedModel(other, false, [
      new File([JSON.stringify(named)], 'tokenizer_config.json'),
      new File([source], 'chat_template.jinja'),
    ]);
    await other.put('models', { ...model, bosTokenId: 285, padTokenId: 3 });
    const tokenizer = await loadTokenizer(other, model.tokenizerId);
    expect(tokenizer.beginId).toBeUndefined();
    const { ids } = chatPrompt([{ role: 'user', content: 'hi' }], tokenizer, model);
    expect(tokenizer.decode(Array.from(ids))).toBe('<|im_start|>hi<|im_end|>');
    const { blob } = await exportModel(other, model.id, 'safetensors');
    const parts = await partsOf(new File([blob!], 'm.zip'));
    for (const file of ['config.json', 'generation_config.json'])
      expect(await json(parts.get(file))).toMatchObject({ bos_token_id: 285, pad_token_id: 3 });
    const written = { bos_token: '<|im_start|>', pad_token: '<pad>', eos_token: '<|im_end|>' };
    expect(await json(parts.get('tokenizer_config.json'))).toMatchObject(written);
    const back = await keepModel(await freshStorage(), await folderOf([new File([blob!], 'm.zip')]));
    expect(back).toMatchObject({ bosTokenId: 285, padTokenId: 3, templateTokens: written });
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
    expect(gguf.name).toBe('SmolFox-28K-Instruct-fables-step7-v1.0-F16.gguf');
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
      ranks: [],
      alphas: [],
      targetModules: ['q_proj', 'k_proj', 'v_proj', 'down_proj'],
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

  test('names the commit of its base, also where the base was opened anew from a folder', async () => {
    const hub = {
      hub: 'https://huggingface.co',
      repo: 'owner/Fox',
      revision: '0123456789abcdef0123456789abcdef01234567',
    };
    const id = await tunedModel(db, base, 'r', { hub });
    const parts = await partsOf(await exported(id, 'peft'));
    expect(await json(parts.get('adapter_config.json'))).toMatchObject({
      base_model_name_or_path: 'owner/Fox',
      revision: hub.revision,
    });
    const card = await textOf(parts.get('README.md'));
    expect(card).toContain('base_model: "owner/Fox"');
    expect(card).toContain(`| Base | owner/Fox, commit ${hub.revision} |`);
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
    expect(modelfile).not.toContain('SYSTEM');
    const gguf = parts.get(model!)!;
    expect((await readGguf(gguf, 'g')).metadata.get('general.base_model.0.name')).toBe('SmolFox-1M-Instruct');
  });
});

const QUESTION: Message[] = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hello' },
];

describe('a model that came without a template and learned conversations here', () => {
  let id: string;
  beforeEach(async () => {
    db = await freshStorage();
    base = await publishedModel(db, false);
    id = await tunedModel(db, base, 'r', { task: 'chat' });
  });

  test('leaves with the template that it learned, and the end of its turns, in a folder that comes back as it went', async () => {
    const zip = await exported(id, 'safetensors');
    const parts = await partsOf(zip);
    for (const file of ['config.json', 'generation_config.json'])
      expect((await json(parts.get(file)))['eos_token_id']).toEqual([END_OF_TEXT, END_OF_TURN]);
    expect((await json(parts.get('tokenizer_config.json')))['eos_token']).toBe('<|im_end|>');
    const back = await keepModel(await freshStorage(), await folderOf([zip]));
    const tokenizer = await loadTokenizer(db, base.tokenizerId);
    expect(back.chatTemplate).toBe(pretrainedDefault(tokenizer));
    const [before, after] = [base, back].map((model) => chatPrompt(QUESTION, tokenizer, model));
    expect(after!.ids).toEqual(before!.ids);
    expect(after!.ends).toEqual(before!.ends);
  });

  test.each(['gguf-f16', 'gguf-q8', 'ollama'] as const)('and in %s', async (kind) => {
    const file = await exported(id, kind);
    const parts = kind === 'ollama' ? await partsOf(file) : undefined;
    const gguf = parts ? [...parts].find(([path]) => path.endsWith('.gguf'))![1] : fromBlob(file);
    const { metadata } = await readGguf(gguf, file.name);
    expect(metadata.get('tokenizer.chat_template')).toMatch(/<\|im_start\|>/);
    expect(metadata.get('tokenizer.ggml.eos_token_id')).toBe(END_OF_TEXT);
    expect(metadata.get('tokenizer.ggml.eot_token_id')).toBe(END_OF_TURN);
    expect(metadata.get('tokenizer.ggml.add_bos_token')).toBe(false);
    if (parts) {
      const modelfile = await textOf(parts.get('Modelfile'));
      for (const line of ['PARAMETER stop "<|im_end|>"', 'PARAMETER temperature 0.6', '{{ .Content }}<|im_end|>'])
        expect(modelfile).toContain(line);
    }
  });

  test('and beside its adapter', async () => {
    const parts = await partsOf(await exported(id, 'peft'));
    expect(await textOf(parts.get('chat_template.jinja'))).toMatch(/<\|im_end\|>/);
    expect((await json(parts.get('tokenizer_config.json')))['eos_token']).toBe('<|im_end|>');
    expect(await textOf(parts.get('tokenizer.json'))).toBe(readFileSync(join(ROOT, 'tokenizer.json'), 'utf8'));
    const lora = await exported(id, 'gguf-lora');
    expect((await readGguf(fromBlob(lora), lora.name)).metadata.get('tokenizer.chat_template')).toMatch(/<\|im_end\|>/);
  });
});

describe('a model made here', () => {
  const made = async (task: TrainSettings['task']): Promise<string> => {
    const text = await importText(db, 't', 'user: Hello\nassistant: Hi you.');
    const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 260, datasetIds: [text.id] });
    const model: ModelShape = { ...MODEL, headDim: 2, vocabSize: tokenizer.vocabSize };
    const settings = { ...defaultSettings(), task };
    await addRun(db, runOf(task, { name: task, tokenizerId: tokenizer.id, model, settings }));
    const tensors = parameterSpecs(model).map(({ name, shape }): TensorSource => ({
      spec: { name, shape, dtype: 'F32', role: 'weight' },
      read: () => Promise.resolve(new Uint8Array(4 * sizeOf(shape))),
    }));
    return (
      await saveCheckpoint(db, draftOf(task, 1, { tokenizerId: tokenizer.id, model, settings }), tensors, { run: {} })
    ).id;
  };

  test('that learned conversations as lines says so in its files; one that learned text says nothing of them', async () => {
    const [chat, plain] = [await made('chat'), await made('text')];
    const parts = await partsOf(await exported(chat, 'safetensors'));
    expect(await textOf(parts.get('chat_template.jinja'))).toContain("'<|endoftext|>'");
    expect((await json(parts.get('config.json')))['eos_token_id']).toBe(0);
    const ollama = await partsOf(await exported(chat, 'ollama'));
    expect(await textOf(ollama.get('Modelfile'))).toContain(
      'TEMPLATE """{{- range .Messages }}{{ .Role }}: {{ .Content }}{{ if eq .Role "assistant" }}<|endoftext|>{{ else }}\n{{ end }}{{ end }}assistant:"""',
    );
    const keysOf = async (id: string) => {
      const file = await exported(id, 'gguf-f16');
      const { metadata } = await readGguf(fromBlob(file), file.name);
      return ['tokenizer.ggml.add_bos_token', 'tokenizer.ggml.eot_token_id'].map((key) => metadata.get(key));
    };
    expect(await keysOf(chat)).toEqual([false, undefined]);
    expect(await keysOf(plain)).toEqual([true, undefined]);
    expect((await partsOf(await exported(plain, 'safetensors'))).has('chat_template.jinja')).toBe(false);
  });
});

test('the card tells of the guide beside it, and of none where there is none', async () => {
  const cardOf = async (guide?: string): Promise<string> => {
    const { blob, fileName } = await exportModel(db, base.id, 'safetensors', guide === undefined ? {} : { guide });
    return textOf((await partsOf(new File([blob!], fileName))).get('README.md'));
  };
  expect(await cardOf('# commands')).toMatch(/## Limits[^]*\[GUIDE\.md\][^]*中文[^]*\n$/);
  expect(await cardOf()).not.toContain('GUIDE.md');
});

test('a cancelled export aborts the file that it was writing', async () => {
  const abort = new AbortController();
  let aborted: unknown;
  const target = new WritableStream<Uint8Array>({ abort: (reason) => void (aborted = reason) });
  const options = { target, signal: abort.signal, onProgress: () => abort.abort() };
  await expect(exportModel(db, base.id, 'gguf-f16', options)).rejects.toMatchObject({ code: 'cancelled' });
  expect(aborted).toMatchObject({ code: 'cancelled' });
});
