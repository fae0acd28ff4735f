// Under which values of the others a setting has an effect. The form hides it otherwise; its value is kept.
import type { TrainSettings } from './trainSettings';
import { isJudged, isReferenced, LEAST_THUMBS, packsRows } from './tuneSettings';

type Condition = (settings: Readonly<TrainSettings>) => boolean;

const withAdapter: Condition = ({ method }) => method === 'lora';
const ofConversations: Condition = ({ task }) => task === 'chat';
const ofThumbs: Condition = ({ task }) => task === 'kto';
const withMoments: Condition = ({ optimizer }) => optimizer !== 'sgd';

/** A setting that is not named always has one. */
const CONDITIONS: { readonly [K in keyof TrainSettings]?: Condition } = {
  loraRank: withAdapter,
  loraAlpha: withAdapter,
  loraDropout: withAdapter,
  loraRankStabilized: withAdapter,
  loraTargets: withAdapter,
  frozenPrecision: withAdapter,
  newTokens: withAdapter,
  packing: ({ task }) => packsRows(task),
  rowPerAnswer: ofConversations,
  thoughts: ({ task }) => task !== 'text' && task !== 'classify',
  classWeights: ({ task }) => task === 'classify',
  preferenceBeta: ({ task }) => isJudged(task),
  goldfish: ({ task }) => task === 'text' || task === 'chat',
  goodWeight: ofThumbs,
  badWeight: ofThumbs,
  steps: ({ durationUnit }) => durationUnit === 'steps',
  epochs: ({ durationUnit }) => durationUnit === 'epochs',
  beta1: withMoments,
  beta2: withMoments,
  epsilon: withMoments,
  momentum: ({ optimizer }) => optimizer === 'sgd',
  finalRateShare: ({ schedule }) => schedule !== 'constant',
  stopAfterChecks: ({ validationEvery }) => validationEvery > 0,
  stopLeastGain: ({ validationEvery, stopAfterChecks }) => validationEvery > 0 && stopAfterChecks > 0,
  // beside an adapter all of the training is in f32
  precision: ({ method }) => method !== 'lora',
};

/** Why a task cannot be learned with these settings, as the code of an error. */
export function taskFault({
  task,
  method,
  batchSize,
}: Pick<TrainSettings, 'task' | 'method' | 'batchSize'>):
  'dpo-needs-adapter' | 'kto-needs-adapter' | 'kto-batch-small' | undefined {
  if (isReferenced(task) && method === 'full') return `${task}-needs-adapter`;
  return task === 'kto' && batchSize < LEAST_THUMBS ? 'kto-batch-small' : undefined;
}

export const hasEffect = (name: keyof TrainSettings, settings: Readonly<TrainSettings>): boolean =>
  CONDITIONS[name]?.(settings) ?? true;
