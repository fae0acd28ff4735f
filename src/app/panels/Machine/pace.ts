// How fast this machine trains, as one size that says it best, and as bars. It estimates nothing itself.
import type { PresetFit } from '../../../base/wire/machine';

/** A size of which a run's time is known. */
export type TimedFit = PresetFit & { seconds: number };

/** What one waits beside. */
const PATIENCE_SECONDS = 600;

export const timedFits = (fits: readonly PresetFit[]): readonly TimedFit[] =>
  fits.filter((fit): fit is TimedFit => fit.fits && fit.seconds !== undefined);

/** The largest size that is trained while one waits, or the quickest; undefined before anything was measured. */
export function paceOf(fits: readonly PresetFit[]): TimedFit | undefined {
  const timed = timedFits(fits);
  return (
    timed.findLast(({ seconds }) => seconds <= PATIENCE_SECONDS) ?? timed.toSorted((a, b) => a.seconds - b.seconds)[0]
  );
}

/** Bars are as long as the logarithm of the time: from one second to a hundred days. */
const LONGEST = Math.log(100 * 86_400);

/** The length of a time's bar, as a share of the longest. */
export const barOf = (seconds: number): number => Math.min(1, Math.max(0.02, Math.log(Math.max(1, seconds)) / LONGEST));
