import { beforeAll, describe, expect, test } from 'vitest';
import type { PairBatch, TokenBatch } from '../../src/base/batch';
import { loraShapeOf } from '../../src/base/settings/tuneSettings';
import { uploadAdapter } from '../../src/engine/models/adapter';
import { createTrainer, type TrainerOptions } from '../../src/engine/training/step';
import { uploadWeights } from '../../src/engine/models/weights';
import { hashOf, stateOf } from '../engine/fixture';
import { golden } from '../fixtures/goldens';
import { testEngine } from '../gpu';
import { relativeError } from '../tensors';

beforeAll(async () => void (await testEngine('quickest')));

const g = golden('preference');
const base = golden('llama');
const lora = loraShapeOf(g.train, g.model);
type Task = 'dpo' | 'orpo';

async function trainer(task: Task, options: TrainerOptions = {}) {
  const weights = await uploadWeights(g.model, base.parameters('weight'));
  const adapter = await uploadAdapter(g.model, lora, g.adapter('weight'));
  return createTrainer(g.model, { ...g.train, task }, weights, { ...options, adapter });
}

function answers(which: 'chosen' | 'rejected', from = 0, to = g.facts.batch): TokenBatch {
  const { length } = g.facts;
  const part = (name: string) => g.ints(`${name}.${which}`).slice(from * length, to * length);
  const targets = part('targets');
  return { batch: to - from, length, inputs: part('inputs'), targets, labels: targets.filter((t) => t >= 0).length };
}

const pairs = (from?: number, to?: number): PairBatch => ({
  chosen: answers('chosen', from, to),
  rejected: answers('rejected', from, to),
});

describe.each(['dpo', 'orpo'] as const)('%s as trl computes it', (task: Task) => {
  const expected = g.facts[task]!;
  const near = (found: number, wanted: number): void =>
    expect(Math.abs(found - wanted)).toBeLessThan(2e-5 * Math.max(1, Math.abs(wanted)));

  test('loss, rewards and every gradient, of an evaluation too', async () => {
    const ours = await trainer(task);
    const measured = await ours.evaluate([pairs(0, 1), pairs(1, 2)]);
    const { gradNorm, ...stepped } = await ours.step([pairs()], 0);
    for (const { loss, accuracy, labels, rewards } of [measured, stepped]) {
      near(loss, expected.loss);
      near(rewards!.chosen, expected.chosen);
      near(rewards!.rejected, expected.rejected);
      near(rewards!.margin, expected.chosen - expected.rejected);
      near(rewards!.logOddsRatio ?? 0, expected.logOddsRatio ?? 0);
      near(rewards!.logOddsChosen ?? 0, expected.logOddsChosen ?? 0);
      expect('logOddsRatio' in rewards!).toBe(task === 'orpo');
      expect([accuracy, rewards!.accuracy]).toEqual([expected.accuracy, expected.accuracy]);
      expect(labels).toBe(answers('chosen').labels + answers('rejected').labels);
    }
    expect(gradNorm).toBeGreaterThan(0);
    // the first moment of the first update is a constant share of the gradient, which is not clipped here
    const state = await stateOf(ours);
    for (const { name } of g.adapter(task)) {
      const gradient = state.get(`moment1 ${name}`)!.map((m) => m / (1 - g.train.beta1));
      expect(relativeError(gradient, g.floats(`${task}.${name}`)), name).toBeLessThan(1e-4);
    }
    ours.dispose();
  });

  test('learns, replayed as eager, and however the pairs are split', async () => {
    const courses = [];
    for (const [stepping, micro] of [
      ['eager', [pairs()]],
      ['replayed', [pairs()]],
      ['replayed', [pairs(0, 1), pairs(1, 2)]],
    ] as const) {
      const ours = await trainer(task, { stepping });
      const losses = [];
      for (let i = 0; i < 3; i++) losses.push((await ours.step(micro, 1e-2)).loss);
      courses.push({ losses, hash: await hashOf(ours) });
      ours.dispose();
    }
    const [eager, replayed, split] = courses;
    expect(replayed).toEqual(eager);
    expect(eager!.losses[2]).toBeLessThan(eager!.losses[0]!);
    split!.losses.forEach((loss, i) => near(loss, eager!.losses[i]!));
  });
});

describe('without an adapter', () => {
  const trained = async (task: Task) =>
    createTrainer(
      g.model,
      { ...g.train, task, method: 'full' },
      await uploadWeights(g.model, base.parameters('weight')),
    );

  test('ORPO trains all weights', async () => {
    const ours = await trained('orpo');
    const first = await ours.step([pairs()], 1e-3);
    expect((await ours.step([pairs()], 1e-3)).loss).toBeLessThan(first.loss);
    ours.dispose();
  });

  test('DPO is refused: it has no reference', async () => {
    await expect(trained('dpo')).rejects.toThrow('dpo compares an adapter');
  });

  test('a step whose pairs have no label is refused', async () => {
    const ours = await trained('orpo');
    const blank = { ...answers('rejected'), targets: new Int32Array(2 * g.facts.length).fill(-1), labels: 0 };
    await expect(ours.step([{ chosen: answers('chosen'), rejected: blank }], 1e-3)).rejects.toThrow();
    ours.dispose();
  });
});
