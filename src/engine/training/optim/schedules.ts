/** The learning rate of each step of a run: a warm-up, then a schedule. */
import type { TrainSettings } from '../../../base/settings/trainSettings';

export type ScheduleSettings = Pick<TrainSettings, 'learningRate' | 'schedule' | 'warmupShare' | 'finalRateShare'>;

/** Steps of the warm-up; the step after them is the first one at the full rate. */
export const warmupSteps = (settings: ScheduleSettings, totalSteps: number): number =>
  Math.min(totalSteps - 1, Math.round(settings.warmupShare * totalSteps));

/**
 * The learning rate of optimizer step `step` (0 … totalSteps − 1). It rises in equal parts and is never zero, is the
 * full rate at step `warmupSteps`, and `finalRateShare` of it at the last step, so that no step of a run is wasted.
 * After the last step it stays where it ended.
 */
export function rateAt(settings: ScheduleSettings, step: number, totalSteps: number): number {
  const warmup = warmupSteps(settings, totalSteps);
  if (step < warmup) return (settings.learningRate * (step + 1)) / (warmup + 1);
  const progress = Math.min(1, (step - warmup) / Math.max(1, totalSteps - 1 - warmup));
  return settings.learningRate * shareAt(settings, progress);
}

/** The share of the full rate at `progress` 0 … 1 after the warm-up. */
function shareAt(settings: ScheduleSettings, progress: number): number {
  const { finalRateShare: final, schedule } = settings;
  if (schedule === 'constant') return 1;
  if (schedule === 'linear') return 1 - (1 - final) * progress;
  // half a wave, as in SGDR (Loshchilov and Hutter, 2016, https://arxiv.org/abs/1608.03983)
  return final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2;
}
