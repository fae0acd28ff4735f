// When a run ends before its last step, as its held-out loss no longer falls. It measures nothing; the count is part of
// each checkpoint, so that a run that resumes ends where the same run without a cut ends.
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { LastGain } from '../../base/records/checkpoint';

/**
 * The checks without a gain must span this share of the run: fifty steps of a hundred thousand say nothing, and a rate
 * that still warms up has gained nothing yet.
 */
const LEAST_SHARE = 0.1;

/** What the count is kept in. */
interface Counted {
  step: number;
  /** Of this step, where something is held out. */
  validationLoss?: number;
  gain?: LastGain;
}

/**
 * Counts the check at this step. A gain is a loss that is lower than at the last gain by more than the share that the
 * settings ask for.
 */
export function countedGain(state: Counted, { stopLeastGain }: Pick<TrainSettings, 'stopLeastGain'>): void {
  const { step, validationLoss: loss, gain } = state;
  if (loss === undefined) return;
  const gained = !gain || loss < gain.loss * (1 - stopLeastGain);
  state.gain = gained ? { step, loss, checks: 0 } : { ...gain, checks: gain.checks + 1 };
}

/** Whether the checks of the settings have passed without a gain, over a tenth of the run at least. */
export const stopsEarly = (
  { step, gain }: Pick<Counted, 'step' | 'gain'>,
  { stopAfterChecks }: Pick<TrainSettings, 'stopAfterChecks'>,
  totalSteps: number,
): boolean =>
  stopAfterChecks > 0 &&
  gain !== undefined &&
  gain.checks >= stopAfterChecks &&
  step - gain.step >= LEAST_SHARE * totalSteps;
