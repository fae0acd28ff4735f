// What is told of a run while it trains, once each: from the records that follow each other to what happened between
// them. The words are the screen's.
import type { RunRecord, RunStatus } from '../../base/records/run';

/** What happened; at a quarter, how many of four are done. */
export type Told =
  | { kind: 'started' | 'paused' | 'resumed' | 'stopped' | 'finished' | 'failed' | 'interrupted' }
  | { kind: 'quarter'; quarter: 1 | 2 | 3 };

/** Of a record, what the announcements follow from. */
export type Announced = Pick<RunRecord, 'id' | 'status' | 'step' | 'totalSteps'>;

const ENDS: Partial<Record<RunStatus, 'stopped' | 'finished' | 'failed' | 'interrupted'>> = {
  stopped: 'stopped',
  finished: 'finished',
  failed: 'failed',
  interrupted: 'interrupted',
};

const quarterOf = ({ step, totalSteps }: Announced): number =>
  totalSteps > 0 ? Math.floor((4 * step) / totalSteps) : 0;

/** What a listener should hear after `now`, who last heard of `before`; undefined where nothing happened. */
export function toldBetween(before: Announced | undefined, now: Announced): Told | undefined {
  const end = ENDS[now.status];
  if (before?.id !== now.id) return end ? undefined : { kind: 'started' };
  if (before.status !== now.status) {
    if (end) return { kind: end };
    return { kind: now.status === 'paused' ? 'paused' : 'resumed' };
  }
  if (now.status === 'paused') return now.step > before.step ? { kind: 'paused' } : undefined; // one step, and no more
  const quarter = quarterOf(now);
  if (end || quarter <= quarterOf(before) || quarter > 3) return undefined;
  return { kind: 'quarter', quarter: quarter as 1 | 2 | 3 };
}
