import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { TokenBatch } from '../../src/base/batch';
import type { TrainSettings } from '../../src/base/settings/trainSettings';
import { linearCrossEntropy } from '../../src/engine/ops/loss/linearCrossEntropy';
import { trainedOf } from '../../src/engine/ops/matrix/matrix';
import { Llama } from '../../src/engine/models/llama';
import { rateAt } from '../../src/engine/training/optim/schedules';
import { createTrainer, type Stepping } from '../../src/engine/training/step';
import { valueAndGradients } from '../../src/engine/autodiff/tape';
import { uploadBatch } from '../../src/engine/training/tokenBatch';
import { disposeWeights, uploadWeights } from '../../src/engine/models/weights';
import { golden, type Golden, type GoldenName } from '../fixtures/goldens';
import { relativeError, values } from '../tensors';

function batchOf(g: Golden, prefix = ''): TokenBatch {
  const targets = g.ints(`${prefix}targets`);
  const { batch, length } = g.facts;
  return { batch, length, inputs: g.ints(`${prefix}inputs`), targets, labels: targets.filter((t) => t >= 0).length };
}

/** Our Llama on the device that is open, against values of transformers. */
export function compareLlama(name: GoldenName): void {
  describe(`${name}: transformers’ LlamaForCausalLM`, () => {
    const g = golden(name);

    test('logits', async () => {
      const weights = await uploadWeights(g.model, g.parameters('weight'));
      const { input, dispose } = uploadBatch(batchOf(g), g.model);
      const logits = new Llama(g.model, weights).logits(input);
      expect(relativeError(await values(logits), g.floats('logits'))).toBeLessThan(1e-4);
      logits.dispose();
      dispose();
      disposeWeights(weights);
    });

    test('loss and every gradient', async () => {
      const weights = await uploadWeights(g.model, g.parameters('weight'));
      const batch = batchOf(g);
      const { input, labels, dispose } = uploadBatch(batch, g.model);
      const model = new Llama(g.model, weights);
      const result = valueAndGradients(
        () => linearCrossEntropy(model.states(input), model.head, labels, { lossScale: 1 / batch.labels }).loss,
        [...weights.values()].flatMap(trainedOf),
      );
      const [loss] = await values(result.values[0]!);
      expect(Math.abs(loss! / g.facts.loss - 1)).toBeLessThan(1e-4);
      for (const [i, parameter] of [...weights.keys()].entries()) {
        const error = relativeError(await values(result.grads[i]!), g.floats(`gradient.${parameter}`));
        expect(error, parameter).toBeLessThan(1e-4);
      }
      tf.dispose([result.values, result.grads.filter((t) => t !== undefined)]);
      dispose();
      disposeWeights(weights);
    });

    test.each<[TrainSettings['precision'], Stepping, number, number]>([
      ['f32', 'replayed', 0, 1e-3],
      ['f32', 'eager', 0, 1e-3],
      ['f32', 'replayed', g.model.layers, 1e-3],
      ['f16', 'replayed', 0, 5e-3],
      ['f16', 'eager', g.model.layers, 5e-3],
    ])('losses and norms of ten training steps in %s, %s, %i blocks recomputed', async (...given) => {
      const [precision, stepping, recomputedBlocks, tolerance] = given;
      const settings = { ...g.train, precision };
      const weights = await uploadWeights(g.model, g.parameters('weight'));
      const trainer = createTrainer(g.model, settings, weights, { stepping, recomputedBlocks });
      for (const [i, expected] of g.facts.steps.entries()) {
        const rate = rateAt(g.train, i, g.facts.steps.length);
        const result = await trainer.step([batchOf(g, `step.${i}.`)], rate);
        expect(Math.abs(result.loss / expected.loss - 1), `loss of step ${i}`).toBeLessThan(tolerance);
        expect(Math.abs(result.gradNorm / expected.gradNorm - 1), `norm of step ${i}`).toBeLessThan(tolerance);
      }
      trainer.dispose();
    });
  });
}
