import { expect, test } from 'vitest';
import { checkPretrainedTokenizer } from '../../../src/formats/huggingFace/pretrainedTokenizerJson';

const check = (steps: object): void =>
  checkPretrainedTokenizer(
    JSON.stringify({ model: { type: 'BPE', vocab: { a: 0 }, merges: [] }, ...steps }),
    'tokenizer.json',
  );
const split = (pattern: string): object => ({ type: 'Split', pattern: { Regex: pattern } });
const within = (steps: object[]): object => ({ type: 'Sequence', pretokenizers: steps });
const replace = (content: string): object => ({ type: 'Replace', pattern: { String: 'a' }, content });
const normalizers = (steps: object[]): object => ({ normalizer: { type: 'Sequence', normalizers: steps } });
const refused = (field: string): unknown =>
  expect.objectContaining({
    code: field.endsWith('.pattern') ? 'tokenizer-pattern' : 'tokenizer-unsupported',
    facts: expect.objectContaining({ field }) as object,
  });

test.each([
  ['pre_tokenizer.pattern', { pre_tokenizer: split(`${'a?'.repeat(60)}b`) }],
  ['pre_tokenizer.pattern', { pre_tokenizer: within([within([split('a{0,60}a{0,60}b')])]) }],
  // each is below the bound by itself
  ['pre_tokenizer.pattern', { pre_tokenizer: within(Array.from({ length: 20 }, () => split('a{0,60}b'))) }],
  ['normalizer.pattern', normalizers([{ type: 'Replace', pattern: { Regex: '(a+)+b' }, content: '' }])],
  // a text that doubles with each step, and steps of no length
  ['normalizer.content', normalizers(Array.from({ length: 30 }, () => replace('aa')))],
  ['normalizer.content', { normalizer: { type: 'Prepend', prepend: 'a'.repeat(300) } }],
  ['pre_tokenizer.length', { pre_tokenizer: { type: 'FixedLength', length: 0 } }],
  ['pre_tokenizer.length', { pre_tokenizer: { type: 'FixedLength', length: -1 } }],
])('steps that would not end are refused: %s', (field, steps) => {
  expect(() => check(steps)).toThrow(refused(field));
});

test.each([
  { pre_tokenizer: within([split('\\p{N}{1,3}'), split('[一-龥]+'), split(' ?\\p{L}+|\\s+(?!\\S)|\\s+')]) },
  normalizers([{ type: 'Prepend', prepend: '▁' }, replace('▁')]),
  { pre_tokenizer: { type: 'FixedLength', length: 5 } },
])('steps of published tokenizers are let in: %j', (steps) => {
  expect(() => check(steps)).not.toThrow();
});
