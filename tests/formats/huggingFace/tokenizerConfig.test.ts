// The tokenizer_config.json of src/formats/huggingFace/tokenizerJson.ts.
import { expect, test } from 'vitest';
import { writePretrainedTokenizerConfig, writeTokenizerConfig } from '../../../src/formats/huggingFace/tokenizerJson';

// other trainers mask whatever is the pad token: one that is the end token would never be learned
test('no pad token is invented', () => {
  expect(JSON.parse(writePretrainedTokenizerConfig({ eos: '</s>' }, 64))).not.toHaveProperty('pad_token');
  expect(JSON.parse(writePretrainedTokenizerConfig({ eos: '</s>', pad: '<pad>' }, 64))).toMatchObject({
    pad_token: '<pad>',
  });
  const own = { kind: 'bpe' as const, vocab: ['<|endoftext|>'], merges: [], added: [], endId: 0 };
  expect(JSON.parse(writeTokenizerConfig(own, 64))).not.toHaveProperty('pad_token');
});
