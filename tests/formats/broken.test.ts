// Files as people bring them broken: each format refuses them in words, in both languages.
import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import { AtelierError } from '../../src/base/errors/errors';
import { errorWords } from '../../src/app/words/errorWords';
import { readHfConfig } from '../../src/formats/huggingFace/hfConfig';
import { readSafetensors } from '../../src/formats/huggingFace/safetensors';
import { namedTokens, readTokenizerJson } from '../../src/formats/huggingFace/tokenizerJson';
import { listZip, writeZip } from '../../src/formats/zip';
import { fileOf, rowsOf, safetensorsOf, utf8 } from './helpers';

const text = (file: string, bytes: Uint8Array) => async (): Promise<unknown> => rowsOf(fileOf(bytes, file, 7));
const weights = (bytes: Uint8Array) => (): Promise<unknown> => readSafetensors(fromBytes(bytes), 'model.safetensors');
const config = (value: string) => async (): Promise<unknown> => readHfConfig(value, 'config.json');
const tokenizer = (value: string) => async (): Promise<unknown> => readTokenizerJson(value, 'tokenizer.json');

async function zipBytes(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const target = new WritableStream<Uint8Array>({ write: (c) => void chunks.push(c.slice()) });
  await writeZip(target, [{ path, byteLength: 3, bytes: [utf8('abc')] }], new Date(0));
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
const zip = (make: () => Promise<Uint8Array>) => async (): Promise<unknown> =>
  listZip(fromBytes(await make()), 'model.zip');

const ENTRY = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
const LLAMA = {
  model_type: 'llama',
  hidden_size: 8,
  num_attention_heads: 2,
  num_hidden_layers: 1,
  intermediate_size: 8,
};

/** What a person may bring, what is refused, and words that the message must hold (English, Chinese). */
const BROKEN: [string, () => Promise<unknown>, string, string[], string[]][] = [
  [
    'bytes that are no UTF-8',
    text('a.txt', Uint8Array.from([...utf8('汉字 '), 0xe9, 0x20])),
    'text-not-utf8',
    ['offset 7', '0xE9', 'Save'],
    ['偏移 7', '另存为'],
  ],
  [
    'an image named .txt',
    text('a.txt', Uint8Array.from([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x20, 0x20, 0x20, 0, 0, 1])),
    'format-binary',
    ['GIF'],
    ['GIF'],
  ],
  ['an empty file', text('a.md', new Uint8Array(0)), 'text-empty', ['a.md', 'no text'], ['没有文本']],
  ['a file of blank lines', text('a.txt', utf8('\uFEFF \r\n\n')), 'text-empty', ['no text'], ['没有文本']],
  ['bytes of no known kind', text('a.dat', Uint8Array.of(1, 2, 0, 3, 9)), 'text-binary', ['byte 2'], ['第 2 字节']],
  ['a bad line of JSON', text('a.jsonl', utf8('\n\n{"text":"b"\n')), 'jsonl-line', ['line 3'], ['第 3 行']],
  ['a JSON array', text('a.jsonl', utf8('[1,2]\n')), 'jsonl-object', ['row 1', 'found 1'], ['第 1 行']],
  [
    'a call of a tool',
    text('a.jsonl', utf8('{"messages":[{"role":"assistant","tool_calls":[1]}]}')),
    'row-tools',
    ['message 1', 'tool_calls'],
    ['第 1 条'],
  ],
  ['wrapped rows', text('a.json', utf8('{"x":[{"a":1}],"y":[{"b":1}]}')), 'json-rows-inside', ['“x, y”'], ['“x, y”']],
  [
    'rows without text',
    text('a.jsonl', utf8('{"title":"?","isbn":"!"}')),
    'jsonl-fields',
    ['title, isbn', 'Name the text'],
    ['请把文本命名'],
  ],
  [
    'a message without content',
    text('a.jsonl', utf8('{"messages":[{"role":"user"}]}')),
    'row-value',
    ['messages[1].content', '–'],
    ['messages[1].content'],
  ],
  ['deep JSON', text('a.jsonl', utf8('{"text":' + '['.repeat(100_000))), 'jsonl-deep', ['64 levels'], ['64 层']],
  ['a safetensors file of three bytes', weights(Uint8Array.of(1, 2, 3)), 'safetensors-short', ['3 bytes'], ['3 字节']],
  [
    'a web page saved as weights',
    weights(utf8('<!doctype html><title>404</title>')),
    'safetensors-header-size',
    ['damaged or not a safetensors'],
    ['不是 safetensors'],
  ],
  ['weights cut short', weights(safetensorsOf(`{"w":${ENTRY}}`, 2)), 'safetensors-end', ['byte 4', 'at 2'], ['却到 2']],
  [
    'a tensor named twice',
    weights(safetensorsOf(`{"w":${ENTRY},"w":${ENTRY}}`, 4)),
    'safetensors-duplicate',
    ['“w” twice'],
    ['“w”出现了两次'],
  ],
  [
    'tensors that overlap',
    weights(safetensorsOf(`{"v":${ENTRY},"w":${ENTRY}}`, 4)),
    'safetensors-overlap',
    ['“w”'],
    ['“w”'],
  ],
  [
    'hidden bytes between tensors',
    weights(safetensorsOf(`{"w":${ENTRY.replace('[0,4]', '[8,12]')}}`, 12)),
    'safetensors-hole',
    ['bytes 0 to 8'],
    ['0 到 8 字节'],
  ],
  [
    'a configuration of another model',
    config('{"architectures":["MistralForCausalLM"],"model_type":"mistral"}'),
    'config-unsupported',
    ['“architectures”', 'MistralForCausalLM', 'LlamaForCausalLM'],
    ['MistralForCausalLM'],
  ],
  [
    'a configuration without its vocabulary',
    config(JSON.stringify({ ...LLAMA, tie_word_embeddings: true })),
    'config-missing',
    ['“vocab_size”'],
    ['“vocab_size”'],
  ],
  ['a configuration cut short', config('{"model_type": "lla'), 'json-syntax', ['config.json'], ['config.json']],
  ['deep JSON as a configuration', config('['.repeat(500_000)), 'json-deep', ['64 levels'], ['64 层']],
  [
    'a tokenizer of another kind',
    tokenizer('{"model":{"type":"Unigram","vocab":[]}}'),
    'tokenizer-unsupported',
    ['“model.type”', 'Unigram', 'BPE'],
    ['Unigram'],
  ],
  [
    'a tokenizer without bytes',
    tokenizer(
      '{"decoder":{"type":"ByteLevel"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}',
    ),
    'tokenizer-broken',
    ['no token stands for the byte'],
    ['不是完整的分词器'],
  ],
  [
    'a zip with a path that climbs out',
    zip(async () => renamed(await zipBytes('aa/evil.txt'), 'aa/', '../')),
    'zip-path',
    ['../evil.txt'],
    ['../evil.txt'],
  ],
  ['a zip with an absolute path', zip(() => zipBytes('C:evil.txt')), 'zip-path', ['C:evil.txt'], ['C:evil.txt']],
  ['a zip cut short', zip(async () => (await zipBytes('a.txt')).slice(0, 60)), 'zip-broken', ['cut off'], ['被截断']],
  ['a text named .zip', zip(async () => utf8('not a zip')), 'zip-broken', ['download it again'], ['重新下载']],
];

/** Bytes that spell one name, spelled otherwise of the same length. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return Uint8Array.from(Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(from, to), 'latin1'));
}

describe('broken files are refused in words', () => {
  test.each(BROKEN)('%s', async (_, read, code, en, zh) => {
    const error: unknown = await read().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AtelierError);
    if (!(error instanceof AtelierError)) return;
    expect(error.code).toBe(code);
    for (const words of en) expect(errorWords(error, 'en')).toContain(words);
    for (const words of zh) expect(errorWords(error, 'zh')).toContain(words);
    expect(errorWords(error, 'en') + errorWords(error, 'zh')).not.toMatch(/\{\w+\}/); // every fact is filled in
    if (error.facts['file'] !== undefined) expect(errorWords(error, 'zh')).toContain(error.facts['file']);
  });

  test('a tokenizer_config.json names tokens, as text or as objects', () => {
    const file = '{"bos_token":"<s>","eos_token":{"content":"<e>"},"pad_token":null}';
    expect(namedTokens(file, 'c')).toEqual({ bos_token: '<s>', eos_token: '<e>' });
    expect(namedTokens('{"eos_token":7,"pad_token":""}', 'c')).toEqual({});
  });

  const BASE = {
    decoder: { type: 'ByteLevel' },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    model: { type: 'BPE' },
  };
  test.each([
    ['normalizer', { ...BASE, normalizer: { type: 'NFC' } }],
    ['post_processor', { ...BASE, post_processor: { type: 'TemplateProcessing' } }],
    ['model.byte_fallback', { ...BASE, model: { type: 'BPE', byte_fallback: true } }],
    ['model.ignore_merges', { ...BASE, model: { type: 'BPE', ignore_merges: true } }],
    ['decoder', { ...BASE, decoder: { type: 'Metaspace' }, model: { type: 'BPE', vocab: { a: 0 } } }],
    ['pre_tokenizer', { ...BASE, pre_tokenizer: { type: 'Metaspace' }, model: { type: 'BPE', vocab: { a: 0 } } }],
    [
      'pre_tokenizer.add_prefix_space',
      { ...BASE, pre_tokenizer: { type: 'ByteLevel' }, model: { type: 'BPE', vocab: { a: 0 } } },
    ],
  ])('a tokenizer with another %s is refused by name', (field, value) => {
    expect(() => readTokenizerJson(JSON.stringify(value), 't')).toThrow(
      expect.objectContaining({ code: 'tokenizer-unsupported', facts: expect.objectContaining({ field }) as object }),
    );
  });
});
