import { beforeAll, describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../src/base/modelConfig';
import { modelOf, presetNamed } from '../../src/base/presets';
import type { Engine } from '../../src/engine/device';
import { gpu } from '../../src/engine/kernels/kernel';
import { predictMemory } from '../../src/engine/memory';
import { testEngine } from '../gpu';
import { newTrainer, SETTINGS, tokens } from './fixture';

let engine: Engine;
beforeAll(async () => void (engine = await testEngine()));

interface Case {
  model: ModelConfig;
  batch: number;
  length: number;
  accumulate: number;
  optimizer: 'adamw' | 'sgd';
}
const small = modelOf(presetNamed('0.1M'), 256, 64);
const CASES: Record<string, Case> = {
  'the smallest preset': { model: small, batch: 8, length: 64, accumulate: 1, optimizer: 'adamw' },
  'much vocabulary, grouped heads, accumulation': {
    model: { ...small, vocabSize: 1500, kvHeads: 2 },
    batch: 2,
    length: 40,
    accumulate: 2,
    optimizer: 'adamw',
  },
  'deep and narrow, SGD': {
    model: {
      ...small,
      hiddenSize: 48,
      intermediateSize: 90,
      headDim: 16,
      heads: 3,
      kvHeads: 3,
      layers: 5,
      vocabSize: 101,
    },
    batch: 3,
    length: 50,
    accumulate: 1,
    optimizer: 'sgd',
  },
};

describe('predictMemory is within 15 % of what a step was measured to take', () => {
  test.each(Object.entries(CASES))('%s', async (_, { model, batch, length, accumulate, optimizer }) => {
    gpu().trim();
    const before = engine.gpuBytes();
    const trainer = await newTrainer({ ...SETTINGS, optimizer }, model);
    const micro = Array.from({ length: accumulate }, (_, i) => tokens(`${i}`, batch, length, model.vocabSize));
    for (let i = 0; i < 2; i++) await trainer.step(micro, 1e-3);
    const measured = engine.gpuBytes() - before;
    trainer.dispose();
    const predicted = predictMemory(model, { batchSize: batch, contextLength: length, accumulate, optimizer });
    expect(predicted.total / measured).toBeGreaterThan(0.85);
    expect(predicted.total / measured).toBeLessThan(1.15);
    expect(Object.values(predicted.parts).reduce((a, b) => a + b, 0)).toBe(predicted.total);
  });

  test('the largest buffer is the logits, the gates or a matrix, whichever is largest', () => {
    const of = (model: Partial<ModelConfig>, batchSize: number) =>
      predictMemory({ ...small, ...model }, { batchSize, contextLength: 10, accumulate: 1, optimizer: 'adamw' })
        .largestBuffer;
    expect(of({ vocabSize: 5000 }, 100)).toBe(4 * 1000 * 5000);
    expect(of({ vocabSize: 50 }, 100)).toBe(4 * 1000 * 2 * small.intermediateSize);
    expect(of({ vocabSize: 5000 }, 1)).toBe(4 * 5000 * small.hiddenSize);
  });
});
