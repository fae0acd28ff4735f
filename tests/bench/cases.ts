import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import type { ModelShape } from '../../src/base/modelShape';
import { modelOf, presetNamed } from '../../src/base/settings/presets';
import { stream } from '../../src/base/numbers/rng';

/** Two sizes for every machine, and two of published models, for real GPUs. */
export const CASES = ['0.1M', '0.8M', '124M', '135M'] as const;
export type CaseName = (typeof CASES)[number];

/** Run where no case is named. */
export const USUAL: readonly CaseName[] = ['0.1M', '0.8M'];

/** A shape that every side trains: the model, and AdamW's settings. */
export interface BenchCase {
  name: CaseName;
  model: ModelShape;
  settings: TrainSettings;
}

/** Windows of token ids [batchSize · contextLength]; every target is graded. */
export interface BenchBatch {
  inputs: Int32Array;
  targets: Int32Array;
}

const VOCABULARY = 256;

/** GPT-2's smallest (Radford et al., 2019), by the config of its files. */
const GPT2: ModelShape = {
  ...{ vocabSize: 50_257, hiddenSize: 768, intermediateSize: 3072, layers: 12, heads: 12, kvHeads: 12, headDim: 64 },
  ...{ contextLength: 1024, ropeTheta: 10_000, normEps: 1e-5 },
  ...{ family: 'gpt2', norm: 'layer', activation: 'geluTanh', gated: false, positions: 'learned' },
  ...{ qkvBias: true, outputBias: true, feedForwardBias: true },
};

/** SmolLM2-135M, by the config of its files; a Llama. */
export const SMOLLM2: ModelShape = {
  ...{ vocabSize: 49_152, hiddenSize: 576, intermediateSize: 1536, layers: 30, heads: 9, kvHeads: 3, headDim: 64 },
  ...{ contextLength: 8192, ropeTheta: 100_000, normEps: 1e-5 },
};

const PUBLISHED = { '124M': { model: GPT2, batchSize: 8 }, '135M': { model: SMOLLM2, batchSize: 4 } } as const;

export function caseNamed(name: CaseName): BenchCase {
  if (name === '0.1M' || name === '0.8M') {
    const preset = presetNamed(name);
    const settings = { ...defaultSettings(), ...preset.settings };
    return { name, settings, model: modelOf(preset, VOCABULARY, settings.contextLength) };
  }
  const { model, batchSize } = PUBLISHED[name];
  return { name, model, settings: { ...defaultSettings(), batchSize, contextLength: 512, learningRate: 6e-4 } };
}

/** What of a case's batch is asked for otherwise, as text. */
export interface Resizing {
  batchSize?: string | undefined;
  contextLength?: string | undefined;
}

/** The same model in other batches. Throws RangeError for what is no size. */
export function resized(bench: BenchCase, asked: Resizing): BenchCase {
  const { batchSize, contextLength } = bench.settings;
  const settings: TrainSettings = {
    ...bench.settings,
    batchSize: Number(asked.batchSize ?? batchSize),
    contextLength: Number(asked.contextLength ?? contextLength),
  };
  const sizes = [settings.batchSize, settings.contextLength];
  if (sizes.some((n) => !Number.isInteger(n) || n < 1) || settings.contextLength > bench.model.contextLength)
    throw new RangeError(`${bench.name}: a batch of ${sizes.join(' windows of ')} tokens`);
  return { ...bench, settings };
}

/** Tokens of a training step. */
export const tokensOf = ({ settings: { batchSize, contextLength } }: BenchCase): number => batchSize * contextLength;

/** Windows of a sequence with something to learn: each token follows from the one before, but for one in four. */
export function batchAt(i: number, { model, settings }: BenchCase): BenchBatch {
  const random = stream(settings.seed, 'bench', i);
  const inputs = new Int32Array(settings.batchSize * settings.contextLength);
  const targets = new Int32Array(inputs.length);
  const vocabulary = model.vocabSize;
  let token = random.below(vocabulary);
  for (let j = 0; j < inputs.length; j++) {
    inputs[j] = token;
    token = random.below(4) ? (token * 5 + 17) % vocabulary : random.below(vocabulary);
    targets[j] = token;
  }
  return { inputs, targets };
}
