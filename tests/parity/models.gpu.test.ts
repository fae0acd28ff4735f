import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenBatch } from '../../src/base/batch';
import { createGenerator } from '../../src/engine/generation/decoder';
import { linearCrossEntropy } from '../../src/engine/ops/loss/linearCrossEntropy';
import { trainedOf } from '../../src/engine/ops/matrix/matrix';
import { modelFor } from '../../src/engine/models/modelFor';
import { valueAndGradients } from '../../src/engine/autodiff/tape';
import { uploadBatch } from '../../src/engine/training/tokenBatch';
import { disposeWeights, uploadWeights } from '../../src/engine/models/weights';
import { FAMILY_GOLDENS, golden } from '../fixtures/goldens';
import { testEngine } from '../gpu';
import { relativeError, values } from '../tensors';

beforeAll(async () => void (await testEngine('quickest')));

describe.each(FAMILY_GOLDENS)('%s: as transformers computes it', (name) => {
  const g = golden(name);
  const upload = async () => {
    const weights = await uploadWeights(g.model, g.parameters('weight'));
    return { weights, model: modelFor(g.model, weights) };
  };

  function batch(): TokenBatch {
    const targets = g.ints('targets');
    const { batch, length } = g.facts;
    return { batch, length, inputs: g.ints('inputs'), targets, labels: targets.filter((t) => t >= 0).length };
  }

  test('logits', async () => {
    const { model, weights } = await upload();
    const { input, dispose } = uploadBatch(batch(), g.model);
    const logits = model.logits(input);
    expect(relativeError(await values(logits), g.floats('logits'))).toBeLessThan(1e-5);
    logits.dispose();
    dispose();
    disposeWeights(weights);
  });

  test('logits of both rows packed into one window, which see nothing of each other', async () => {
    const { model, weights } = await upload();
    const { length } = g.facts;
    const rows = batch();
    const packed: TokenBatch = {
      ...rows,
      batch: 1,
      length: 2 * length,
      starts: Int32Array.from({ length: 2 * length }, (_, i) => (i < length ? 0 : length)),
      positions: Int32Array.from({ length: 2 * length }, (_, i) => i % length),
    };
    const { input, dispose } = uploadBatch(packed, g.model);
    const logits = model.logits(input);
    expect(relativeError(await values(logits), g.floats('logits'))).toBeLessThan(1e-5);
    logits.dispose();
    dispose();
    disposeWeights(weights);
  });

  test('loss and every gradient', async () => {
    const { model, weights } = await upload();
    const whole = batch();
    const { input, labels, dispose } = uploadBatch(whole, g.model);
    const step = { lossScale: 1 / whole.labels };
    const result = valueAndGradients(
      () => linearCrossEntropy(model.states(input), model.head, labels, step).loss,
      [...weights.values()].flatMap(trainedOf),
    );
    const [loss] = await values(result.values[0]!);
    expect(Math.abs(loss! / g.facts.loss - 1)).toBeLessThan(1e-5);
    for (const [i, parameter] of [...weights.keys()].entries()) {
      const error = relativeError(await values(result.grads[i]!), g.floats(`gradient.${parameter}`));
      expect(error, parameter).toBeLessThan(2e-5);
    }
    tf.dispose([result.values, result.grads.filter((t) => t !== undefined)]);
    dispose();
    disposeWeights(weights);
  });

  test('a prompt and then token by token give the logits of all at once', async () => {
    const { model, weights } = await upload();
    const { length } = g.facts;
    const vocab = g.model.vocabSize;
    const ids = g.ints('inputs').slice(0, length);
    const generator = createGenerator(model, length);
    let logits = await generator.prefill(ids.slice(0, 7));
    for (let i = 7; ; i++) {
      const expected = g.floats('logits').slice((i - 1) * vocab, i * vocab);
      expect(relativeError(logits, expected), `after ${i} tokens`).toBeLessThan(1e-5);
      if (i === length) break;
      logits = await generator.next(ids[i]!);
    }
    generator.dispose();
    disposeWeights(weights);
  });
});
