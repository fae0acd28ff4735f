// The models that can be asked where no talk is open, and the weights that a chosen one stands for.
import type { Id } from '../../base/records/named';
import type { DataApi } from '../../../workers/data.api';

export interface ModelChoice {
  /** Of a run or a stored model. */
  value: Id;
  label: string;
}

interface Asked {
  id: Id;
  name: string;
}

/** Stored models, then runs that have trained a step, the newest first. */
export const modelChoices = (
  models: readonly Asked[],
  runs: readonly (Asked & { step: number; createdAt: number })[],
): ModelChoice[] => [
  ...models.map(({ id, name }) => ({ value: id, label: name })),
  ...runs
    .filter(({ step }) => step > 0)
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .map(({ id, name }) => ({ value: id, label: name })),
];

/**
 * Of a run its best checkpoint, else its last.
 * @param isModel It is a stored model, and so itself
 */
export async function weightsOf(data: Pick<DataApi, 'listCheckpoints'>, chosen: Id, isModel: boolean): Promise<Id> {
  const checkpoints = isModel ? [] : await data.listCheckpoints(chosen);
  const best = checkpoints.find((one) => one.best) ?? checkpoints.toSorted((a, b) => b.step - a.step)[0];
  return best?.id ?? chosen;
}
