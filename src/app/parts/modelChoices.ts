// The models that can be asked where no talk is open, and the weights that a chosen one stands for.
import type { Classes, ModelShape } from '../../base/modelShape';
import type { CheckpointSummary } from '../../base/records/checkpoint';
import type { Id } from '../../base/records/named';
import type { DataApi } from '../../../workers/data.api';

export interface ModelChoice {
  /** Of a run or a stored model. */
  value: Id;
  label: string;
  /** It is a stored model, and so its own weights. */
  stored: boolean;
  /** It tells classes apart and writes nothing. */
  classifies: boolean;
  /** Of one that tells them apart. */
  classes?: Classes;
}

interface Asked {
  id: Id;
  name: string;
  model: ModelShape;
}

const choiceOf = ({ id, name, model }: Asked, stored: boolean): ModelChoice => ({
  ...{ value: id, label: name, stored, classifies: model.classes !== undefined },
  ...(model.classes && { classes: model.classes }),
});

/** Stored models, then runs that have trained a step, the newest first. */
export const modelChoices = (
  models: readonly Asked[],
  runs: readonly (Asked & { step: number; createdAt: number })[],
): ModelChoice[] => [
  ...models.map((model) => choiceOf(model, true)),
  ...runs
    .filter(({ step }) => step > 0)
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .map((run) => choiceOf(run, false)),
];

/** Those that write text. */
export const writingModels = (...asked: Parameters<typeof modelChoices>): ModelChoice[] =>
  modelChoices(...asked).filter(({ classifies }) => !classifies);

/** Of several checkpoints, the one that stands for its run. */
export const bestOf = (checkpoints: readonly CheckpointSummary[]): CheckpointSummary | undefined =>
  checkpoints.find((one) => one.best) ?? checkpoints.toSorted((a, b) => b.step - a.step)[0];

/** Of a run its best checkpoint, else its last. */
export async function weightsOf(
  data: Pick<DataApi, 'listCheckpoints'>,
  { value, stored }: Pick<ModelChoice, 'value' | 'stored'>,
): Promise<Id> {
  return (stored ? undefined : bestOf(await data.listCheckpoints(value))?.id) ?? value;
}
