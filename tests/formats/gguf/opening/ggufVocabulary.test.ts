// Each name of `tokenizer.ggml.pre` cuts texts as llama.cpp does (tests/fixtures/gguf_models.py): one vocabulary whose
// merges cross all borders, so that the ids differ by the cut alone.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PretrainedTokenizer } from '../../../../src/data/tokens/pretrainedTokenizer';
import { ggufTokenizer } from '../../../../src/formats/gguf/ggufTokenizer';
import type { GgufValue } from '../../../../src/formats/gguf/ggufReading';
import { readGgufVocabulary } from '../../../../src/formats/gguf/opening/ggufVocabulary';
import { PRE_TOKENIZERS } from '../../../../src/formats/gguf/opening/preTokenizers';
import { checkPretrainedTokenizer } from '../../../../src/formats/huggingFace/pretrainedTokenizerJson';

const GOLDEN = JSON.parse(readFileSync(new URL('../../../fixtures/gguf/pre.json', import.meta.url), 'utf8')) as {
  tokens: string[];
  merges: string[];
  texts: string[];
  ids: Record<string, number[][]>;
};

const keysWith = (...further: [string, GgufValue][]): Map<string, GgufValue> =>
  new Map<string, GgufValue>([
    ['tokenizer.ggml.model', 'gpt2'],
    ['tokenizer.ggml.tokens', GOLDEN.tokens],
    ['tokenizer.ggml.merges', GOLDEN.merges],
    ...further,
  ]);

describe.each(Object.keys(GOLDEN.ids))('pre %s', (pre) => {
  test('gives the ids of llama.cpp', () => {
    const { json } = readGgufVocabulary(keysWith(['tokenizer.ggml.pre', pre]), 'm.gguf');
    const tokenizer = new PretrainedTokenizer(json, 0, 'm.gguf');
    expect(GOLDEN.texts.map((text) => Array.from(tokenizer.encode(text)))).toEqual(GOLDEN.ids[pre]);
  });
});

test.each([...PRE_TOKENIZERS.keys()])('the patterns of %s read each text once', (pre) => {
  const { json } = readGgufVocabulary(keysWith(['tokenizer.ggml.pre', pre]), 'm.gguf');
  expect(() => checkPretrainedTokenizer(json, 'm.gguf')).not.toThrow();
});

test.each([...PRE_TOKENIZERS.keys()])('%s leaves as GGUF under a name that cuts alike', (pre) => {
  const { json } = readGgufVocabulary(keysWith(['tokenizer.ggml.pre', pre]), 'm.gguf');
  const entries = new Map(
    ggufTokenizer(json, GOLDEN.tokens.length, { eosId: 0 }, 'm').map(([key, , value]) => [key, value]),
  );
  const [was, is] = [pre, String(entries.get('tokenizer.ggml.pre'))].map((name) => PRE_TOKENIZERS.get(name)!);
  expect([is!.steps, is!.normalizer, is!.ignoresMerges]).toEqual([was!.steps, was!.normalizer, was!.ignoresMerges]);
  expect(entries.get('tokenizer.ggml.merges')).toEqual(GOLDEN.merges);
});

test('without a name the default is taken, and told', () => {
  const { notices } = readGgufVocabulary(keysWith(), 'm.gguf');
  expect(notices).toEqual([{ code: 'gguf-pre-missing', facts: { file: 'm.gguf' } }]);
});

test('a word too long to be merged from its parts in every way is refused where scores decide', () => {
  const read = (longest: number) => () =>
    readGgufVocabulary(
      new Map<string, GgufValue>([
        ['tokenizer.ggml.model', 'llama'],
        ['tokenizer.ggml.tokens', ['a', 'a'.repeat(longest)]],
        ['tokenizer.ggml.scores', [-1, -2]],
      ]),
      'm.gguf',
    );
  expect(read(256)).not.toThrow();
  const facts = { file: 'm.gguf', field: 'tokenizer.ggml.tokens[1].length', found: '257', supported: '1 … 256' };
  expect(read(257)).toThrow(expect.objectContaining({ code: 'gguf-unsupported', facts }));
});

test('kinds of tokens: control ones are special, those of a user are found in texts, filling is none', () => {
  const tokens = ['a', 'b', 'ab', '<|x|>', '<y>', '[PAD5]', '<|im_end|>', '<|end|>'];
  const { json, endTokenIds, templateTokens } = readGgufVocabulary(
    new Map<string, GgufValue>([
      ['tokenizer.ggml.model', 'gpt2'],
      ['tokenizer.ggml.pre', 'gpt-2'],
      ['tokenizer.ggml.tokens', tokens],
      ['tokenizer.ggml.token_type', [1, 1, 1, 3, 4, 5, 3, 1]],
      ['tokenizer.ggml.merges', ['a b']],
      ['tokenizer.ggml.eos_token_id', 3],
      ['tokenizer.ggml.bos_token_id', 0xffffffff],
      ['tokenizer.ggml.add_bos_token', true],
    ]),
    'm.gguf',
  );
  const {
    added_tokens: added,
    model,
    post_processor: processor,
  } = JSON.parse(json) as {
    added_tokens: { content: string; special: boolean }[];
    model: { vocab: Record<string, number> };
    post_processor: unknown;
  };
  expect(added.map(({ content, special }) => [content, special])).toEqual([
    ['<|x|>', true],
    ['<y>', false],
    ['<|im_end|>', true],
  ]);
  expect(Object.keys(model.vocab)).not.toContain('[PAD5]');
  expect(endTokenIds).toEqual([3, 6]); // by its key, and by a text that llama.cpp knows; id 7 is a plain word
  expect(templateTokens).toEqual({ eos_token: '<|x|>' });
  expect(processor).toBeNull();
});
