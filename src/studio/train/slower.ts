// A run that diverged, taken up again from its last good checkpoint at a quarter of its rate: which checkpoint that is,
// and how the record tells of the change. How a run resumes is startRun.ts.
import type { CheckpointManifest } from '../../base/records/checkpoint';
import type { RateChange, RunRecord } from '../../base/records/run';
import { ofRun } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import { readHistory } from '../../storage/runs';
import { lastGood } from '../../storage/surplus';

const QUARTER = 0.25;

/** A rate as a person writes it: a quarter of a decimal has a long tail in binary. */
export const quarterOf = (rate: number): number => Number((rate * QUARTER).toPrecision(6));

/** Whether a checkpoint belongs to what the run did before its rate was lowered, and was left behind then. */
export const isLeftBehind = (
  { changes = [] }: Pick<RunRecord, 'changes'>,
  { step, createdAt }: Pick<CheckpointManifest, 'step' | 'createdAt'>,
): boolean => changes.some((change) => step > change.step && createdAt < change.at);

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
  if (!run.settings) return run;
  const before = run.settings.learningRate;
  const learningRate = quarterOf(before);
  const change: RateChange = { step, at, before, learningRate };
  const { notice: _past, ...rest } = run;
  return {
    ...rest,
    settings: { ...run.settings, learningRate },
    changes: [...(run.changes ?? []).filter((earlier) => earlier.step <= step), change],
    notice: { code: 'rate-lowered', facts: { step, before, rate: learningRate } },
  };
}
