import { expect, test } from 'vitest';
import { readGenerationConfig, writeGenerationConfig } from '../../../src/formats/huggingFace/generationConfig';

test('temperature 0 is greedy, and what is written reads back', () => {
  const facts = { eos: [0, 7], bos: 1, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1, maxTokens: 99 };
  const greedy = writeGenerationConfig({ ...facts, temperature: 0 });
  expect(JSON.parse(greedy)).toMatchObject({ do_sample: false });
  expect(readGenerationConfig(greedy, 'g').facts.temperature).toBe(0);
  const sampled = { ...facts, temperature: 0.5 };
  expect(readGenerationConfig(writeGenerationConfig(sampled), 'g')).toEqual({ facts: sampled, passedOver: [] });
});

test.each<[string, string, string[]]>([
  ['top_k', '-2', ['top_k = -2']],
  ['top_k', '1.5', ['top_k = 1.5']],
  ['top_k', '"50"', ['top_k = "50"']],
  ['top_p', '0', ['top_p = 0']],
  ['top_p', '1.01', ['top_p = 1.01']],
  ['top_p', 'NaN', ['top_p = "NaN"']],
  ['min_p', '-0.1', ['min_p = -0.1']],
  ['temperature', '-1', ['temperature = -1']],
  ['temperature', 'Infinity', ['temperature = Infinity']],
  ['temperature', '[0.7]', ['temperature = [0.7]']],
  ['repetition_penalty', '0', ['repetition_penalty = 0']],
  ['max_new_tokens', '0', ['max_new_tokens = 0']],
  ['max_new_tokens', '2.5', ['max_new_tokens = 2.5']],
  ['pad_token_id', '"<pad>"', ['pad_token_id = "<pad>"']],
  ['eos_token_id', '-7', ['eos_token_id = -7']],
  ['top_p', 'null', []],
  ['pad_token_id', '-1', []],
  ['eos_token_id', '-1', []],
])('a wish that makes no sense is passed over by name: %s = %s', (field, value, passedOver) => {
  const read = readGenerationConfig(`{"do_sample": true, "${field}": ${value}}`, 'g');
  expect(read).toEqual({ facts: { eos: [] }, passedOver });
});

test('ends are read though something else stands among them; -1 and 0 keep all tokens', () => {
  const read = readGenerationConfig('{"eos_token_id": [5, -1, null, 7], "temperature": 0, "top_k": -1}', 'g');
  expect(read).toEqual({
    facts: { eos: [5, 7], temperature: 0, topK: 0 },
    passedOver: ['eos_token_id = [5,-1,null,7]'],
  });
  expect(readGenerationConfig('{"top_k": 0}', 'g').facts.topK).toBe(0);
});
