import { createHash } from 'node:crypto';
import type { TokenBatch } from '../../src/base/batch';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import type { ModelShape } from '../../src/base/modelShape';
import { stream } from '../../src/base/numbers/rng';
import { createTrainer, type Stepping, type Trainer } from '../../src/engine/training/step';
import { initialWeights, uploadWeights } from '../../src/engine/models/weights';

/** A model of odd sizes, small enough for hundreds of steps on a software adapter. */
export const TINY: ModelShape = {
  vocabSize: 29,
  hiddenSize: 24,
  intermediateSize: 37,
  layers: 2,
  heads: 3,
  kvHeads: 1,
  headDim: 16,
  contextLength: 16,
  ropeTheta: 10_000,
  normEps: 1e-5,
};

export const SETTINGS: TrainSettings = { ...defaultSettings(), learningRate: 3e-3 };

/** Windows of a noisy sequence; of every window a different number of targets is graded. */
export function tokens(name: string, batch: number, length = 11, vocabSize = TINY.vocabSize): TokenBatch {
  const random = stream(7, 'test tokens', name);
  const inputs = Int32Array.from({ length: batch * length }, () => random.below(vocabSize));
  const targets = inputs.map((id, i) => (i % length < Math.floor(i / length) % 7 ? -1 : (id * 3 + 1) % vocabSize));
  return { batch, length, inputs, targets, labels: targets.filter((t) => t >= 0).length };
}

/** The same windows as micro-batches of `size`. */
export function split(whole: TokenBatch, size: number): TokenBatch[] {
  return Array.from({ length: whole.batch / size }, (_, i) => {
    const part = (ids: Int32Array) => ids.slice(i * size * whole.length, (i + 1) * size * whole.length);
    const targets = part(whole.targets);
    const labels = targets.filter((t) => t >= 0).length;
    return { batch: size, length: whole.length, inputs: part(whole.inputs), targets, labels };
  });
}

export async function newTrainer(
  settings: TrainSettings = SETTINGS,
  model: ModelShape = TINY,
  stepping?: Stepping,
): Promise<Trainer> {
  const weights = await uploadWeights(model, initialWeights(model, settings.seed));
  return createTrainer(model, settings, weights, { stepping });
}

/** All tensors of the training state, by role and name. */
export async function stateOf(trainer: Trainer): Promise<Map<string, Float32Array>> {
  const state = new Map<string, Float32Array>();
  for (const { spec, read } of trainer.tensors()) {
    state.set(`${spec.role} ${spec.name}`, new Float32Array((await read()).buffer));
  }
  return state;
}

export async function hashOf(trainer: Trainer): Promise<string> {
  const hash = createHash('sha256');
  for (const { read } of trainer.tensors()) hash.update(await read());
  return hash.digest('hex');
}
