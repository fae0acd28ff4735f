import { defaultConfig, type TrainConfig } from '../../src/base/config';
import type { ModelConfig } from '../../src/base/modelConfig';
import { modelOf, presetNamed, type PresetName } from '../../src/base/presets';
import { stream } from '../../src/base/rng';

/** A shape that every side trains: the model, and AdamW's settings. */
export interface BenchCase {
  name: PresetName;
  model: ModelConfig;
  settings: TrainConfig;
}

/** Windows of token ids [batchSize · contextLength]; every target is graded. */
export interface BenchBatch {
  inputs: Int32Array;
  targets: Int32Array;
}

export const CASES: readonly PresetName[] = ['0.1M', '0.8M'];
const VOCABULARY = 256;

export function caseNamed(name: PresetName): BenchCase {
  const preset = presetNamed(name);
  const settings = { ...defaultConfig(), ...preset.config };
  return { name, settings, model: modelOf(preset, VOCABULARY, settings.contextLength) };
}

/** Windows of a sequence with something to learn: each token follows from the one before, but for one in four. */
export function batchAt(i: number, { batchSize, contextLength, seed }: TrainConfig): BenchBatch {
  const random = stream(seed, 'bench', i);
  const inputs = new Int32Array(batchSize * contextLength);
  const targets = new Int32Array(inputs.length);
  let token = random.below(VOCABULARY);
  for (let j = 0; j < inputs.length; j++) {
    inputs[j] = token;
    token = random.below(4) ? (token * 5 + 17) % VOCABULARY : random.below(VOCABULARY);
    targets[j] = token;
  }
  return { inputs, targets };
}
