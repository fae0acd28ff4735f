// What the choices of the form ask the workers for: a new model's shape, and the rows that a run reads.
import type { Classes, ModelShape } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { RowPicks } from '../../base/records/prepared';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import { modelOf, type Preset, type ScratchFamily } from '../../base/settings/presets';
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { DatasetRecord } from '../../base/records/dataset';
import type { RunRecord } from '../../base/records/run';
import type { EstimateRequest, PreflightReport, PrepareRequest } from '../../base/wire/requests';
import { expectedData } from './formFacts';
import type { FormMix } from './formMix.svelte';
import type { FormTokens } from './formTokens.svelte';
import type { TrainMode } from './formNames';
import { picksOf } from './preflightPicks';

interface NewModelOnForm {
  preset: Preset;
  family: ScratchFamily;
  tokenizer: string;
  chosenTokenizer: TokenizerRecord | undefined;
  vocabSize: number;
  settings: TrainSettings;
}

/** Characters decide their own number; until then the estimate counts with this many. */
const CHARACTERS_ASSUMED = 512;

export function newModel(form: NewModelOnForm): ModelShape {
  const asked = form.tokenizer === 'new-characters' ? CHARACTERS_ASSUMED : form.vocabSize;
  const vocabSize = form.chosenTokenizer?.vocabSize ?? asked;
  return modelOf(form.preset, vocabSize, form.settings.contextLength, form.family);
}

interface EstimateOnForm {
  model: ModelShape | undefined;
  settings: TrainSettings;
  mode: TrainMode;
  fromRun: RunRecord | undefined;
  preflight: PreflightReport | undefined;
  chosenTokenizer: TokenizerRecord | undefined;
  chosenDatasets: readonly DatasetRecord[];
  validationShare: number;
  mix: Pick<FormMix, 'amounts'>;
  newTokens: Pick<FormTokens, 'found'>;
}

/** What the estimate of a run is asked with; undefined where there is no model yet. */
export function estimateRequestOf(form: EstimateOnForm): EstimateRequest | undefined {
  const { model, settings, preflight } = form;
  if (!model) return undefined;
  const shape = settings.task === 'classify' && !model.classes ? { ...model, classes: classesOf(preflight) } : model;
  const fromAdapter = form.mode === 'further' && form.fromRun?.lora !== undefined;
  const prepared = expectedData(preflight, form.chosenTokenizer, form.chosenDatasets, form.validationShare);
  const mix = form.mix.amounts(preflight);
  const tokens = form.newTokens.found ?? (fromAdapter ? form.fromRun?.lora?.tokens : undefined);
  return {
    ...{ model: shape, settings, ...(fromAdapter && { fromAdapter }), ...(tokens && { tokens }) },
    ...{ ...(prepared && { prepared }), ...(mix && { mix }) },
  };
}

/** As preflight counted them; two before. */
const classesOf = (preflight: PreflightReport | undefined): Classes => ({
  names: preflight?.classes?.map(({ name }) => name) ?? ['0', '1'],
});

interface RowsOnForm {
  settings: TrainSettings;
  weightsId: Id | undefined;
  validationShare: number;
  picks: RowPicks;
}

/** What a run reads of these texts, with this tokenizer. */
export function requestOn(form: RowsOnForm, datasetIds: readonly Id[], tokenizerId: Id): PrepareRequest {
  const { settings, weightsId, validationShare } = form;
  const { seed, task } = settings;
  const template = task !== 'text' && weightsId !== undefined && { task, weightsId };
  const rows = task === 'chat' && settings.rowPerAnswer && { rowPerAnswer: true as const };
  const thoughts = task !== 'text' &&
    task !== 'classify' &&
    settings.thoughts !== 'learn' && { thoughts: settings.thoughts };
  const picks = picksOf(form.picks, datasetIds);
  return {
    ...{ datasetIds: [...datasetIds], tokenizerId, seed, validationShare },
    ...{ ...template, ...rows, ...thoughts, ...(picks && { picks }) },
  };
}
