// What follows from the choices of the form, as plain functions of them. It holds no state.
import { AtelierError } from '../../base/errors/errors';
import type { TuningRequest, EstimateRequest, PreflightReport, RowLengths } from '../../base/wire/requests';
import type { Marks } from '../../base/settings/thumbWeights';
import { taskFault } from '../../base/settings/conditions';
import { TRAIN_SETTINGS, type TrainSettings } from '../../base/settings/trainSettings';
import { rootIdOf, type DatasetRecord } from '../../base/records/dataset';
import type { ModelRecord } from '../../base/records/model';
import type { RunRecord } from '../../base/records/run';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import type { TrainMode } from './formNames';

/** Of the weights only what the defaults follow from: the record of a run changes with every step. */
export function tunedWeights(
  mode: TrainMode,
  pretrained: ModelRecord | undefined,
  fromRun: RunRecord | undefined,
): TuningRequest['tuned'] | undefined {
  if (mode === 'further' && fromRun) {
    const { lora, model, origin } = fromRun;
    return { from: 'run', weights: { model, origin, ...(lora && { lora }) } };
  }
  if (mode !== 'pretrained' || !pretrained) return undefined;
  const { parameters, model } = pretrained;
  return { from: 'model', weights: { parameters, model } };
}

/**
 * The good and the bad answers of texts that are all marked; a version is counted as the file that it comes from.
 * Undefined where one of them has no marks.
 */
export function marksIn(chosen: readonly DatasetRecord[], all: readonly DatasetRecord[]): Marks | undefined {
  const sum: Marks = { good: 0, bad: 0 };
  for (const dataset of chosen) {
    const marked = dataset.mapping ? dataset : all.find(({ id }) => id === rootIdOf(dataset));
    if (marked?.mapping?.shape !== 'thumbs') return undefined;
    const bad = Math.round((dataset.rows * (marked.report?.bad ?? 0)) / Math.max(1, marked.rows));
    sum.bad += bad;
    sum.good += dataset.rows - bad;
  }
  return chosen.length > 0 ? sum : undefined;
}

/** What the defaults of a tuning are asked with; undefined where nothing is tuned. */
export function tuningRequestOf(
  tuned: TuningRequest['tuned'] | undefined,
  { datasets, all, trainShare, rowLengths, chosen: { method, task, loraRank } }: TunedOnForm,
): TuningRequest | undefined {
  const marks = marksIn(datasets, all);
  return (
    tuned && {
      tuned,
      texts: {
        contents: datasets.map(({ content = 'text' }) => content),
        ...(datasets.length > 0 && datasets.every(isLabelled) && { labelled: true }),
        rows: datasets.reduce((sum, { rows }) => sum + rows, 0) * trainShare,
        ...(marks && { marks }),
        ...(rowLengths && { rowTokens: rowLengths.percentile95, meanTokens: rowLengths.mean }),
      },
      chosen: { ...(method && { method }), ...(task && { task }), ...(loraRank && { loraRank }) },
    }
  );
}

/** Its import found a label beside the texts. */
const isLabelled = ({ content = 'text', mapping, report }: DatasetRecord): boolean =>
  content === 'text' && (mapping?.shape === 'classification' || (report?.labelled ?? 0) > 0);

interface TunedOnForm {
  datasets: readonly DatasetRecord[];
  /** Those chosen, and the others that are stored. */
  all: readonly DatasetRecord[];
  trainShare: number;
  rowLengths: RowLengths | undefined;
  /** What was changed by hand. */
  chosen: Partial<TrainSettings>;
}

/**
 * What a run would train on: as preflight counted it, or from the bytes per token that a known tokenizer had; unknown
 * before.
 */
export function expectedData(
  preflight: PreflightReport | undefined,
  tokenizer: TokenizerRecord | undefined,
  datasets: readonly DatasetRecord[],
  validationShare: number,
): EstimateRequest['prepared'] {
  if (preflight) {
    const { tokens: trainTokens, rows: trainRows, packed } = preflight.train;
    return { trainTokens, trainRows, ...(packed !== undefined && { packed }) };
  }
  const perToken = tokenizer?.bytesPerToken;
  const bytes = datasets.reduce((sum, d) => sum + d.bytes, 0);
  return perToken && bytes > 0 ? { trainTokens: Math.round((bytes * (1 - validationShare)) / perToken) } : undefined;
}

/** Settings that do not go together. */
export function conflictOf(settings: Parameters<typeof taskFault>[0]): AtelierError | undefined {
  const code = taskFault(settings);
  return code && new AtelierError(code);
}

/** What a run has to be made of. */
type MissingChoice = 'model' | 'run' | 'text' | 'checkpoint';

/** What is still to be chosen before anything can be said of a run. */
export function missingOf(
  mode: TrainMode,
  hasWeights: boolean,
  texts: number,
  noCheckpoint: boolean,
): MissingChoice | undefined {
  if (mode !== 'scratch' && !hasWeights) return mode === 'pretrained' ? 'model' : 'run';
  if (texts === 0) return 'text';
  return noCheckpoint ? 'checkpoint' : undefined;
}

/** What a tokenizer that is still to be made would be made of, as one text. */
export const newTokenizer = (chosen: { tokenizer: string; vocabSize: number; readIds: readonly string[] }): string =>
  JSON.stringify([chosen.tokenizer, chosen.vocabSize, chosen.readIds]);

/**
 * What of the settings changed by hand counts: those that say how weights are tuned wait where a model begins from
 * nothing, which has no field for them.
 */
export function countingIn(mode: TrainMode, changed: Partial<TrainSettings>): Partial<TrainSettings> {
  if (mode !== 'scratch') return changed;
  const names = Object.keys(changed) as (keyof TrainSettings)[];
  const counting = names.filter((name) => TRAIN_SETTINGS[name].group !== 'tuning');
  return Object.fromEntries(counting.map((name) => [name, changed[name]]));
}
