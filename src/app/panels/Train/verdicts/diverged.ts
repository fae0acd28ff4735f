// Training loss that has left its level for one far above: the run has diverged, though its loss is still a number.
import type { Evidence } from './evidence';

export interface Diverged {
  kind: 'diverged';
  /** The lowest smoothed training loss, its step, and the smoothed loss now. */
  from: number;
  step: number;
  to: number;
}

/** "Diverged: loss > 2×": twice the lowest smoothed loss. A mean over twelve steps does not double by chance. */
const TIMES = 2;
/** And by so many nats: near zero the loss of batches differs by more than twice. */
const LEAST_RISE = 0.5;

export function diverged({ curves: { step, smooth } }: Evidence): Diverged | undefined {
  const losses = smooth.loss.view();
  let lowest = 0;
  for (let i = 1; i < losses.length; i++) if (losses[i]! < losses[lowest]!) lowest = i;
  const [from, to] = [smooth.loss.at(lowest), smooth.loss.last];
  const far = to > TIMES * from && to - from > LEAST_RISE;
  return far ? { kind: 'diverged', from, step: step.at(lowest), to } : undefined;
}
