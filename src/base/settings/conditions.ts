// Under which values of the others a setting has an effect. The form hides it otherwise; its value is kept.
import type { TrainSettings } from './trainSettings';
import { isPaired } from './tuneSettings';

type Condition = (settings: Readonly<TrainSettings>) => boolean;

const withAdapter: Condition = ({ method }) => method === 'lora';
const ofConversations: Condition = ({ task }) => task === 'chat';
const withMoments: Condition = ({ optimizer }) => optimizer !== 'sgd';

/** A setting that is not named always has one. */
const CONDITIONS: { readonly [K in keyof TrainSettings]?: Condition } = {
  loraRank: withAdapter,
  loraAlpha: withAdapter,
  loraDropout: withAdapter,
  loraRankStabilized: withAdapter,
  loraTargets: withAdapter,
  frozenPrecision: withAdapter,
  packing: ofConversations,
  rowPerAnswer: ofConversations,
  thoughts: ({ task }) => task !== 'text',
  preferenceBeta: ({ task }) => isPaired(task),
  steps: ({ durationUnit }) => durationUnit === 'steps',
  epochs: ({ durationUnit }) => durationUnit === 'epochs',
  beta1: withMoments,
  beta2: withMoments,
  epsilon: withMoments,
  momentum: ({ optimizer }) => optimizer === 'sgd',
  finalRateShare: ({ schedule }) => schedule !== 'constant',
  // beside an adapter all of the training is in f32
  precision: ({ method }) => method !== 'lora',
};

export const hasEffect = (name: keyof TrainSettings, settings: Readonly<TrainSettings>): boolean =>
  CONDITIONS[name]?.(settings) ?? true;
