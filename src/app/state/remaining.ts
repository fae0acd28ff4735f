// The time that a run still needs, estimated from its last steps.
import type { RunRecord } from '../../base/records/run';
import type { Curves } from './curves';

/** Milliseconds until the last step at the speed of the last steps; undefined before a speed is known. An estimate. */
export function remaining(run: RunRecord, curves: Curves): number | undefined {
  if (Number.isNaN(curves.stepTime) || run.totalSteps === 0) return undefined;
  return Math.max(0, run.totalSteps - curves.step.last) * curves.stepTime;
}
