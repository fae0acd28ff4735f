// A run that is taken up from an earlier checkpoint: one that diverged from its last good one at a quarter of its rate,
// or from where a person sends it. Which checkpoint that is, and how the record tells of it; startRun.ts resumes.
import type { CheckpointManifest } from '../../base/records/checkpoint';
import { isLeftBehind, type RunRecord } from '../../base/records/run';
import type { CourseChange } from '../../base/wire/requests';
import { ofRun } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import { readHistory } from '../../storage/runs';
import { lastGood } from '../../storage/surplus';
import { changed } from './course';

const QUARTER = 0.25;

/** A rate as a person writes it: a quarter of a decimal has a long tail in binary. */
export const quarterOf = (rate: number): number => Number((rate * QUARTER).toPrecision(6));

/**
 * The last checkpoint of a run whose loss is not far above its median, and whose model is not dead. A loss is computed
 * before its step changes the weights, so that of the step behind a checkpoint counts too; where the run failed there,
 * the loss was not finite.
 */
export async function goodCheckpoint(db: AtelierDb, run: RunRecord): Promise<CheckpointManifest | undefined> {
  const manifests = (await db.getAllFromIndex('checkpoints', 'byRun', ofRun(run.id))).reverse();
  const failed = (step: number): boolean => run.status === 'failed' && step >= run.step;
  const counted = manifests.filter((manifest) => !isLeftBehind(run, manifest) && !failed(manifest.step));
  const lossAt = new Map((await readHistory(db, run.id)).flatMap(({ steps }) => steps.map((p) => [p.step, p.loss])));
  const good = lastGood(
    counted.map((manifest) => ({
      ...manifest,
      trainLoss: Math.max(manifest.trainLoss ?? 0, lossAt.get(manifest.step + 1) ?? 0),
    })),
  );
  return good && counted.find(({ id }) => id === good.id);
}

/** The record of a run that goes on from a step at a quarter of its rate, and says so. */
export function slowed(run: RunRecord, step: number, at: number): RunRecord {
  const { settings } = run;
  if (!settings) return run;
  const before = settings.learningRate;
  const rate = quarterOf(before);
  const { notice: _past, ...rest } = run;
  const notice = { code: 'rate-lowered', facts: { step, before, rate } };
  return { ...changed({ ...rest, settings }, { step, at }, { learningRate: rate }), notice };
}

/**
 * The record of a run that a person sends back to a step, at another rate or length or at those of then.
 * @throws settings-invalid
 */
export function wentBack(run: RunRecord, step: number, at: number, change: CourseChange): RunRecord {
  const { settings, notice: _past, ...rest } = run;
  if (!settings) return run;
  return changed({ ...rest, settings }, { step, at, how: 'back', given: run.step }, change);
}
