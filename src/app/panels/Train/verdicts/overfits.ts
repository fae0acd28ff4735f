// Held-out loss that has turned and rises. Where training loss fell meanwhile the model overfits; where it did not, the
// rate is the likelier cause.
import { TENDENCY, checksOf, mean, trainingAt, type Evidence } from './evidence';

export interface Turned {
  /** `rises`: training loss did not fall either. */
  kind: 'overfits' | 'rises';
  /** Checks since the best one. */
  checks: number;
  /** The held-out loss at the best check and at the last. */
  from: number;
  to: number;
  bestStep: number;
}

/**
 * Told from the third check behind the best one on, where the mean of the last three lies above the lowest mean of
 * three by more than their noise: one check that is high, or a loss that stays, is not told.
 */
export function turned({ curves }: Evidence): Turned | undefined {
  const { steps, losses, least } = checksOf(curves);
  const last = losses.length - 1;
  const best = losses.indexOf(Math.min(...losses));
  const checks = last - best;
  if (checks < TENDENCY) return undefined;
  const means = losses.slice(TENDENCY - 1).map((_, i) => mean(losses.slice(i, i + TENDENCY)));
  if (means.at(-1)! - Math.min(...means) <= least || losses[last]! - losses[best]! <= least) return undefined;
  const fell = trainingAt(curves, steps[last]!) < trainingAt(curves, steps[best]!);
  const [from, to, bestStep] = [losses[best]!, losses[last]!, steps[best]!];
  return { kind: fell ? 'overfits' : 'rises', checks, from, to, bestStep };
}
