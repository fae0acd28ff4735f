// Training in f16: the halves and their copies, the scaling of the loss, and whole runs beside those in f32.
import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenBatch } from '../../../src/base/batch';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import type { ModelShape } from '../../../src/base/modelShape';
import { stream } from '../../../src/base/numbers/rng';
import type { Engine } from '../../../src/engine/gpuEngine';
import { embedding, embeddingIndex } from '../../../src/engine/ops/gather/embedding';
import { fromHalves, halvesIn, refreshHalves, halfCopies } from '../../../src/engine/ops/matrix/halves';
import { linear } from '../../../src/engine/ops/matmul/linear';
import { CLEAN_STEPS } from '../../../src/engine/device/lossScaling';
import type { QuantizedMatrix } from '../../../src/engine/ops/matrix/matrix';
import { quantizeRows, dequantizeRows } from '../../../src/engine/ops/matrix/quantize';
import { rateAt } from '../../../src/engine/training/optim/schedules';
import type { Trainer } from '../../../src/engine/training/step';
import { valueAndGradients } from '../../../src/engine/autodiff/tape';
import { LONG } from '../../dawn';
import { testEngine } from '../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../tensors';
import { hashOf, newTrainer, SETTINGS, split, stateOf, TINY, tokens } from '../fixture';

const HALF: TrainSettings = { ...SETTINGS, precision: 'f16' };
/** Half of the distance between neighbouring halves, as a share. */
const ROUNDING = 2 ** -11;

let engine: Engine;
beforeAll(async () => void (engine = await testEngine()));

describe('halves', () => {
  const shapes = [
    [1, 1],
    [3, 17],
    [65, 64],
    [129, 30],
    [5, 129],
    [2, 8],
  ] as const;

  test('several matrices at once are what packRows makes of them, and come back', async () => {
    const inputs = shapes.map((shape, i) => randomTensor(`halves ${i}`, [...shape]));
    const words = halfCopies(inputs.map(toTensor));
    for (const [i, { data, shape }] of inputs.entries()) {
      const expected = dequantizeRows('f16', shape[1]!, quantizeRows('f16', shape[1]!, Float32Array.from(data)));
      const back = await values(fromHalves(halvesIn(words[i]!)!));
      // an adapter may round either way
      expect(relativeError(back, expected), shape.join()).toBeLessThan(2 * ROUNDING);
      expect(words[i]!.shape[1]).toBe(quantizeRows('f16', shape[1]!, new Float32Array(shape[1]!)).length);
    }
  });

  test('what is larger than every half becomes the largest', async () => {
    const [words] = halfCopies([toTensor({ shape: [1, 3], data: Float32Array.of(1e6, -7e4, 65504) })]);
    expect([...(await values(fromHalves(halvesIn(words!)!)))]).toEqual([65504, -65504, 65504]);
  });
});

/** A matrix with its copy in halves. */
function copied(name: string, shape: [number, number]): QuantizedMatrix & { master: tf.Tensor } {
  const master = toTensor(randomTensor(name, shape));
  const [words] = halfCopies([master]);
  const matrix = { kind: 'f16', shape, words: words!, master } as const;
  refreshHalves([matrix]);
  return matrix;
}

describe('the copy of a matrix in halves', () => {
  test.each([
    [3, 17, 65],
    [65, 66, 36],
    [1, 5, 3],
  ])('gives its products the gradients of the matrix: %i rows, %i × %i', async (rows, out, width) => {
    const matrix = copied('w', [out, width]);
    const rounded = fromHalves(matrix);
    const x = toTensor(randomTensor('x', [rows, width]));
    const dy = () => toTensor(randomTensor('dy', [rows, out]));
    const half = valueAndGradients(() => linear(x, matrix), [x, matrix.master], dy);
    const whole = valueAndGradients(() => linear(x, rounded), [x, rounded], dy);
    expect(relativeError(await values(half.values[0]!), await values(whole.values[0]!))).toBeLessThan(2e-6);
    for (const i of [0, 1])
      expect(relativeError(await values(half.grads[i]!), await values(whole.grads[i]!))).toBeLessThan(2e-6);
  });

  test('gives its rows the gradient of the matrix', async () => {
    const matrix = copied('table', [13, 10]);
    const ids = Int32Array.of(1, 12, 1, 0, 7);
    const { order, starts } = embeddingIndex(ids, 13);
    const int = (data: Int32Array) => toTensor({ shape: [data.length], data });
    const index = { ids: int(ids), order: int(order), starts: int(starts) };
    const dy = () => toTensor(randomTensor('dy', [5, 10]));
    const half = valueAndGradients(() => embedding(matrix, index, 3), [matrix.master], dy);
    const whole = valueAndGradients(() => embedding(matrix.master, index, 3), [matrix.master], dy);
    expect(relativeError(await values(half.values[0]!), await values(whole.values[0]!))).toBeLessThan(2 * ROUNDING);
    expect(await values(half.grads[0]!)).toEqual(await values(whole.grads[0]!));
  });
});

describe('a step in f16', () => {
  /** Wide and long enough that what is kept for the backward walk is kept in halves. */
  const model: ModelShape = { ...TINY, hiddenSize: 64, headDim: 16 };
  const batch = () => tokens('half', 8, 16);

  test('has the loss, the norm and the gradients of f32 within what halves resolve', async () => {
    const states = [];
    const results = [];
    for (const settings of [SETTINGS, HALF]) {
      const trainer = await newTrainer({ ...settings, clipNorm: 0 }, model);
      results.push(await trainer.step([batch()], 1e-3));
      states.push(await stateOf(trainer));
      trainer.dispose();
    }
    const [whole, half] = results;
    expect(Math.abs(half!.loss / whole!.loss - 1)).toBeLessThan(1e-3);
    expect(half!.loss).not.toBe(whole!.loss);
    expect(Math.abs(half!.gradNorm / whole!.gradNorm - 1)).toBeLessThan(1e-2);
    expect(half!.overflowed).toBe(false);
    for (const [name, moment] of states[1]!)
      if (name.startsWith('moment1')) expect(relativeError(moment, states[0]!.get(name)!), name).toBeLessThan(1e-2);
  });

  test('eager and replayed steps give the same bits, micro-batches too', async () => {
    const hashes = [];
    for (const stepping of ['eager', 'replayed'] as const) {
      const trainer = await newTrainer(HALF, model, stepping);
      for (let i = 0; i < 3; i++) await trainer.step(split(tokens(`${i}`, 8, 16), 4), 1e-3);
      hashes.push(await hashOf(trainer));
      trainer.dispose();
    }
    expect(hashes[1]).toBe(hashes[0]);
  });

  test('leaves no tensor behind, and the trainer gives back all', async () => {
    const before = engine.tensors();
    const trainer = await newTrainer(HALF, model, 'eager');
    await trainer.step([batch()], 1e-3);
    const after = engine.tensors();
    await trainer.step([batch()], 1e-3);
    expect(engine.tensors()).toBe(after);
    trainer.dispose();
    expect(engine.tensors()).toBe(before);
  });
});

describe('scaling of the loss', () => {
  test('a step that overflows changes no weight and no moment, halves the scale, and the next one goes on', async () => {
    const [trainer, other] = [await newTrainer(HALF), await newTrainer(HALF)];
    const before = await hashOf(trainer);
    trainer.resumeScaling({ scale: 2 ** 122, clean: 7 });
    const skipped = await trainer.step([tokens('a', 3)], 1e-3);
    expect(skipped.overflowed).toBe(true);
    expect(skipped.loss).toBeGreaterThan(1);
    expect(await hashOf(trainer)).toBe(before);
    expect(trainer.lossScaling).toEqual({ scale: 2 ** 121, clean: 0 });

    trainer.resumeScaling({ scale: 2 ** 20, clean: 0 });
    other.updates = 1;
    const [after, expected] = [await trainer.step([tokens('b', 3)], 1e-3), await other.step([tokens('b', 3)], 1e-3)];
    expect(after).toEqual(expected);
    expect(after.overflowed).toBe(false);
    // powers of two: another scale, the same bits
    expect(await hashOf(trainer)).toBe(await hashOf(other));
    [trainer, other].forEach((t) => t.dispose());
  });

  test('the scale is found by halving alone, while steps are queued together', async () => {
    const trainer = await newTrainer(HALF);
    trainer.resumeScaling({ scale: 2 ** 80, clean: 0 });
    const queued = Array.from({ length: 40 }, (_, i) => trainer.step([tokens(`${i}`, 3)], 1e-3));
    const overflowed = (await Promise.all(queued)).map((result) => result.overflowed);
    const first = overflowed.indexOf(false);
    expect(first).toBeGreaterThan(1);
    expect(overflowed.slice(first)).not.toContain(true);
    expect(trainer.lossScaling).toEqual({ scale: 2 ** (80 - first), clean: 40 - first });
    trainer.dispose();
  });

  test('enough clean steps double it', async () => {
    const trainer = await newTrainer(HALF);
    trainer.resumeScaling({ scale: 2 ** 9, clean: CLEAN_STEPS - 2 });
    const scalings = [];
    for (let i = 0; i < 3; i++) {
      await trainer.step([tokens(`${i}`, 3)], 1e-3);
      scalings.push(trainer.lossScaling);
    }
    expect(scalings).toEqual([
      { scale: 2 ** 9, clean: CLEAN_STEPS - 1 },
      { scale: 2 ** 10, clean: 0 },
      { scale: 2 ** 10, clean: 1 },
    ]);
    trainer.dispose();
  });

  test.each([
    ['f16', 1],
    ['f32', undefined],
  ] as const)('gradients that no scale mends are no overflow, and are not applied: %s', async (precision, scale) => {
    const trainer = await newTrainer({ ...SETTINGS, precision });
    if (scale) trainer.resumeScaling({ scale, clean: 0 });
    trainer.load('weight', 'norm', new Uint8Array(new Float32Array(TINY.hiddenSize).fill(1e30).buffer));
    const before = await hashOf(trainer);
    const { overflowed, gradNorm } = await trainer.step([tokens('a', 3)], 1e-3);
    expect(Number.isFinite(gradNorm)).toBe(false);
    expect(overflowed).toBe(false);
    expect(await hashOf(trainer)).toBe(before);
    trainer.dispose();
  });

  test('a trainer whose state and scaling are put into a new one goes on with the same bits', async () => {
    const [whole, first, second] = [
      await newTrainer(HALF),
      await newTrainer(HALF),
      await newTrainer({ ...HALF, seed: 9 }),
    ];
    for (let i = 0; i < 4; i++) await whole.step([tokens(`${i}`, 3)], 1e-3);
    for (let i = 0; i < 2; i++) await first.step([tokens(`${i}`, 3)], 1e-3);
    for (const { spec, read } of first.tensors()) second.load(spec.role, spec.name, await read());
    second.updates = first.updates;
    second.resumeScaling(first.lossScaling!);
    for (let i = 2; i < 4; i++) await second.step([tokens(`${i}`, 3)], 1e-3);
    expect(await hashOf(second)).toBe(await hashOf(whole));
    expect(second.lossScaling).toEqual(whole.lossScaling);
    [whole, first, second].forEach((t) => t.dispose());
  });
});

describe('three seeds on the starter text', () => {
  const [BATCH, LENGTH, STEPS, VOCABULARY] = [8, 32, 40, 64];
  const model: ModelShape = {
    ...TINY,
    ...{ vocabSize: VOCABULARY, hiddenSize: 32, intermediateSize: 64, heads: 2, kvHeads: 1, contextLength: LENGTH },
  };
  const text = readFileSync(new URL('../../../public/starter/atelier-starter.txt', import.meta.url), 'utf8').slice(
    0,
    40_000,
  );
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).map(([character]) => character);
  /** The 63 commonest characters, and one token for the others. */
  const ids = Int32Array.from(text, (character) => Math.min(common.indexOf(character), VOCABULARY - 1));
  const heldOut = ids.length - 8000;

  const windows = (starts: number[]): TokenBatch => {
    const at = (shift: number) =>
      Int32Array.from(starts.flatMap((s) => [...ids.subarray(s + shift, s + shift + LENGTH)]));
    return { batch: starts.length, length: LENGTH, inputs: at(0), targets: at(1), labels: starts.length * LENGTH };
  };
  const validation = Array.from({ length: 4 }, (_, b) =>
    windows(Array.from({ length: 60 }, (_, i) => heldOut + (60 * b + i) * LENGTH)),
  );

  async function validationLoss(settings: TrainSettings): Promise<number> {
    const trainer: Trainer = await newTrainer(settings, model);
    const random = stream(settings.seed, 'windows');
    for (let step = 0; step < STEPS; step++) {
      const starts = Array.from({ length: BATCH }, () => random.below(heldOut - LENGTH - 1));
      void trainer.step([windows(starts)], rateAt({ ...settings, learningRate: 2e-2 }, step, STEPS));
    }
    const { loss } = await trainer.evaluate(validation);
    trainer.dispose();
    return loss;
  }

  test('f16 has the validation loss of f32 within the spread of the seeds', LONG, async () => {
    const losses: Record<'f32' | 'f16', number[]> = { f32: [], f16: [] };
    for (const seed of [1, 2, 3])
      for (const precision of ['f32', 'f16'] as const)
        losses[precision].push(await validationLoss({ ...SETTINGS, seed, precision }));
    const mean = (all: number[]) => all.reduce((a, b) => a + b, 0) / all.length;
    const spread = Math.max(...losses.f32) - Math.min(...losses.f32);
    const told = `f32 ${losses.f32.join()}, f16 ${losses.f16.join()}`;
    expect(mean(losses.f32), told).toBeLessThan(Math.log(VOCABULARY) - 1.2);
    expect(Math.abs(mean(losses.f16) - mean(losses.f32)), told).toBeLessThan(spread);
    expect(losses.f16).not.toEqual(losses.f32);
  });
});
