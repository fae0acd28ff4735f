// The models that a regression set is asked of: a checkpoint of a run with its base beside it, or a stored model.
import type { CheckpointSummary } from '../../../../base/records/checkpoint';
import type { CheckedModel } from '../../../../base/records/checks';
import type { RunRecord } from '../../../../base/records/run';
import type { Id } from '../../../../base/records/named';
import type { Workers } from '../../../state/workers';
import { baseOf, weightsOfRun, type AskedModel } from '../Measures/choices';

type Data = Workers['data'];

async function read(data: Data, { weightsId, name, step, bare }: AskedModel, speaker: Id): Promise<CheckedModel> {
  const { reading } = await data.speaker(speaker);
  return {
    ...{ weightsId, name },
    ...(step !== undefined && { step }),
    ...(bare && { bare }),
    ...(reading && { reading }),
  };
}

/** @throws what the data worker throws */
export const storedModel = async (data: Data, id: Id, name: string): Promise<CheckedModel[]> => [
  await read(data, { weightsId: id, name }, id),
];

/**
 * A checkpoint of a run, the best where none is named; before it the base where it is wanted and there is one. Empty
 * where the run has none.
 * @throws what the data worker throws
 */
export async function modelsOfRun(
  data: Data,
  run: RunRecord,
  { checkpoint, base }: { checkpoint?: CheckpointSummary | undefined; base: boolean },
): Promise<CheckedModel[]> {
  const tuned = checkpoint
    ? { weightsId: checkpoint.id, name: run.name, step: checkpoint.step }
    : await weightsOfRun(data, run);
  if (!tuned) return [];
  const other = base ? baseOf(run, tuned) : undefined;
  const speaker = other && !other.bare && run.origin.kind === 'model' ? run.origin.modelId : run.id;
  const models = other ? [await read(data, other, speaker)] : [];
  return [...models, await read(data, tuned, run.id)];
}
