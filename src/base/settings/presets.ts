// Sizes of models that are trained from scratch, with the settings that suit each.
import type { TrainSettings } from './trainSettings';
import { GPT2, type Family, type ModelShape } from '../modelShape';

export type PresetName = '0.03M' | '0.1M' | '0.8M' | '3M' | '10M' | '30M';

/** What is trained from scratch: today's manner of building a decoder, and the one that most teaching is about. */
export const SCRATCH_FAMILIES = ['llama', 'gpt2'] as const satisfies readonly Family[];
export type ScratchFamily = (typeof SCRATCH_FAMILIES)[number];

/** A shape of a model and the settings that suit its size; the vocabulary comes from the tokenizer. */
export interface Preset {
  name: PresetName;
  shape: Omit<ModelShape, 'vocabSize' | 'contextLength'>;
  settings: Pick<TrainSettings, 'contextLength' | 'batchSize' | 'learningRate' | 'stopAfterChecks'>;
  /** The vocabulary that is worth its rows at this size. */
  vocabSize: number;
}

const shape = (
  hiddenSize: number,
  intermediateSize: number,
  layers: number,
  heads: number,
  kvHeads: number,
): Preset['shape'] => ({
  hiddenSize,
  intermediateSize,
  layers,
  heads,
  kvHeads,
  headDim: hiddenSize / heads,
  ropeTheta: 10_000,
  normEps: 1e-5,
});

/** A run stops early where the form is left as it is: one or two checks are noise, three make a tendency. */
const STOP_AFTER_CHECKS = 3;

type Size = Omit<Preset, 'settings'> & { settings: Omit<Preset['settings'], 'stopAfterChecks'> };

const SIZES: readonly Size[] = [
  {
    name: '0.03M',
    shape: shape(32, 96, 2, 2, 1),
    settings: { contextLength: 32, batchSize: 8, learningRate: 5e-3 },
    // a byte-level vocabulary needs 257 rows before its first merge
    vocabSize: 288,
  },
  {
    name: '0.1M',
    shape: shape(64, 176, 2, 4, 4),
    settings: { contextLength: 64, batchSize: 8, learningRate: 3e-3 },
    // a byte-level vocabulary needs 257 rows before its first merge
    vocabSize: 320,
  },
  {
    name: '0.8M',
    shape: shape(128, 352, 4, 4, 4),
    settings: { contextLength: 128, batchSize: 8, learningRate: 2e-3 },
    vocabSize: 512,
  },
  {
    name: '3M',
    shape: shape(256, 704, 4, 8, 4),
    settings: { contextLength: 128, batchSize: 8, learningRate: 1e-3 },
    vocabSize: 2048,
  },
  {
    name: '10M',
    shape: shape(384, 1024, 6, 6, 2),
    settings: { contextLength: 256, batchSize: 8, learningRate: 6e-4 },
    vocabSize: 4096,
  },
  {
    name: '30M',
    shape: shape(576, 1536, 8, 9, 3),
    settings: { contextLength: 256, batchSize: 8, learningRate: 4e-4 },
    vocabSize: 8192,
  },
];

export const PRESETS: readonly Preset[] = SIZES.map(({ settings, ...size }) => ({
  ...size,
  settings: { ...settings, stopAfterChecks: STOP_AFTER_CHECKS },
}));

export const presetNamed = (name: PresetName): Preset => PRESETS.find((p) => p.name === name)!;

/** The preset that a model from scratch was made of, by what no other preset has. */
export const presetOf = ({ hiddenSize, layers }: ModelShape): Preset | undefined =>
  PRESETS.find(({ shape: of }) => of.hiddenSize === hiddenSize && of.layers === layers);

/** The model of a preset for a tokenizer and a context length. */
export const modelOf = (
  { shape }: Preset,
  vocabSize: number,
  contextLength: number,
  family: ScratchFamily = 'llama',
): ModelShape => ({
  ...shape,
  ...(family === 'gpt2' && gpt2Of(shape)),
  vocabSize,
  contextLength,
});

/** As many heads for keys as for queries, and a feed-forward four times as wide, as GPT-2 has them. */
const gpt2Of = ({ heads, hiddenSize }: Preset['shape']): Partial<ModelShape> => ({
  ...GPT2,
  activation: 'geluTanh',
  kvHeads: heads,
  intermediateSize: 4 * hiddenSize,
});
