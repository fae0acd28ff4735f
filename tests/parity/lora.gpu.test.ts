import type { TokenBatch } from '../../src/base/batch';
import type { ReadParameterRows } from '../../src/base/numbers/tensorData';
import { beforeAll, describe, expect, test } from 'vitest';
import { loraShapeOf } from '../../src/base/settings/tuneSettings';
import { uploadAdapter } from '../../src/engine/models/adapter';
import { createTrainer, type TrainerOptions } from '../../src/engine/training/step';
import { quantizeRows, dequantizeRows, type QuantizedKind } from '../../src/engine/ops/matrix/quantize';
import { uploadFrozen } from '../../src/engine/models/weights';
import { stateOf } from '../engine/fixture';
import { golden } from '../fixtures/goldens';
import { testEngine } from '../gpu';
import { relativeError } from '../tensors';

beforeAll(async () => void (await testEngine('quickest')));

const g = golden('lora');
const base = golden('llama');
const lora = loraShapeOf(g.train, g.model);

const WIDTHS = new Map(
  base.parameters('weight').map(({ name, shape }) => [name, shape.slice(1).reduce((a, b) => a * b, 1)]),
);

/** The base's rows, after what `through` does to each part. */
const rows =
  (
    through: (parameter: string, values: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer> = (_, v) => v,
  ): ReadParameterRows =>
  (parameter, row, count) => {
    const width = WIDTHS.get(parameter)!;
    return Promise.resolve(
      through(parameter, base.floats(`weight.${parameter}`).slice(row * width, (row + count) * width)),
    );
  };

async function trainer(precision: 'f32' | QuantizedKind, read = rows(), options: TrainerOptions = {}) {
  const weights = await uploadFrozen(g.model, precision, read);
  const adapter = await uploadAdapter(g.model, lora, g.adapter('weight'));
  return createTrainer(g.model, g.train, weights, { ...options, adapter });
}

function batchAt(step: number): TokenBatch {
  const targets = g.ints(`targets.${step}`);
  const { batch, length } = g.facts;
  return { batch, length, inputs: g.ints(`inputs.${step}`), targets, labels: targets.filter((t) => t >= 0).length };
}

describe('an adapter is trained as peft and PyTorch do it', () => {
  test('five steps: loss, norm and every tensor', async () => {
    const ours = await trainer('f32');
    for (const [step, { loss, gradNorm }] of g.facts.steps.entries()) {
      const result = await ours.step([batchAt(step)], g.train.learningRate);
      expect(Math.abs(result.loss / loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(result.gradNorm / gradNorm - 1)).toBeLessThan(1e-4);
    }
    const state = await stateOf(ours);
    for (const { name } of g.adapter('trained'))
      expect(relativeError(state.get(`weight ${name}`)!, g.floats(`trained.${name}`)), name).toBeLessThan(1e-4);
    expect([...state.keys()].filter((key) => key.startsWith('weight'))).toHaveLength(g.adapter('trained').length);
    ours.dispose();
  });

  test.each(['f16', 'q8', 'q4'] as const)(
    'beside weights in %s it is trained as beside the numbers that they stand for',
    async (kind) => {
      const packed = (name: string): boolean => name === 'embedding' || name === 'head' || !/norm|bias/.test(name);
      const dequantised = rows((name, values) => {
        const width = WIDTHS.get(name)!;
        return packed(name) ? dequantizeRows(kind, width, quantizeRows(kind, width, values)) : values;
      });
      const [ours, same] = [await trainer(kind), await trainer('f32', dequantised)];
      for (let step = 0; step < 5; step++) {
        const [a, b] = [await ours.step([batchAt(step)], 1e-3), await same.step([batchAt(step)], 1e-3)];
        expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(1e-5);
        expect(Math.abs(a.gradNorm / b.gradNorm - 1)).toBeLessThan(1e-4);
      }
      [ours, same].forEach((t) => t.dispose());
    },
  );
});
