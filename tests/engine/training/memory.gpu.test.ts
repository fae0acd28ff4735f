import type { ReadParameterRows } from '../../../src/base/numbers/tensorData';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import type { ModelShape } from '../../../src/base/modelShape';
import { loraShapeOf } from '../../../src/base/settings/tuneSettings';
import { modelOf, presetNamed } from '../../../src/base/settings/presets';
import type { Engine } from '../../../src/engine/gpuEngine';
import { gpu } from '../../../src/engine/device/kernel';
import { planMemory, predictMemory, type MemorySettings } from '../../../src/engine/training/memory';
import { initialAdapter, uploadAdapter, type Adapter } from '../../../src/engine/models/adapter';
import { createTrainer } from '../../../src/engine/training/step';
import { initialWeights, uploadFrozen } from '../../../src/engine/models/weights';
import { testEngine } from '../../gpu';
import { SETTINGS, tokens } from '../fixture';

let engine: Engine;
beforeAll(async () => void (engine = await testEngine()));

interface Case {
  model?: Partial<ModelShape>;
  settings?: Partial<MemorySettings>;
  recomputedBlocks?: number;
}

const small = modelOf(presetNamed('0.03M'), 288, 32);
const BASE: MemorySettings = { batchSize: 8, contextLength: 32, accumulate: 1, optimizer: 'adamw' };
const CASES: Record<string, Case> = {
  'the smallest preset': {},
  'an adapter of the next preset, in 32 bits': {
    model: modelOf(presetNamed('0.1M'), 320, 64),
    settings: { batchSize: 4, contextLength: 24, method: 'lora', frozenPrecision: 'f32' },
  },
  'an adapter with dropout, in 16 bits, of conversations': {
    model: { heads: 4, kvHeads: 2, headDim: 8 },
    settings: { method: 'lora', frozenPrecision: 'f16', loraDropout: 0.1, task: 'chat' },
  },
  'an adapter in 8 bits': { settings: { method: 'lora', frozenPrecision: 'q8' } },
  'an adapter in 4 bits, of pairs, blocks recomputed': {
    model: { vocabSize: 900, layers: 4 },
    settings: { batchSize: 3, method: 'lora', frozenPrecision: 'q4', loraRank: 4, task: 'dpo' },
    recomputedBlocks: 3,
  },
  'an adapter of pairs that begins from another, which is wide': {
    settings: { method: 'lora', frozenPrecision: 'q8', loraRank: 64, task: 'dpo', fromAdapter: true },
  },
  'much vocabulary': { model: { vocabSize: 3000 }, settings: { batchSize: 2 } },
  'odd vocabulary, odd length': { model: { vocabSize: 301 }, settings: { batchSize: 3, contextLength: 29 } },
  'deep and narrow': { model: { hiddenSize: 16, headDim: 8, layers: 7, intermediateSize: 30 } },
  'five micro-batches': { settings: { accumulate: 5, batchSize: 1 } },
  SGD: { settings: { optimizer: 'sgd' } },
  f16: { model: { layers: 3 }, settings: { batchSize: 16, precision: 'f16' } },
  'f16, a vocabulary and widths that are no multiple of 8, micro-batches': {
    model: { vocabSize: 301, intermediateSize: 90 },
    settings: { accumulate: 2, contextLength: 90, precision: 'f16' },
  },
  'batch 1, a long context': { settings: { batchSize: 1, contextLength: 200 } },
  'some blocks recomputed': { model: { layers: 4 }, recomputedBlocks: 2 },
  'all blocks recomputed, micro-batches': { model: { layers: 3 }, recomputedBlocks: 3, settings: { accumulate: 2 } },
};

async function adapterOf(model: ModelShape, settings: TrainSettings, copied: boolean): Promise<Adapter> {
  const lora = loraShapeOf(settings, model);
  const upload = () => uploadAdapter(model, lora, initialAdapter(model, lora, 1));
  return { ...(await upload()), reference: copied ? (await upload()).weights : undefined };
}

/** Bytes that a trainer takes and two of its steps. */
async function measure(model: ModelShape, chosen: MemorySettings, recomputedBlocks: number): Promise<number> {
  gpu().trim();
  const before = engine.gpuBytes();
  const settings = { ...SETTINGS, ...chosen };
  const weights = new Map([...initialWeights(model, 1)].map((t) => [t.name, t]));
  const read: ReadParameterRows = (name, row, rows) => {
    const { bytes, shape } = weights.get(name)!;
    const rowBytes = bytes.length / shape[0]!;
    return Promise.resolve(new Float32Array(bytes.slice(row * rowBytes, (row + rows) * rowBytes).buffer));
  };
  const trainer = createTrainer(
    model,
    settings,
    await uploadFrozen(model, settings.method === 'lora' ? settings.frozenPrecision : 'f32', read),
    {
      recomputedBlocks,
      ...(settings.method === 'lora' && { adapter: await adapterOf(model, settings, chosen.fromAdapter === true) }),
    },
  );
  const micro = Array.from({ length: settings.accumulate }, (_, i) => {
    const batch = tokens(`${i}`, settings.batchSize, settings.contextLength, model.vocabSize);
    const targets = batch.targets.map((t) => Math.max(0, t)); // all are graded
    const whole = { ...batch, targets, labels: targets.length };
    const blank = new Int32Array(targets.length);
    if (settings.task === 'dpo') return { chosen: whole, rejected: whole };
    return settings.task === 'chat' ? { ...whole, starts: blank, positions: blank } : whole;
  });
  for (let i = 0; i < 2; i++) await trainer.step(micro, 1e-3);
  const bytes = engine.gpuBytes() - before;
  trainer.dispose();
  return bytes;
}

describe('predictMemory is within 5 % of what two steps were measured to take', () => {
  test.each(Object.entries(CASES))('%s', async (name, { model: patch, settings: some, recomputedBlocks = 0 }) => {
    // a base of its own, so that the table of the rotary embedding is made anew
    const ropeTheta = 10_000 + Object.keys(CASES).indexOf(name);
    const [model, settings] = [
      { ...small, ...patch, ropeTheta },
      { ...BASE, ...some },
    ];
    const predicted = predictMemory(model, settings, recomputedBlocks);
    const measured = await measure(model, settings, recomputedBlocks);
    expect(predicted.total / measured).toBeGreaterThan(0.95);
    expect(predicted.total / measured).toBeLessThan(1.05);
    expect(Object.values(predicted.parts).reduce((a, b) => a + b, 0)).toBe(predicted.total);
    expect(Math.min(...Object.values(predicted.parts))).toBeGreaterThanOrEqual(0);
  });

  test('counting leaves nothing behind, and the GPU as it was', async () => {
    const [tensors, bytes] = [engine.tensors(), engine.gpuBytes()];
    predictMemory(small, BASE);
    expect(engine.tensors()).toBe(tensors);
    expect(engine.gpuBytes()).toBe(bytes);
    expect(await measure(small, BASE, 0)).toBeGreaterThan(0);
  });

  test('the largest buffer is the logits, the gates or the moments of a matrix and its neighbours, whichever is largest', () => {
    const of = (model: Partial<ModelShape>, batchSize: number) =>
      predictMemory({ ...small, ...model }, { ...BASE, batchSize, contextLength: 10 }).largestBuffer;
    expect(of({ vocabSize: 5000 }, 100)).toBe(4 * 1000 * 5000);
    expect(of({ vocabSize: 50 }, 100)).toBe(4 * 1000 * 2 * small.intermediateSize);
    const matrix = 4 * 5000 * small.hiddenSize;
    expect(of({ vocabSize: 5000 }, 1)).toBeGreaterThanOrEqual(matrix);
    expect(of({ vocabSize: 5000 }, 1)).toBeLessThan(1.05 * matrix);
  });
});

describe('planMemory', () => {
  const deep = { ...small, layers: 8 };
  const plain = () => predictMemory(deep, BASE).total; // with the limits of the adapter that is open by then

  test('recomputes nothing where a step fits', () => {
    expect(planMemory(deep, BASE, plain())).toMatchObject({ recomputedBlocks: 0, fits: true });
  });

  test('recomputes as few blocks as make it fit, and says what it would be without', () => {
    const least = predictMemory(deep, BASE, 8).total;
    const budget = (plain() + least) / 2;
    const plan = planMemory(deep, BASE, budget);
    expect(plan).toMatchObject({ fits: true, without: plain() });
    expect(plan.prediction.total).toBeLessThanOrEqual(budget);
    expect(predictMemory(deep, BASE, plan.recomputedBlocks - 1).total).toBeGreaterThan(budget);
  });

  test('recomputes all where nothing fits', () => {
    expect(planMemory(deep, BASE, 1000)).toMatchObject({ recomputedBlocks: 8, fits: false });
  });
});
