// The form filled with what another run was made with, as far as it is still here.
import { architectureOf } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { RunRecord } from '../../base/records/run';
import { presetOf, SCRATCH_FAMILIES } from '../../base/settings/presets';
import { defaultSettings, type TrainSettings } from '../../base/settings/trainSettings';
import type { RunFacts, RunText } from '../../base/wire/requests';
import { readFormDraft, type FormDraft } from './formDraft';

/** What the form is filled with, where on the Model screen that is, and what of the run is no longer here. */
export interface Again {
  draft: FormDraft;
  /** An address. */
  path: string;
  /** Names of texts, of the model or of the run that it began from. */
  missing: string[];
}

/**
 * @param isModel whether a pretrained model is stored
 */
export function againFrom(
  run: RunRecord & { settings: TrainSettings },
  facts: RunFacts,
  isModel: (id: Id) => boolean,
): Again {
  const { mix = [] } = run;
  const here = ({ listed, id }: RunText): Id[] => (listed && id !== undefined ? [id] : []);
  const main = facts.texts.slice(0, facts.texts.length - mix.length).flatMap(here);
  const mixed = facts.texts.slice(facts.texts.length - mix.length).flatMap(here);
  const weights = weightsOf(run, facts, isModel);
  const draft: FormDraft = {
    ...readFormDraft(undefined),
    ...weights.draft,
    ...(facts.prepared && { validationShare: facts.prepared.validationShare, picks: facts.prepared.picks ?? {} }),
    ...(main.length > 0 && { datasetIds: main }),
    mix: mix.filter(({ datasetId }) => mixed.includes(datasetId)),
    overrides: settingsOf(run),
  };
  const gone = facts.texts.filter(({ listed }) => !listed).map(({ name }) => name);
  return { draft, path: weights.path, missing: [...weights.missing, ...gone] };
}

type Weights = Pick<Again, 'path' | 'missing'> & { draft: Partial<FormDraft> };

function weightsOf({ origin, model }: RunRecord, facts: RunFacts, isModel: (id: Id) => boolean): Weights {
  if (origin.kind === 'model') {
    if (!isModel(origin.modelId))
      return { draft: { mode: 'pretrained' }, path: 'model/pretrained', missing: [origin.name] };
    const draft = { mode: 'pretrained', pretrainedId: origin.modelId } as const;
    return { draft, path: `model/pretrained/${origin.modelId}`, missing: [] };
  }
  if (origin.kind === 'checkpoint') {
    const { fromRunId } = facts;
    if (fromRunId === undefined)
      return { draft: { mode: 'further' }, path: 'model/further', missing: [origin.runName] };
    const draft = { mode: 'further', fromRunId, fromCheckpointId: origin.checkpointId } as const;
    return { draft, path: `model/further/${fromRunId}/${origin.checkpointId}`, missing: [] };
  }
  const { family } = architectureOf(model);
  const preset = presetOf(model)?.name;
  const draft = {
    mode: 'scratch' as const,
    family: SCRATCH_FAMILIES.find((known) => known === family) ?? 'llama',
    ...(preset && { preset }),
    ...(facts.tokenizer ? { tokenizer: facts.tokenizer.id } : { vocabSize: model.vocabSize }),
  };
  return { draft, path: 'model/scratch', missing: [] };
}

/**
 * What differs from the defaults that the form will have; where those follow from a model or a run, which the form asks
 * of a worker, all of them.
 */
function settingsOf({ origin, model, settings }: RunRecord & { settings: TrainSettings }): Partial<TrainSettings> {
  const all: TrainSettings = { ...defaultSettings(), ...settings };
  if (origin.kind !== 'scratch') return all;
  const defaults: TrainSettings = { ...defaultSettings(), ...presetOf(model)?.settings };
  const names = Object.keys(all) as (keyof TrainSettings)[];
  return Object.fromEntries(names.filter((name) => all[name] !== defaults[name]).map((name) => [name, all[name]]));
}
