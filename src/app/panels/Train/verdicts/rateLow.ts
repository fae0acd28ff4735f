// Training loss that has hardly moved since the first steps: the rate is too low, or there was nothing to learn.
import { mean, type Evidence } from './evidence';

export interface RateLow {
  kind: 'rateLow';
  /** Mean training loss of the first and of the last steps. */
  from: number;
  to: number;
  /** Steps from the first to the last. */
  steps: number;
}

/** "Slope ≈ 0": less than this share of the first loss, with the error of both means counted against the verdict. */
const MOVED = 0.02;
/** Steps in each mean: as many as the bold curve looks back on. */
const WINDOW = 12;
/** Before a tenth of the run, and before the warm-up is over, nothing can be said. */
const LEAST_SHARE = 0.1;

export function rateLow({ run, curves: { step, at, validation } }: Evidence): RateLow | undefined {
  const { length } = step;
  const window = Math.max(WINDOW, Math.floor(length / 5));
  const begun = Math.max(LEAST_SHARE, run.settings?.warmupShare ?? 0) * run.totalSteps;
  if (length < 3 * window || step.last <= begun + window) return undefined;
  const losses = at.loss.view();
  const [first, last] = [losses.subarray(0, window), losses.subarray(length - window)];
  const [from, to] = [mean([...first]), mean([...last])];
  const doubt = 2 * Math.hypot(errorOf(first, from), errorOf(last, to));
  const heldOut = 1 - validation.loss.last / validation.loss.at(0);
  if (Math.abs(from - to) + doubt >= MOVED * from || heldOut >= MOVED) return undefined;
  return { kind: 'rateLow', from, to, steps: length };
}

/** The standard error of a mean. */
const errorOf = (values: Float64Array, about: number): number =>
  Math.sqrt(mean([...values].map((v) => (v - about) ** 2)) / values.length);
