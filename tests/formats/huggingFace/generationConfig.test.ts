import { expect, test } from 'vitest';
import { readGenerationConfig, writeGenerationConfig } from '../../../src/formats/huggingFace/generationConfig';

test('temperature 0 is greedy, and what is written reads back', () => {
  const facts = { eos: [0, 7], bos: 1, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1, maxTokens: 99 };
  const greedy = writeGenerationConfig({ ...facts, temperature: 0 });
  expect(JSON.parse(greedy)).toMatchObject({ do_sample: false });
  expect(readGenerationConfig(greedy, 'g').temperature).toBe(0);
  const sampled = { ...facts, temperature: 0.5 };
  expect(readGenerationConfig(writeGenerationConfig(sampled), 'g')).toEqual(sampled);
});
