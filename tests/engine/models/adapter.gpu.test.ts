import { beforeAll, describe, expect, test } from 'vitest';
import { loraSpecs, loraTargets, type LoraShape } from '../../../src/base/lora';
import { parameterSpecs, type ModelShape } from '../../../src/base/modelShape';
import type { Engine } from '../../../src/engine/gpuEngine';
import { initialAdapter, uploadAdapter } from '../../../src/engine/models/adapter';
import { createTrainer, type Trainer, type TrainerOptions } from '../../../src/engine/training/step';
import { initialWeights, uploadFrozen, uploadWeights } from '../../../src/engine/models/weights';
import { testEngine } from '../../gpu';
import { relativeError } from '../../tensors';
import { hashOf, newTrainer, SETTINGS, split, stateOf, TINY, tokens } from '../fixture';

let engine: Engine;
beforeAll(async () => void (engine = await testEngine('quickest')));

const LORA: LoraShape = { rank: 3, alpha: 6, dropout: 0, rankStabilized: false, targets: loraTargets(TINY) };
const DROPPING = { ...LORA, dropout: 0.3 };

const numbersOf = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer);

async function tuner(lora = LORA, options: TrainerOptions = {}): Promise<Trainer> {
  const weights = await uploadWeights(TINY, initialWeights(TINY, SETTINGS.seed));
  return createTrainer(TINY, SETTINGS, weights, {
    ...options,
    adapter: await uploadAdapter(TINY, lora, initialAdapter(TINY, lora, 5)),
  });
}

async function course(trainer: Trainer, steps = 4, size = 4) {
  const results = [];
  for (let i = 0; i < steps; i++) results.push(await trainer.step(split(tokens(`${i}`, 4), size), 1e-2));
  const state = await stateOf(trainer);
  const hash = await hashOf(trainer);
  trainer.dispose();
  return { results, state, hash };
}

describe('a fresh adapter', () => {
  test('has the tensors of its specs: A within 1/√in, B zero, each A another', () => {
    const made = [...initialAdapter(TINY, LORA, 1)];
    expect(made.map(({ name, shape }) => ({ name, shape }))).toEqual(
      loraSpecs(TINY, LORA).map(({ name, shape }) => ({ name, shape })),
    );
    const firsts = new Set<number>();
    for (const { name, shape, bytes } of made) {
      const values = numbersOf(bytes);
      const largest = values.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
      if (name.endsWith('loraB')) expect(largest, name).toBe(0);
      else {
        const bound = 1 / Math.sqrt(shape[1]!);
        expect(largest).toBeGreaterThan(0.9 * bound);
        expect(largest).toBeLessThanOrEqual(bound);
        firsts.add(values[0]!);
      }
    }
    expect(firsts.size).toBe(made.length / 2);
  });

  test('changes no loss, is all that is trained, and all is given back', async () => {
    const before = engine.tensors();
    const [plain, tuned] = [await newTrainer(), await tuner()];
    const windows = [tokens('fresh', 3)];
    expect((await tuned.evaluate(windows)).loss).toBe((await plain.evaluate(windows)).loss);
    const names = tuned.tensors().map(({ spec }) => `${spec.role} ${spec.name}`);
    const own = loraSpecs(TINY, LORA).map((p) => p.name);
    expect(names).toEqual(['weight', 'moment1', 'moment2'].flatMap((role) => own.map((name) => `${role} ${name}`)));
    [plain, tuned].forEach((t) => t.dispose());
    expect(engine.tensors()).toBe(before);
  });
});

describe('steps of an adapter', () => {
  test('learn, replayed as eager, with checkpoints as without, ten runs as one', async () => {
    const eager = await course(await tuner(DROPPING, { stepping: 'eager' }));
    for (const options of [{}, { recomputedBlocks: 1 }, ...Array.from({ length: 8 }, () => ({}))]) {
      const other = await course(await tuner(DROPPING, options));
      expect(other.results).toEqual(eager.results);
      expect(other.hash).toBe(eager.hash);
    }
  });

  test('drop in training only, other inputs in each step, the same ones however a step is split', async () => {
    const [whole, parts] = [await course(await tuner(DROPPING)), await course(await tuner(DROPPING), 4, 1)];
    for (const [name, values] of whole.state)
      expect(relativeError(parts.state.get(name)!, values), name).toBeLessThan(1e-4);
    const kept = await course(await tuner(LORA));
    expect(whole.results[3]!.loss).not.toBe(kept.results[3]!.loss);
    const trainer = await tuner(DROPPING);
    const [once, again] = [await trainer.step([tokens('s', 4)], 0), await trainer.step([tokens('s', 4)], 0)];
    expect(once.gradNorm).not.toBe(again.gradNorm);
    const windows = [tokens('e', 3)];
    expect(await trainer.evaluate(windows)).toEqual(await trainer.evaluate(windows));
    trainer.dispose();
  });

  test('need an adapter where weights are quantized', async () => {
    const zeros = (name: string, _row: number, rows: number) => {
      const { shape } = parameterSpecs(TINY).find((p) => p.name === name)!;
      return Promise.resolve(new Float32Array(rows * (shape[1] ?? 1)));
    };
    const weights = await uploadFrozen(TINY, 'q8', zeros);
    expect(() => createTrainer(TINY, SETTINGS, weights)).toThrow('embedding is quantized');
  });
});

/** Rows of 4, 5 and 2 tokens in one window of 13 with padding, and each in a window of its own. */
function packedAndApart(vocabSize: number) {
  const lengths = [4, 5, 2];
  const rows = lengths.map((length, i) => tokens(`row ${i}`, 1, length, vocabSize));
  const size = 13;
  const packed = {
    batch: 1,
    length: size,
    inputs: new Int32Array(size),
    targets: new Int32Array(size).fill(-1),
    weights: new Float32Array(size),
    starts: Int32Array.from({ length: size }, (_, i) => i + 1),
    positions: new Int32Array(size),
    labels: 0,
  };
  let at = 0;
  const apart = rows.map((row) => {
    const weights = Float32Array.from(row.targets, (_, i) => 0.5 + i);
    packed.inputs.set(row.inputs, at);
    packed.targets.set(row.targets, at);
    packed.weights.set(weights, at);
    row.inputs.forEach((_, i) => {
      packed.starts[at + i] = at;
      packed.positions[at + i] = i;
    });
    packed.labels += row.labels;
    at += row.length;
    return { ...row, weights };
  });
  return { packed, apart };
}

describe('rows packed into a window', () => {
  const gpt2: Partial<ModelShape> = {
    ...{ family: 'gpt2', kvHeads: 3, norm: 'layer', gated: false, positions: 'learned', activation: 'geluTanh' },
    ...{ qkvBias: true, outputBias: true, feedForwardBias: true },
  };
  test.each<[string, Partial<ModelShape>]>([
    ['rotary positions', {}],
    ['a sliding window', { slidingWindow: 3, slidingLayers: [true, false] }],
    ['norms of query and key', { qkNorm: true }],
    ['learned positions', gpt2],
  ])('are trained and evaluated as apart: %s', async (_name, patch) => {
    const model = { ...TINY, ...patch };
    const { packed, apart } = packedAndApart(model.vocabSize);
    const [one, many] = [await newTrainer(SETTINGS, model), await newTrainer(SETTINGS, model)];
    const [a, b] = [await one.evaluate([packed]), await many.evaluate(apart)];
    expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(1e-5);
    expect(a.labels).toBeCloseTo(b.labels, 3);
    const [whole, parts] = [await one.step([packed], 1e-3), await many.step(apart, 1e-3)];
    expect(Math.abs(whole.loss / parts.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(whole.gradNorm / parts.gradNorm - 1)).toBeLessThan(1e-5);
    const [left, right] = [await stateOf(one), await stateOf(many)];
    for (const [name, values] of left)
      if (name.startsWith('moment1')) expect(relativeError(values, right.get(name)!), name).toBeLessThan(2e-5);
    [one, many].forEach((t) => t.dispose());
  });
});
