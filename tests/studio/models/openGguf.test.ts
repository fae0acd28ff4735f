// GGUF files of llama.cpp's own converter (tests/fixtures/gguf_models.py), opened as base models: the weights are those
// of the folders that they were converted from, and texts have the ids of llama.cpp.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { parameterSpecs } from '../../../src/base/modelShape';
import type { ModelRecord } from '../../../src/base/records/model';
import { fromFloat32, toFloat32 } from '../../../src/formats/floats';
import type { GgmlType } from '../../../src/formats/gguf/ggml';
import type { AtelierDb } from '../../../src/storage/db';
import { exportModel } from '../../../src/studio/export/exportModel';
import { openFiles } from '../../../src/studio/models/openFiles';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { openWeights, ownPrecision } from '../../../src/studio/models/weights';
import { contentOf, ggufBytes } from '../../formats/gguf/ggufContent';
import { freshStorage } from '../../storage/storage';
import { familyModel } from './publishedModels';

const ROOT = new URL('../../fixtures/gguf/', import.meta.url);
const CASES = ['llama', 'smol', 'qwen2', 'qwen3', 'gemma3', 'gpt2'];
const TOKENS = JSON.parse(readFileSync(new URL('tokens.json', ROOT), 'utf8')) as {
  texts: string[];
  ids: Record<string, number[][]>;
};
const bytesOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(`${name}.gguf`, ROOT)));
const fileOf = (name: string, called = `${name}.gguf`): File => new File([bytesOf(name)], called);

let db: AtelierDb;
beforeEach(async () => void (db = await freshStorage()));

/** All parameters of a stored model as f32. */
async function parametersOf(model: ModelRecord): Promise<Map<string, Float32Array>> {
  const { read } = await openWeights(db, model.id);
  const found = new Map<string, Float32Array>();
  for (const { name, shape } of parameterSpecs(model.model)) found.set(name, await read(name, 0, shape[0]!));
  return found;
}

describe.each(CASES)('%s', (name) => {
  test('has the shape and weights of the folder that it was converted from', async () => {
    const opened = await openFiles(db, [fileOf(name)], {});
    const folder = await familyModel(db, name);
    const rows = opened.model.vocabSize; // the converter cuts what Gemma's has beyond the tokens
    expect(filled(opened.model)).toEqual(
      filled({ ...folder.model, vocabSize: name === 'gemma3' ? rows : folder.model.vocabSize }),
    );
    const [ours, theirs] = [await parametersOf(opened), await parametersOf(folder)];
    for (const { name: parameter, kind, shape } of parameterSpecs(folder.model)) {
      const plain = kind === 'norm' || shape.length === 1 || parameter === 'positions';
      const original = theirs.get(parameter)!.subarray(0, ours.get(parameter)!.length);
      const expected = plain ? original : toFloat32(fromFloat32(original, 'F16'), 'F16');
      // Gemma's norms went through 1 + w in f32 and back
      const apart = ours.get(parameter)!.map((v, i) => Math.abs(v - expected[i]!));
      expect([parameter, Math.max(...apart)]).toEqual([
        parameter,
        name === 'gemma3' && plain ? (expect.closeTo(0, 6) as number) : 0,
      ]);
    }
    expect(opened.gguf).toEqual({ types: expect.objectContaining({ F16: expect.any(Number) as number }) as object });
    expect(ownPrecision(opened)).toBe('f16');
  });

  test('gives texts the ids of llama.cpp', async () => {
    const { tokenizerId } = await openFiles(db, [fileOf(name)], {});
    const tokenizer = await loadTokenizer(db, tokenizerId);
    expect(TOKENS.texts.map((text) => Array.from(tokenizer.encode(text)))).toEqual(TOKENS.ids[name]);
  });
});

/** With what a folder may say and a GGUF need not. */
const filled = (model: ModelRecord['model']): ModelRecord['model'] => ({ tiedEmbeddings: true, ...model });

test('what a file says beside its weights: name, licence, template, tokens that begin and end', async () => {
  const record = await openFiles(db, [fileOf('smol', 'whatever.bin')], {});
  expect(record).toMatchObject({
    ...{ name: 'Tiny smol', source: 'whatever.bin', bosTokenId: 286, endTokenIds: [287] },
    chatTemplate: expect.stringContaining('<|im_start|>') as string,
    templateTokens: { bos_token: '<|im_start|>', eos_token: '<|im_end|>' },
  });
  expect(record.notices).toBeUndefined();
});

test('the same file opened twice is stored once; with a folder of safetensors beside it, the folder is opened', async () => {
  const first = await openFiles(db, [fileOf('smol')], {});
  expect((await openFiles(db, [fileOf('smol', 'copy.gguf')], {})).id).toBe(first.id);
  const stray = new File(['x'.repeat(100)], 'model.safetensors');
  await expect(openFiles(db, [fileOf('smol'), stray], {})).rejects.toMatchObject({ code: 'model-file-missing' });
});

describe('blocks of a few bits', () => {
  const types = (name: string): GgmlType => (/attn_[qk]|embd/.test(name) ? 'Q8_0' : /norm/.test(name) ? 'F32' : 'F16');

  test('stay as they are in the file, but where the parts of a parameter differ', async () => {
    const file = new File([await ggufBytes(await contentOf(bytesOf('smol')), types)], 'smol.gguf');
    const record = await openFiles(db, [file], {});
    const dtypes = Object.fromEntries(record.tensors.map(({ name, dtype }) => [name, dtype]));
    expect(dtypes).toMatchObject({ embedding: 'Q8_0', 'layers.0.qkv': 'F32', 'layers.0.o': 'F16', norm: 'F32' });
    expect(record.notices).toEqual([{ code: 'gguf-quantised', facts: { types: 'Q8_0' } }]);
    expect(ownPrecision(record)).toBe('f16');
    const ours = await parametersOf(record);
    const plain = await parametersOf(await openFiles(db, [fileOf('smol')], {}));
    for (const [parameter, values] of plain) {
      const least = Math.max(...values.map(Math.abs)) / 100;
      expect(Math.max(...values.map((v, i) => Math.abs(v - ours.get(parameter)![i]!)))).toBeLessThan(least);
    }
  });
});

test.each(CASES)('%s leaves as GGUF again, and comes back with the same weights and tokens', async (name) => {
  const first = await openFiles(db, [fileOf(name)], {});
  const { blob } = await exportModel(db, first.id, 'gguf-f16');
  const again = await openFiles(db, [new File([blob!], 'again.gguf')], {});
  expect(again.model).toEqual(first.model);
  expect(again.sha256).toBe(first.sha256);
  const tokenizer = await loadTokenizer(db, again.tokenizerId);
  expect(TOKENS.texts.map((text) => Array.from(tokenizer.encode(text)))).toEqual(TOKENS.ids[name]);
});
