// How many dispatches a layer takes: a fused kernel that falls apart shows here.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { TokenBatch } from '../../../src/base/batch';
import type { ModelShape } from '../../../src/base/modelShape';
import { modelOf, presetNamed, type PresetName } from '../../../src/base/settings/presets';
import { withCounter } from '../../../src/engine/device/kernel';
import { linearCrossEntropy } from '../../../src/engine/ops/loss/linearCrossEntropy';
import { preferenceLoss } from '../../../src/engine/ops/loss/preference';
import { tokenLogProbs } from '../../../src/engine/ops/loss/tokenLogProbs';
import { trainedOf } from '../../../src/engine/ops/matrix/matrix';
import { SLOT } from '../../../src/engine/device/plan';
import { modelFor } from '../../../src/engine/models/modelFor';
import { valueAndGradients } from '../../../src/engine/autodiff/tape';
import { newBatchBuffers } from '../../../src/engine/training/tokenBatch';
import { newWeights } from '../../../src/engine/models/weights';

const [BATCH, LENGTH] = [4, 64];
const ORPO = { kind: 'orpo', beta: 0.1, length: LENGTH } as const;

/**
 * Dispatches of forward and backward, all weights' gradients among them: of each, the device that counts notes the
 * params.
 */
function dispatchesOf(shape: ModelShape, mixed?: TokenBatch['origins'], pairs = false): number {
  return withCounter((counter) => {
    const weights = newWeights(shape);
    const model = modelFor(shape, weights);
    const ids = (): Int32Array => new Int32Array(BATCH * LENGTH);
    const batch = { batch: BATCH, length: LENGTH, inputs: ids(), targets: ids(), labels: BATCH * LENGTH };
    const origins = mixed && { origins: mixed };
    const { input, labels } = newBatchBuffers({ ...batch, ...origins }, shape, BATCH * LENGTH);
    const forward = (): tf.Tensor[] => {
      const step = { lossScale: 1, labelScale: 1 };
      const { loss, stats } = pairs
        ? preferenceLoss(tokenLogProbs(model.states(input), model.head, labels), labels, { ...ORPO, step })
        : linearCrossEntropy(model.states(input), model.head, labels, step);
      return [loss, stats];
    };
    counter.capture({}, () => {
      const { values, grads } = valueAndGradients(forward, [...weights.values()].flatMap(trainedOf));
      tf.dispose([values, grads.map((g) => g!)]);
    });
    return counter.params / SLOT;
  });
}

const CASES: PresetName[] = ['0.1M', '0.8M', '10M'];

test.each(CASES)('a layer of %s takes 9 dispatches forward and 19 backward', (name) => {
  const model = modelOf(presetNamed(name), 256, LENGTH);
  const [two, three] = [2, 3].map((layers) => dispatchesOf({ ...model, layers }));
  expect(three! - two!).toBe(28);
});

test.each(CASES)('a step of %s on mixed texts takes no dispatch more', (name) => {
  const model = modelOf(presetNamed(name), 256, LENGTH);
  const mixed = { of: new Int32Array(BATCH), count: 8 };
  expect(dispatchesOf(model, mixed)).toBe(dispatchesOf(model));
  expect(dispatchesOf(model, mixed, true)).toBe(dispatchesOf(model, undefined, true));
});
