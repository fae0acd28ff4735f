// The version of a dataset that the labels of a task make: a recipe of its answers, run like any other.
import { AtelierError } from '../../base/errors/errors';
import type { DatasetRecord } from '../../base/records/dataset';
import type { LabelVersionRequest } from '../../base/wire/labels';
import { lastAnswers } from '../../data/labels/answers';
import { labelSteps } from '../../data/labels/labelSteps';
import type { AtelierDb } from '../../storage/db';
import { getLabelTask, labelDecisions } from '../../storage/labels';
import type { RecipeOptions } from './datasetPasses';
import { makeVersion } from './recipe';

/** @throws labels-missing, labels-none, version-empty, those of `makeVersion` */
export async function labelVersion(
  db: AtelierDb,
  { taskId, datasetId, labelledOnly }: LabelVersionRequest,
  options: RecipeOptions = {},
): Promise<DatasetRecord> {
  const task = await getLabelTask(db, taskId);
  const answers = lastAnswers(await labelDecisions(db, taskId));
  if (!answers.size) throw new AtelierError('labels-none', { name: task.name });
  const steps = labelSteps(task, answers, labelledOnly);
  return makeVersion(db, { datasetId, recipe: { format: 'atelier-recipe', version: 1, steps } }, options);
}
