import { TRAIN_SETTINGS, type TrainConfig } from '../../base/config';
import { parameterCount, type ModelConfig } from '../../base/modelConfig';
import { modelOf, PRESETS, type Preset } from '../../base/presets';
import type { DatasetContent, DatasetRecord, RunRecord } from '../../base/records';
import { isPaired } from '../../base/tuneSettings';

/** Below this a model bears a higher rate. */
const SMALL = 400e6;
/** Windows per update: as many as most recipes for tuning have, made of as few at a time as memory wants. */
const WINDOWS_PER_STEP = 8;
/** Longer ones are the person's choice: attention and memory grow. */
const LONGEST_CONTEXT = 1024;
const SHORTEST_CONTEXT = 64;
const CONTEXT_STEP = 32;
/** Where nothing is known of the rows yet. */
const USUAL_CONTEXT = 512;
/** Updates of preferences are this much smaller: a model that is pushed harder forgets how to speak. */
const PREFERENCE_SHARE = 0.1;

/** What the defaults of a tuning follow from. */
export interface Tuned {
  parameters: number;
  /** The longest sequence that the model was made for. */
  contextLength: number;
  method: TrainConfig['method'];
  task: TrainConfig['task'];
  /** Tokens that 95 of 100 rows do not exceed. */
  rowTokens?: number | undefined;
  /** Of the adapter, where it was chosen by hand. */
  loraRank?: number | undefined;
}

/** Settings that suit the tuning of a published model, by its size, its method and the length of the rows. */
export function tuningDefaults(tuned: Tuned): Partial<TrainConfig> {
  const batchSize = tuned.parameters < SMALL ? 2 : 1;
  return {
    method: tuned.method,
    task: tuned.task,
    learningRate: rateOf(tuned),
    durationUnit: 'epochs',
    epochs: 3,
    warmupShare: 0.05,
    contextLength: contextOf(tuned),
    batchSize,
    accumulate: WINDOWS_PER_STEP / batchSize,
    loraAlpha: 2 * (tuned.loraRank ?? TRAIN_SETTINGS.loraRank.default),
  };
}

function rateOf({ parameters, method, task }: Tuned): number {
  const rate = method === 'full' ? 2e-5 : parameters < SMALL ? 2e-4 : 1e-4;
  // the product of a decimal and 0.1 has a long tail in binary; the setting shows what a person would write
  return isPaired(task) ? Number((rate * PREFERENCE_SHARE).toPrecision(3)) : rate;
}

const contextOf = ({ rowTokens, contextLength }: Tuned): number =>
  Math.min(
    rowTokens === undefined ? USUAL_CONTEXT : contextFor(rowTokens, contextLength),
    LONGEST_CONTEXT,
    contextLength,
  );

/** The context that holds rows of so many tokens, no longer than what the model was made for. */
export const contextFor = (rowTokens: number, most: number): number =>
  Math.min(Math.max(Math.ceil(rowTokens / CONTEXT_STEP) * CONTEXT_STEP, SHORTEST_CONTEXT), most);

/** The value that 95 of 100 do not exceed (nearest rank); undefined of none. */
export function percentile95(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1];
}

/** What a run's weights decide when they are tuned further: the shape of an adapter; without a base there is room for none. */
export function fixedSettings({ lora, config }: Pick<RunRecord, 'lora' | 'config'>): Partial<TrainConfig> {
  if (!lora) return { method: 'full' };
  const { rank: loraRank, alpha: loraAlpha, rankStabilized: loraRankStabilized } = lora;
  return {
    method: 'lora',
    loraRank,
    loraAlpha,
    loraRankStabilized,
    ...(config && { loraTargets: config.loraTargets }),
  };
}

/** What a model can learn from these texts together: conversations and pairs only where all of them are. */
export function taskOf(datasets: readonly Pick<DatasetRecord, 'content'>[]): TrainConfig['task'] {
  const all = (content: DatasetContent): boolean =>
    datasets.length > 0 && datasets.every((dataset) => dataset.content === content);
  return all('chat') ? 'chat' : all('preference') ? 'dpo' : 'text';
}

/** The preset whose size is nearest, as a ratio: its settings suit the model best. */
export function nearestPreset(model: ModelConfig): Preset {
  const size = parameterCount(model);
  const distance = (p: Preset): number =>
    Math.abs(Math.log(parameterCount(modelOf(p, p.vocabSize, p.config.contextLength)) / size));
  return PRESETS.reduce((best, p) => (distance(p) < distance(best) ? p : best));
}

/** The same, by a method: DPO compares an adapter with what is beside it. */
export const taskFor = (task: TrainConfig['task'], method: TrainConfig['method']): TrainConfig['task'] =>
  task === 'dpo' && method === 'full' ? 'orpo' : task;
