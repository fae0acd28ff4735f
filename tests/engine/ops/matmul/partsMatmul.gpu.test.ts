import type { ReadParameterRows } from '../../../../src/base/numbers/tensorData';
/** Models whose matrices are larger than a tensor may be: the limit is set so low that the smallest models meet it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainSettings } from '../../../../src/base/settings/trainSettings';
import type { LoraShape } from '../../../../src/base/lora';
import type { ModelShape } from '../../../../src/base/modelShape';
import type { FrozenPrecision } from '../../../../src/base/records/model';
import { initialAdapter, uploadAdapter } from '../../../../src/engine/models/adapter';
import { createGenerator, type GeneratorOptions } from '../../../../src/engine/generation/decoder';
import type { Engine } from '../../../../src/engine/gpuEngine';
import { fixVariants } from '../../../../src/engine/tuneKernels/fixVariants';
import { gpu } from '../../../../src/engine/device/kernel';
import { isParted } from '../../../../src/engine/ops/matrix/matrix';
import { FORMS, shapeClass, SIZES } from '../../../../src/engine/ops/matmul/matmulVariants';
import { kernelVariants, useVariants } from '../../../../src/engine/device/variants';
import { predictMemory } from '../../../../src/engine/training/memory';
import { modelFor } from '../../../../src/engine/models/modelFor';
import { createTrainer, type Trainer, type TrainerOptions } from '../../../../src/engine/training/step';
import { uploadIds } from '../../../../src/engine/models/tokenInput';
import { disposeWeights, initialWeights, uploadFrozen, uploadWeights } from '../../../../src/engine/models/weights';
import { testEngine } from '../../../gpu';
import { relativeError, values } from '../../../tensors';
import { hashOf, SETTINGS, stateOf, TINY, tokens } from '../../fixture';

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine();
  // the variant that compiles fastest
  useVariants(Object.fromEntries(FORMS.flatMap((form) => SIZES.map((size) => [shapeClass(form, size), 'registers4']))));
});

/** Bytes: the embedding is then in eight parts, most matrices of a block in two. */
const LITTLE = 4000;
const LENGTH = 11;
const LLAMA: ModelShape = { ...TINY, vocabSize: 301, layers: 1 };
/** Biases, learned positions, a head of its own. */
const GPT2: ModelShape = {
  ...{ ...LLAMA, family: 'gpt2', norm: 'layer', activation: 'geluTanh', gated: false, positions: 'learned' },
  ...{ qkvBias: true, outputBias: true, feedForwardBias: true, tiedEmbeddings: false, intermediateSize: 50 },
};
const LORA: LoraShape = { rank: 2, alpha: 4, dropout: 0.2, rankStabilized: false, targets: ['q', 'v', 'up', 'down'] };

/** Every tensor that is made meanwhile has at most so many bytes, or is refused. */
async function within<T>(mostBytes: number, f: () => Promise<T>): Promise<T> {
  const [allowed, variants] = [gpu().mostBytes, kernelVariants()];
  gpu().mostBytes = mostBytes;
  try {
    return await f();
  } finally {
    gpu().mostBytes = allowed;
    useVariants(variants); // a run would go on with its parts
  }
}

const batches = (count: number, vocab = 301) =>
  Array.from({ length: count }, (_, i) => tokens(`split ${i}`, 1, LENGTH, vocab));

async function trainer(model: ModelShape, settings: TrainSettings = SETTINGS, options: TrainerOptions = {}) {
  return createTrainer(model, settings, await uploadWeights(model, initialWeights(model, 3)), options);
}

async function tuner(precision: FrozenPrecision, settings: TrainSettings = SETTINGS): Promise<Trainer> {
  const all = new Map([...initialWeights(LLAMA, 3)].map((t) => [t.name, t]));
  const read: ReadParameterRows = (name, row, rows) => {
    const { bytes, shape } = all.get(name)!;
    const rowBytes = bytes.length / shape[0]!;
    return Promise.resolve(new Float32Array(bytes.slice(row * rowBytes, (row + rows) * rowBytes).buffer));
  };
  const adapter = await uploadAdapter(LLAMA, LORA, initialAdapter(LLAMA, LORA, 5));
  return createTrainer(LLAMA, settings, await uploadFrozen(LLAMA, precision, read), { adapter });
}

/** Two steps and an evaluation. */
async function course(made: Promise<Trainer>, micro = batches(2)) {
  const trainer = await made;
  const steps = [];
  for (let i = 0; i < 2; i++) steps.push(await trainer.step(micro, 1e-2));
  const evaluated = await trainer.evaluate(batches(1));
  const [state, hash] = [await stateOf(trainer), await hashOf(trainer)];
  trainer.dispose();
  return { steps, evaluated, state, hash };
}

function expectAlike(split: Awaited<ReturnType<typeof course>>, whole: typeof split, tolerance: number): void {
  split.steps.forEach((step, i) => {
    expect(Math.abs(step.loss / whole.steps[i]!.loss - 1)).toBeLessThan(tolerance);
    expect(Math.abs(step.gradNorm / whole.steps[i]!.gradNorm - 1)).toBeLessThan(tolerance);
  });
  expect([...split.state.keys()]).toEqual([...whole.state.keys()]);
  // moments are mostly gradients; weights also follow the sign of gradients that are zero but for rounding, as of a
  // bias of the keys
  for (const [name, values] of split.state)
    expect(relativeError(values, whole.state.get(name)!), name).toBeLessThan(
      name.startsWith('weight') ? 100 * tolerance : tolerance,
    );
}

describe.each([
  ['Llama', LLAMA],
  ['GPT-2', GPT2],
])('%s with matrices in parts', (_, model) => {
  test('has the logits of one whose matrices are whole, to the bit', async () => {
    const { input } = uploadIds(tokens('logits', 1, 3, 301).inputs, 1, 3);
    const found: ArrayLike<number>[] = [];
    for (const limit of [gpu().mostBytes, LITTLE])
      await within(limit, async () => {
        const weights = await uploadWeights(model, initialWeights(model, 3));
        expect(isParted(weights.get('layers.0.qkv')!)).toBe(limit === LITTLE);
        const logits = modelFor(model, weights).logits(input);
        found.push(await values(logits));
        logits.dispose();
        disposeWeights(weights);
      });
    expect(found[1]).toEqual(found[0]);
  });

  test('learns as one whose matrices are whole; eager and replayed steps have the same bits', async () => {
    const whole = await course(trainer(model));
    const before = [engine.tensors(), engine.gpuBytes()];
    const [replayed, eager] = await within(LITTLE, async () => [
      await course(trainer(model)),
      await course(trainer(model, SETTINGS, { stepping: 'eager', recomputedBlocks: 1 })),
    ]);
    expectAlike(replayed, whole, 3e-5);
    expect(eager.hash).toBe(replayed.hash);
    expect(engine.tensors()).toBe(before[0]);
  });

  test('writes what it is told: tokens one by one, eager and replayed, to the bit', async () => {
    const written = async (how: GeneratorOptions): Promise<Float32Array[]> => {
      const weights = await uploadWeights(model, initialWeights(model, 3));
      const generator = createGenerator(modelFor(model, weights), 12, how);
      const logits = [await generator.prefill([5, 300, 64])];
      for (const id of [299, 0, 150]) logits.push(await generator.next(id));
      generator.dispose();
      disposeWeights(weights);
      return logits;
    };
    const whole = await written('replayed');
    await within(LITTLE, async () => {
      expect(await written('eager')).toEqual(whole);
      expect(await written('replayed')).toEqual(whole);
    });
  });
});

describe('training with matrices in parts', () => {
  test('goes on from a checkpoint with the same bits, and from one of whole matrices', async () => {
    const kept = async (made: Trainer) => {
      await made.step(batches(2), 1e-2);
      const state = await Promise.all(made.tensors().map(async ({ spec, read }) => ({ spec, bytes: await read() })));
      return { made, state };
    };
    const goOn = async (state: Awaited<ReturnType<typeof kept>>['state']) => {
      const resumed = await trainer(LLAMA);
      for (const { spec, bytes } of state) resumed.load(spec.role, spec.name, bytes);
      resumed.updates = 1;
      await resumed.step(batches(2), 1e-2);
      return resumed;
    };
    const whole = await kept(await trainer(LLAMA));
    await within(LITTLE, async () => {
      const { made, state } = await kept(await trainer(LLAMA));
      expect(state.map(({ spec }) => spec)).toEqual(whole.state.map(({ spec }) => spec));
      await made.step(batches(2), 1e-2);
      expect(await hashOf(await goOn(state))).toBe(await hashOf(made));
      const moved = await goOn(whole.state);
      expect(
        relativeError((await stateOf(moved)).get('weight embedding')!, (await stateOf(made)).get('weight embedding')!),
      ).toBeLessThan(1e-5);
      expect(() => moved.load('moment1', 'embedding', new Uint8Array(400))).toThrow('"found":400,"expected":28896');
    });
  });

  test('goes on with the parts it began with where the device allows more by then, and says where it allows less', async () => {
    const steps = async (made: Trainer): Promise<string> => {
      await made.step(batches(2), 1e-2);
      const hash = await hashOf(made);
      made.dispose();
      return hash;
    };
    const begun = kernelVariants();
    const { first, record } = await within(LITTLE, async () => ({
      first: await steps(await trainer(LLAMA)),
      record: kernelVariants(),
    }));
    expect(record).toMatchObject({ 'matrix parts': `${LITTLE}` });
    expect(await steps(await trainer(LLAMA))).not.toBe(first);
    expect(await fixVariants(record, LLAMA.headDim)).toEqual([]);
    expect(await steps(await trainer(LLAMA))).toBe(first);
    gpu().mostBytes -= 4;
    const less = { ...record, 'matrix parts': `${gpu().mostBytes + 4}` };
    expect(await fixVariants(less, LLAMA.headDim)).toEqual([{ op: 'matrix parts', variant: less['matrix parts'] }]);
    gpu().mostBytes += 4;
    useVariants(begun);
  });

  test('in f16 agrees with whole matrices, and goes on from a checkpoint with the same bits', async () => {
    const half: TrainSettings = { ...SETTINGS, precision: 'f16' };
    const whole = await course(trainer(LLAMA, half));
    await within(LITTLE, async () => {
      const [one, two] = [await course(trainer(LLAMA, half)), await course(trainer(LLAMA, half))];
      expectAlike(one, whole, 1e-3); // what is kept of a split product is not rounded
      expect(two.hash).toBe(one.hash);
    });
  });

  test.each(['f32', 'q4'] as const)('an adapter beside frozen matrices in %s', async (precision) => {
    const whole = await course(tuner(precision));
    const split = await within(LITTLE, () => course(tuner(precision)));
    expectAlike(split, whole, 3e-5);
  });

  test('ten runs give one hash', async () => {
    const hashes = new Set<string>();
    await within(LITTLE, async () => {
      for (let run = 0; run < 10; run++) hashes.add((await course(trainer(LLAMA), batches(1))).hash);
    });
    expect(hashes.size).toBe(1);
  });
});

describe('the limit', () => {
  test('takes what is predicted, no tensor being larger than it', async () => {
    const settings = { batchSize: 1, contextLength: LENGTH, accumulate: 2, optimizer: 'adamw' } as const;
    await within(LITTLE, async () => {
      const predicted = predictMemory(GPT2, settings);
      expect(predicted.largestBuffer).toBeLessThanOrEqual(LITTLE);
      expect(predictMemory(GPT2, settings, 0, 1e9).largestBuffer).toBeGreaterThanOrEqual(4 * 301 * 24);
      gpu().trim();
      const before = engine.gpuBytes();
      const made = await trainer(GPT2);
      const graded = batches(2).map((batch) => ({
        ...batch,
        targets: batch.targets.map((t) => Math.max(0, t)),
        labels: LENGTH,
      }));
      for (let i = 0; i < 2; i++) await made.step(graded, 1e-3);
      expect(Math.abs(predicted.total / (engine.gpuBytes() - before) - 1)).toBeLessThan(0.05);
      made.dispose();
    });
  });

  test('refuses what cannot be split, with the numbers', async () => {
    await within(2 ** 20, async () => {
      expect(() => gpu().alloc([2 ** 18 + 1])).toThrow('buffer-too-large {"needed":2,"allowed":1}');
      gpu().dispose(gpu().alloc([2 ** 18]));
      await Promise.resolve();
    });
  });

  test('shortens the context of a decoder whose cache would be larger', async () => {
    await within(LITTLE, async () => {
      const weights = await uploadWeights(LLAMA, initialWeights(LLAMA, 3));
      const generator = createGenerator(modelFor(LLAMA, weights), 100);
      // 80 numbers of query, key and value are the widest row of a token
      expect(generator.capacity).toBe(Math.floor(LITTLE / 4 / 80));
      await generator.prefill(Int32Array.from({ length: generator.capacity }, (_, i) => i));
      generator.dispose();
      disposeWeights(weights);
    });
  });
});
