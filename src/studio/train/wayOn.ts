// How each stored run can be resumed: from which step, or why it cannot. It looks at records only; that what they name
// reads back whole shows when a run resumes.
import type { Id } from '../../base/records/named';
import { isLeftBehind, type RunRecord } from '../../base/records/run';
import type { WayOn } from '../../base/wire/wayOn';
import { ofRun } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import { listRuns } from '../../storage/runs';
import { goodCheckpoint, quarterOf } from './slower';

/** Of runs that ended before their last step, or may have. */
export async function waysOn(db: AtelierDb): Promise<Record<Id, WayOn>> {
  const runs = (await listRuns(db)).filter(({ status }) => status !== 'finished' && status !== 'imported');
  return Object.fromEntries(await Promise.all(runs.map(async (run) => [run.id, await wayOn(db, run)] as const)));
}

async function wayOn(db: AtelierDb, run: RunRecord): Promise<WayOn> {
  const manifests = await db.getAllFromIndex('checkpoints', 'byRun', ofRun(run.id));
  const newest = manifests.findLast((manifest) => !isLeftBehind(run, manifest));
  const refusal = await refusalOf(db, run, newest !== undefined);
  if (refusal) return { refusal };
  return { ...(newest && { from: newest.step }), ...(await slowerWay(db, run)) };
}

/** Records that a sweep has removed since: a delete that can be undone leaves them. */
async function refusalOf(db: AtelierDb, run: RunRecord, saved: boolean): Promise<WayOn['refusal']> {
  const { name, settings, preparedId, lora, origin } = run;
  if (!settings || preparedId === undefined) return { code: 'run-without-checkpoint', facts: { name } };
  if ((await db.getKey('prepared', preparedId)) === undefined) return { code: 'data-changed', facts: { name } };
  if (lora && (await db.getKey('models', lora.baseId)) === undefined) return { code: 'model-missing', facts: {} };
  if (saved) return undefined;
  if (origin.kind === 'model' && (await db.getKey('models', origin.modelId)) === undefined)
    return { code: 'model-missing', facts: {} };
  if (origin.kind === 'checkpoint' && (await db.getKey('checkpoints', origin.checkpointId)) === undefined)
    return { code: 'checkpoint-missing', facts: {} };
  return undefined;
}

/** A run that diverged would do it again at the same rate. */
async function slowerWay(db: AtelierDb, run: RunRecord): Promise<Pick<WayOn, 'slower'>> {
  if (run.status !== 'failed' || run.error?.code !== 'loss-not-finite' || !run.settings) return {};
  const good = await goodCheckpoint(db, run);
  const rate = quarterOf(run.settings.learningRate);
  return { slower: { from: good?.step ?? 0, rate, ...(good?.trainLoss !== undefined && { loss: good.trainLoss }) } };
}
