// What the validation losses of a run say of it, from real points only. The words are verdictWords.ts.
import { nearest, type Column } from '../../ui/Chart/column';
import type { Curves } from '../../state/curves';

/** So many checks make a tendency; one or two are noise. */
const CHECKS = 3;
/** Losses that lie within this share of each other say that nothing moves. */
const FLAT = 0.005;

export interface LossVerdict {
  kind: 'memorises' | 'flat' | 'learns' | 'rises';
  /** Checks that it rests on: those since the best one, or the last few. */
  checks: number;
  /** The held-out loss at the first of them and at the last. */
  from: number;
  to: number;
  /** The step of the lowest held-out loss. */
  bestStep: number;
}

/** Undefined before there are enough checks, or where nothing is held out. */
export function verdictOf({ step, smooth, validationStep, validation }: Curves): LossVerdict | undefined {
  const losses = Array.from({ length: validationStep.length }, (_, i) => validation.loss.at(i));
  const last = losses.length - 1;
  if (last < CHECKS - 1) return undefined;
  const best = losses.indexOf(Math.min(...losses));
  const since = last - best;
  const to = losses[last]!;
  const bestStep = validationStep.at(best);
  // what lies as near to the lowest as checks of a loss that stays lie to each other did not rise
  if (since >= CHECKS && to - losses[best]! > FLAT * losses[best]!) {
    const trained = trainingAt(step, smooth.loss, validationStep);
    const kind = trained(last) < trained(best) ? 'memorises' : 'rises';
    return { kind, checks: since, from: losses[best]!, to, bestStep };
  }
  const from = losses[last - CHECKS + 1]!;
  const flat = Math.abs(from - to) <= FLAT * from;
  return to < from || flat ? { kind: flat ? 'flat' : 'learns', checks: CHECKS, from, to, bestStep } : undefined;
}

/** The smoothed training loss at a check; before the first step that of the first step. */
const trainingAt =
  (step: Column, loss: Column, checks: Column) =>
  (check: number): number =>
    step.length > 0 ? loss.at(nearest(step, checks.at(check))) : NaN;
