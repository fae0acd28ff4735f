import { expect, test } from 'vitest';
import { GPT2, type Family, type ModelShape } from '../../../src/base/modelShape';
import { ggufEntries } from '../../../src/formats/gguf/ggufKeys';
import { ggufAdapterTensors } from '../../../src/formats/gguf/ggufAdapter';
import { ggufTensors } from '../../../src/formats/gguf/ggufModel';
import { MODEL } from '../helpers';

const GEMMA = {
  activation: 'geluTanh',
  embeddingScale: Math.sqrt(60),
  slidingWindow: 8,
  slidingRopeTheta: 1e4,
} as const;
const OF: Record<Family, Partial<ModelShape>> = {
  llama: {},
  qwen2: { qkvBias: true },
  qwen3: { qkNorm: true },
  gemma3: { ...GEMMA, qkNorm: true, outputNorms: true, normOffset: 1, slidingLayers: [true, true] },
  gpt2: { ...GPT2, activation: 'geluTanh', kvHeads: 6 },
};

/** llama.cpp loads and answers as we do with heads of 4, 8 and 16 where the states would give 8, but for these two. */
test.each<[Family, number, boolean]>([
  ['qwen2', 10, true],
  ['qwen2', 16, false],
  ['qwen2', 4, false],
  ['gpt2', 10, true],
  ['gpt2', 12, false],
  ['llama', 16, true],
  ['qwen3', 16, true],
  ['gemma3', 4, true],
])('%s with heads of %i where 60/6 = 10: written %s', (family, headDim, written) => {
  const shape: ModelShape = { ...MODEL, family, ...OF[family], headDim };
  const refusal = {
    code: 'gguf-unwritable',
    facts: { family, field: 'headDim', found: `${headDim}`, supported: '60/6' },
  };
  const lora = { rank: 2, alpha: 2, dropout: 0, rankStabilized: false, targets: ['o' as const] };
  for (const write of [
    () => ggufEntries(shape, 'F16', { name: 'x' }),
    () => ggufTensors(shape, 'F16'),
    () => ggufAdapterTensors(shape, lora),
  ])
    if (written) expect(write).not.toThrow();
    else expect(write).toThrow(expect.objectContaining(refusal));
});
