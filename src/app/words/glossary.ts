// The glossary: each of the field's words with its meaning, in one sentence, in both languages (terms.json). Screens
// show them with ui/Term.svelte; which setting speaks of which word is said here too.
import type { TrainSettings } from '../../base/settings/trainSettings';
import { m } from './generated/messages.js';
import { keyOf, type KeyOf } from './keys';

/** In the order of a lesson: what is measured, how it is learned, what is read, how tokens are drawn. */
export const TERMS = [
  'loss',
  'nats',
  'validationLoss',
  'trainingLoss',
  'heldOut',
  'accuracy',
  'gradientNorm',
  'clipping',
  'learningRate',
  'schedule',
  'warmup',
  'optimizer',
  'weightDecay',
  'batch',
  'gradientAccumulation',
  'context',
  'token',
  'tokenizer',
  'vocabulary',
  'embedding',
  'bytePairEncoding',
  'parameters',
  'step',
  'epoch',
  'checkpoint',
  'adapter',
  'loraRank',
  'loraAlpha',
  'dropout',
  'precision',
  'prompt',
  'systemPrompt',
  'temperature',
  'topK',
  'topP',
  'minP',
  'repetitionPenalty',
  'seed',
] as const;
export type TermName = (typeof TERMS)[number];

/** The type checker refuses a term without its words. */
const words: Record<`term_${KeyOf<TermName>}${'' | '_meaning'}`, () => string> = m;

export const termWord = (name: TermName): string => words[`term_${keyOf(name)}`]();
/** What it means, in a sentence. */
export const termMeaning = (name: TermName): string => words[`term_${keyOf(name)}_meaning`]();

/** The word that a setting's name asks for. */
export const SETTING_TERMS: Partial<Record<keyof TrainSettings, TermName>> = {
  method: 'adapter',
  loraRank: 'loraRank',
  loraAlpha: 'loraAlpha',
  loraDropout: 'dropout',
  steps: 'step',
  epochs: 'epoch',
  contextLength: 'context',
  batchSize: 'batch',
  accumulate: 'gradientAccumulation',
  optimizer: 'optimizer',
  learningRate: 'learningRate',
  weightDecay: 'weightDecay',
  decayAll: 'embedding',
  clipNorm: 'clipping',
  schedule: 'schedule',
  warmupShare: 'warmup',
  seed: 'seed',
  validationEvery: 'validationLoss',
  stopAfterChecks: 'validationLoss',
  samplePrompt: 'prompt',
  precision: 'precision',
};
