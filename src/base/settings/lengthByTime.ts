// The length of a run as a time: how many steps that is at a measured pace. Who measures the pace is not said here.
import type { TrainSettings } from './trainSettings';

/** So long a run takes by default: as long as somebody watches a first curve. */
export const DEFAULT_SECONDS = 90;
/** Fewer steps teach nothing, however slow the machine is; of weights that are good already, fewer do. */
const LEAST_STEPS = { new: 100, tuned: 40 };
/** On a fast machine a small text would be read hundreds of times in that time, which only memorises it. */
const MOST_PASSES = 20;
/** So many steps are never too many. */
const ALWAYS_ALLOWED = 300;

/** Steps that fill the time at this pace, as a person would write them: 1,100, not 1,083. */
export function stepsInTime(
  seconds: number,
  stepSeconds: number,
  weights: keyof typeof LEAST_STEPS,
  { batchSize, accumulate, contextLength }: Pick<TrainSettings, 'batchSize' | 'accumulate' | 'contextLength'>,
  /** Of the text, about. */
  tokens: number,
): number {
  const most = Math.max(ALWAYS_ALLOWED, (MOST_PASSES * tokens) / (batchSize * accumulate * contextLength));
  return Number(Math.min(most, Math.max(LEAST_STEPS[weights], seconds / stepSeconds)).toPrecision(2));
}
