import { beforeAll, describe, expect, test } from 'vitest';
import type { ThumbBatch } from '../../src/base/batch';
import { loraShapeOf } from '../../src/base/settings/tuneSettings';
import type { GradedRows } from '../../src/data/batches/gradedRows';
import { thumbWindows } from '../../src/data/batches/thumbWindows';
import { uploadAdapter } from '../../src/engine/models/adapter';
import { uploadWeights } from '../../src/engine/models/weights';
import { createTrainer, type StepResult, type TrainerOptions } from '../../src/engine/training/step';
import { hashOf, stateOf } from '../engine/fixture';
import { golden } from '../fixtures/goldens';
import { testEngine } from '../gpu';
import { relativeError } from '../tensors';

beforeAll(async () => void (await testEngine('quickest')));

const g = golden('kto');
const base = golden('llama');
const { batch, length, steps: logged } = g.facts;
const rows = g.facts.rows!;

/** The rows as preparing leaves them. */
function stored(): GradedRows {
  const ids = rows.flatMap(({ prompt_ids: asked, completion_ids: said }) => [...asked, ...said]);
  const weights = rows.flatMap(({ prompt_ids: asked, completion_ids: said, label }) => [
    ...asked.map(() => 0),
    ...said.map(() => (label ? 1 : -1)),
  ]);
  const lengths = rows.map((row) => row.prompt_ids.length + row.completion_ids.length);
  const offsets = lengths.reduce<number[]>((ends, n) => [...ends, ends.at(-1)! + n], [0]);
  return { ids: Uint32Array.from(ids), weights: Float32Array.from(weights), offsets: Uint32Array.from(offsets) };
}

const none: GradedRows = { ids: new Uint32Array(), weights: new Float32Array(), offsets: Uint32Array.of(0) };
const windows = thumbWindows(stored(), none, { seed: 1, batch, length, accumulate: 1, validationBatches: 1 });
/** In the order of the file; training shuffles. */
const batchOf = (step: number): ThumbBatch =>
  windows.train.batch(
    Array.from({ length: batch }, (_, i) => ({ window: ((step * batch) % rows.length) + i, epoch: 0 })),
  );

async function trainer(options: TrainerOptions = {}) {
  const weights = await uploadWeights(g.model, base.parameters('weight'));
  const adapter = await uploadAdapter(g.model, loraShapeOf(g.train, g.model), g.adapter('weight'));
  return createTrainer(g.model, g.train, weights, { ...options, adapter });
}

const near = (found: number, wanted: number): void =>
  expect(Math.abs(found - wanted)).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));

function equal({ loss, rewards }: Pick<StepResult, 'loss' | 'rewards'>, step: number): void {
  const wanted = logged[step]!;
  near(loss, wanted.loss);
  near(rewards!.chosen, wanted['rewards/chosen']!);
  near(rewards!.rejected, wanted['rewards/rejected']!);
  near(rewards!.margin, wanted['rewards/margins']!);
  near(rewards!.kl!, wanted['kl']!);
}

describe('kto as trl computes it', () => {
  test('the golden has a KL estimate at its bound and above', () => {
    expect(logged.some((s) => s['kl'] === 0)).toBe(true);
    expect(logged.filter((s) => s['kl']! > 0.1).length).toBeGreaterThan(1);
  });

  test('loss, rewards, KL and norm of six steps, every gradient of the first, and the adapter after them', async () => {
    const ours = await trainer();
    for (let step = 0; step < logged.length; step++) {
      equal(await ours.evaluate([batchOf(step)]), step);
      const result = await ours.step([batchOf(step)], logged[step]!.rate);
      equal(result, step);
      near(result.gradNorm, logged[step]!.gradNorm);
      if (step > 0) continue;
      // the first moment of the first update is a constant share of the clipped gradient
      const share = (1 - g.train.beta1) * Math.min(1, 1 / logged[0]!.gradNorm);
      const state = await stateOf(ours);
      for (const { name } of g.adapter('gradient')) {
        const gradient = state.get(`moment1 ${name}`)!.map((m) => m / share);
        expect(relativeError(gradient, g.floats(`gradient.${name}`)), name).toBeLessThan(1e-4);
      }
    }
    const state = await stateOf(ours);
    for (const { name } of g.adapter('trained'))
      expect(relativeError(state.get(`weight ${name}`)!, g.floats(`trained.${name}`)), name).toBeLessThan(1e-3);
    ours.dispose();
  });

  test('gives the same bits replayed as eager', async () => {
    const hashes = [];
    for (const stepping of ['eager', 'replayed'] as const) {
      const ours = await trainer({ stepping });
      for (let step = 0; step < 3; step++) await ours.step([batchOf(step)], 1e-2);
      hashes.push(await hashOf(ours));
      ours.dispose();
    }
    expect(hashes[1]).toBe(hashes[0]);
  });

  test('needs an adapter, whose base is the reference', async () => {
    const weights = await uploadWeights(g.model, base.parameters('weight'));
    expect(() => createTrainer(g.model, { ...g.train, method: 'full' }, weights)).toThrow('kto compares an adapter');
  });
});
