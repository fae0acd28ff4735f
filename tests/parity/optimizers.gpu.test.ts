import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainSettings } from '../../src/base/settings/trainSettings';
import { parameterSpecs } from '../../src/base/modelShape';
import { newTensor, zeroTensor } from '../../src/engine/device/buffers';
import { globalNorm, partialCount } from '../../src/engine/ops/update/globalNorm';
import { STATE } from '../../src/engine/ops/update/stepState';
import { gpu } from '../../src/engine/device/kernel';
import { trainedOf } from '../../src/engine/ops/matrix/matrix';
import { groupsOf } from '../../src/engine/training/optim/groups';
import type { Parameter } from '../../src/engine/training/optim/optimizer';
import { optimizerFor } from '../../src/engine/training/optim/optimizerFor';
import { rateAt } from '../../src/engine/training/optim/schedules';
import { uploadWeights, wholeOf, writeStretches } from '../../src/engine/models/weights';
import { golden } from '../fixtures/goldens';
import { testEngine } from '../gpu';
import { relativeError } from '../tensors';

beforeAll(async () => void (await testEngine()));

const odd = golden('odd');
const specs = parameterSpecs(odd.model);
const STEPS = odd.facts.steps.length;

/** Ten updates with PyTorch's own gradients, its schedule and its clipping; checks norms and weights on the way. */
async function feed(kind: TrainSettings['optimizer']): Promise<void> {
  const settings: TrainSettings = { ...odd.train, optimizer: kind };
  const optimizer = optimizerFor(settings);
  const weights = await uploadWeights(odd.model, odd.parameters('weight'));
  const groups = groupsOf(
    specs.flatMap((spec) => trainedOf(weights.get(spec.name)!).map((weight) => ({ spec, weight }))),
    optimizer,
  );
  const parameters = groups.flatMap((group) => group.parameters);
  const gradients = specs.map((spec) => newTensor(spec.shape));
  const partials = newTensor([partialCount(gradients.map((g) => g.size))]);
  const [stats, state] = [zeroTensor([3]), newTensor([STATE.size])];
  for (let step = 0; step < STEPS; step++) {
    const given = odd.parameters(`step.${step}.gradient`);
    given.forEach(({ name, bytes }, i) => writeStretches(name, [wholeOf(gradients[i]!)], bytes));
    globalNorm(gradients, stats, settings.clipNorm, partials, state);
    const numbers = { lossScale: 1, rate: rateAt(settings, step, STEPS), update: step + 1 };
    let at = 0;
    for (const group of groups)
      optimizer.update(group, gradients.slice(at, (at += group.parameters.length)), state, numbers);
    const norm = new Float32Array(await gpu().read(state))[STATE.norm]!;
    expect(Math.abs(norm / odd.facts.steps[step]!.gradNorm - 1)).toBeLessThan(1e-5);
    if ([1, 2, 5, 10].includes(step + 1)) await compare(parameters, `${kind}.${step + 1}`);
  }
}

async function compare(parameters: Parameter[], prefix: string): Promise<void> {
  for (const { spec, weight } of parameters) {
    const ours = new Float32Array(await gpu().read(weight));
    expect(relativeError(ours, odd.floats(`${prefix}.${spec.name}`)), `${prefix}.${spec.name}`).toBeLessThan(1e-5);
  }
}

describe('ten updates fed the gradients of PyTorch make its weights', () => {
  test.each(['adamw', 'adam', 'sgd'] as const)('%s', feed);

  test('the golden steps hold clipped and unclipped ones', () => {
    const clipped = odd.facts.steps.filter((s) => s.gradNorm > odd.train.clipNorm).length;
    expect(clipped).toBeGreaterThan(2);
    expect(clipped).toBeLessThan(STEPS - 2);
  });
});
