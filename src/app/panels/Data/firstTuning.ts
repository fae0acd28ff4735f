// From one click to a tuning of the base model that comes along: a sample text, the model, the form with both.
import type { SampleName } from '../../../base/records/samples';
import type { ModelRecord } from '../../../base/records/model';
import type { Datasets } from '../../state/datasets.svelte';
import type { Models } from '../../state/models.svelte';
import type { TrainForm } from '../../state/trainForm.svelte';

interface FirstTuning {
  datasets: Pick<Datasets, 'sample' | 'list'>;
  models: Pick<Models, 'load' | 'list' | 'own' | 'openOwn'>;
  form: Pick<TrainForm, 'chooseDataset'>;
}

/**
 * Brings the sample and the model, chooses the text, and gives the model that is to be tuned; undefined where one of
 * both could not be read, which the list of texts or the models' own note then says.
 */
export async function firstTuning(
  { datasets, models, form }: FirstTuning,
  sample: SampleName,
  source: string,
): Promise<ModelRecord | undefined> {
  await datasets.sample(sample);
  const text = datasets.list.find((dataset) => dataset.source === source);
  await models.load();
  const [own] = models.own;
  const model = own && (models.list.find(({ name }) => name === own.name) ?? (await models.openOwn(own)));
  if (!text || !model) return undefined;
  form.chooseDataset(text.id);
  return model;
}
