// The course of a run: its rate and its length at each step, as plain functions of its record, so that a run that
// resumes follows the changes that were made while it trained. It changes records and stores nothing.
import { AtelierError } from '../../base/errors/errors';
import type { RunChange, RunRecord } from '../../base/records/run';
import { settingFaults, type TrainSettings } from '../../base/settings/trainSettings';
import type { CourseChange } from '../../base/wire/requests';
import { rateAt } from '../../engine/training/optim/schedules';

/** What the course follows from. */
export type Course = Pick<RunRecord, 'changes' | 'totalSteps'> & { settings: TrainSettings };

/** The settings that hold at a step (0 … totalSteps − 1): the full rate of the schedule, and steps of the whole run. */
export function courseAt({ changes = [], settings, totalSteps }: Course, step: number) {
  let learningRate = changes[0]?.before ?? settings.learningRate;
  let total = changes.find(({ length }) => length)?.length?.before ?? totalSteps;
  for (const change of changes.filter((c) => c.step <= step)) {
    learningRate = change.learningRate;
    total = change.length?.after ?? total;
  }
  return { learningRate, totalSteps: total };
}

/** The rate of optimizer step `step`, from 0: the schedule as if the run had this rate and length from its start. */
export function courseRate(course: Course, step: number): number {
  const { learningRate, totalSteps } = courseAt(course, step);
  return rateAt({ ...course.settings, learningRate }, step, totalSteps);
}

const changesUpTo = ({ changes = [] }: Pick<RunRecord, 'changes'>, step: number): RunChange[] =>
  changes.filter((change) => change.step <= step);

/** When and how a change is made. */
type Made = Pick<RunChange, 'step' | 'at' | 'how' | 'given'>;

/**
 * The record of a run that goes on at another rate or length from a step on; the changes of what it did behind that
 * step are forgotten. A length below the steps that are done ends the run there.
 * @throws settings-invalid
 */
export function changed<R extends Course>(run: R, made: Made, { learningRate, steps }: CourseChange): R {
  const before = courseAt(run, made.step);
  const rate = learningRate ?? before.learningRate;
  const totalSteps = Math.max(steps ?? before.totalSteps, made.step);
  const lasts = totalSteps === run.totalSteps ? {} : { durationUnit: 'steps' as const, steps: totalSteps };
  const settings: TrainSettings = { ...run.settings, learningRate: rate, ...lasts };
  const [fault] = settingFaults(settings);
  if (fault) throw new AtelierError('settings-invalid', { ...fault });
  const length = { before: before.totalSteps, after: totalSteps };
  const change: RunChange = {
    ...made,
    before: before.learningRate,
    learningRate: rate,
    ...(totalSteps !== before.totalSteps && { length }),
  };
  return { ...run, settings, totalSteps, changes: [...changesUpTo(run, made.step), change] };
}

/**
 * The changes of a run that has lost its checkpoints and starts again: what it went back for holds from the first step,
 * what was changed while it trained from its own.
 */
export function changesFromStart({ changes = [] }: Pick<RunRecord, 'changes'>): RunChange[] {
  const back = changes.findLastIndex(({ how }) => how !== 'running');
  return changes.map((change, i) => (i <= back ? { ...change, step: 0 } : change));
}
