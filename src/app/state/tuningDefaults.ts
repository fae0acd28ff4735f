import type { TrainConfig } from '../../base/config';
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
  rowTokens?: number;
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
