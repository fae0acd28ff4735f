// The models that can be asked where no talk is open, and the weights that a chosen one stands for.
import type { ModelShape } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { DataApi } from '../../../workers/data.api';

export interface ModelChoice {
  /** Of a run or a stored model. */
  value: Id;
  label: string;
  /** It tells classes apart and writes nothing. */
  classifies: boolean;
}

interface Asked {
  id: Id;
  name: string;
  model: ModelShape;
}

const choiceOf = ({ id, name, model }: Asked): ModelChoice => ({
  ...{ value: id, label: name, classifies: model.classes !== undefined },
});

/** Stored models, then runs that have trained a step, the newest first. */
export const modelChoices = (
  models: readonly Asked[],
  runs: readonly (Asked & { step: number; createdAt: number })[],
): ModelChoice[] => [
  ...models.map(choiceOf),
  ...runs
    .filter(({ step }) => step > 0)
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .map(choiceOf),
];

/** Those that write text. */
export const writingModels = (...asked: Parameters<typeof modelChoices>): ModelChoice[] =>
  modelChoices(...asked).filter(({ classifies }) => !classifies);

/**
 * Of a run its best checkpoint, else its last.
 * @param isModel It is a stored model, and so itself
 */
export async function weightsOf(data: Pick<DataApi, 'listCheckpoints'>, chosen: Id, isModel: boolean): Promise<Id> {
  const checkpoints = isModel ? [] : await data.listCheckpoints(chosen);
  const best = checkpoints.find((one) => one.best) ?? checkpoints.toSorted((a, b) => b.step - a.step)[0];
  return best?.id ?? chosen;
}
