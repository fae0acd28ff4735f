// A run that ends with more to learn: its held-out loss still falls, or both losses stand still side by side.
import { TENDENCY, checksOf, trainingAt, type Evidence } from './evidence';

/** It ended while it was still learning. */
export interface EndedEarly {
  kind: 'endedLearning';
  checks: number;
  from: number;
  to: number;
}

/** The model fits the text that it trains on no better than other text, and no closer. */
export interface Underfits {
  kind: 'underfits';
  checks: number;
  trained: number;
  heldOut: number;
}

/** Over the last checks held-out loss fell by this share at least: a longer run would have gone on so. */
const STILL_FALLS = 0.02;
/** Training loss counts as no lower than held-out loss down to this share of it. */
const LEVEL = 0.98;
/** The checks span this share of the run at least. */
const LEAST_SHARE = 0.1;

export function underfits({ run, curves }: Evidence): EndedEarly | Underfits | undefined {
  const { steps, losses, least } = checksOf(curves);
  const last = losses.length - 1;
  const first = last - TENDENCY + 1;
  if (first < 0) return undefined;
  const [from, to] = [losses[first]!, losses[last]!];
  const ended = run.status === 'finished' && !run.stoppedEarly;
  const lowest = to <= Math.min(...losses);
  if (ended && lowest && from - to > Math.max(least, STILL_FALLS * from))
    return { kind: 'endedLearning', checks: TENDENCY, from, to };
  const trained = trainingAt(curves, steps[last]!);
  const before = trainingAt(curves, steps[first]!);
  const still = Math.abs(from - to) <= least && Math.abs(trained - before) <= Math.max(least, STILL_FALLS * before);
  const spans = steps[last]! - steps[first]! >= LEAST_SHARE * run.totalSteps;
  if (!still || !spans || !(trained >= LEVEL * to)) return undefined;
  return { kind: 'underfits', checks: TENDENCY, trained, heldOut: to };
}
