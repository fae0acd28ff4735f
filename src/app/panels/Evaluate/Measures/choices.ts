// What can be compared: a run or stored model, and what it began from. Which weights that are is asked of the storage.
import type { CheckpointSummary } from '../../../../base/records/checkpoint';
import type { EvaluatedModel } from '../../../../base/records/evaluation';
import type { RunRecord } from '../../../../base/records/run';
import type { DataApi } from '../../../../../workers/data.api';
import { bestOf } from '../../../parts/modelChoices';
import type { Id } from '../../../../base/records/named';

export type AskedModel = Omit<EvaluatedModel, 'writing' | 'template'>;

/** What a run's weights are compared with: its base, another of its checkpoints, nothing, or another run or model. */
export const AGAINST_BASE = 'base';
export const AGAINST_FIRST = 'first';
export const AGAINST_NONE = 'none';

/** Whether a run began from weights that can be asked. */
export const hasBase = ({ origin, lora }: Pick<RunRecord, 'origin' | 'lora'>): boolean =>
  lora !== undefined || origin.kind === 'model' || origin.kind === 'checkpoint';

type Data = Pick<DataApi, 'listCheckpoints'>;

/** The best checkpoint of a run. */
export async function weightsOfRun(data: Data, { id, name }: RunRecord): Promise<AskedModel | undefined> {
  const best = bestOf(await data.listCheckpoints(id));
  return best && { weightsId: best.id, name, step: best.step };
}

/** What a run began from. */
export function baseOf({ origin, lora }: RunRecord, tuned: AskedModel): AskedModel | undefined {
  if (lora && origin.kind !== 'checkpoint') return { weightsId: tuned.weightsId, bare: true, name: lora.baseName };
  if (origin.kind === 'model') return { weightsId: origin.modelId, name: origin.name };
  if (origin.kind === 'checkpoint') return { weightsId: origin.checkpointId, name: origin.runName, step: origin.step };
  return undefined;
}

/** The earliest checkpoint of a run, where it is another one. */
export async function firstOf(data: Data, { id, name }: RunRecord, tuned: AskedModel): Promise<AskedModel | undefined> {
  const all: readonly CheckpointSummary[] = await data.listCheckpoints(id);
  const first = all.toSorted((a, b) => a.step - b.step)[0];
  return first && first.id !== tuned.weightsId ? { weightsId: first.id, name, step: first.step } : undefined;
}

/** The address of the form with a run chosen. */
export const newPath = (runId?: Id): string => (runId === undefined ? 'evaluate/new' : `evaluate/new/${runId}`);
