// Settings in the words of the form: why a default is what it is, and the search.
import { TRAIN_SETTINGS, type TrainSettings } from '../../../base/settings/trainSettings';
import { parameterCount } from '../../../base/modelShape';
import type { ModelRecord } from '../../../base/records/model';
import type { RunRecord } from '../../../base/records/run';
import { isJudged } from '../../../base/settings/tuneSettings';
import type { Marks } from '../../../base/settings/thumbWeights';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';
import { locales } from '../../words/generated/runtime.js';
import { settingTexts, settingWhy } from '../../words/settingLabels';
import { SETTING_NAMES, written } from '../../words/settingValues';
import { trainForm } from '../../world';

/** Why the default is what it is, for the model at hand. */
export function whyOf(name: keyof TrainSettings): string {
  const value = written(name, trainForm.defaults[name]);
  const { mode, fromRun, pretrained } = trainForm;
  if (name === 'steps' && trainForm.begins.byTime)
    return m.model_why_time({ value, seconds: trainForm.begins.seconds });
  if (name === 'task' && name in trainForm.fixed) return m.model_why_fixed_classifier();
  if (name in trainForm.fixed) return fromRun?.lora ? m.model_why_fixed_adapter() : m.model_why_fixed_full();
  const tuned = mode === 'pretrained' ? pretrained : mode === 'further' ? tunedOf(fromRun) : undefined;
  if (tuned) return whyTuning(name, value, tuned) ?? settingWhy(name);
  const further = mode === 'further' && fromRun !== undefined;
  if (further && name === 'learningRate') return m.model_why_further_rate({ value });
  if (further && name === 'contextLength') return m.model_why_further_context({ value });
  if (name in trainForm.preset.settings) return m.model_why_preset({ value, preset: trainForm.preset.name });
  return settingWhy(name);
}

/** Windows of an update, where there is enough data. */
const USUAL_WINDOWS = 8;

type Tuned = Pick<ModelRecord, 'parameters' | 'model'>;

/** A run that tuned a published model is tuned further as that model would be. */
const tunedOf = (run: RunRecord | undefined): Tuned | undefined =>
  run && (run.lora || run.origin.kind === 'model')
    ? { parameters: parameterCount(run.model), model: run.model }
    : undefined;

/** Reasons that follow from a published model and the rows it is tuned on. */
function whyTuning(name: keyof TrainSettings, value: string, model: Tuned): string | undefined {
  const { parameters } = model;
  const size = language.format.compact(parameters);
  const { method, task } = trainForm.settings;
  const rowTokens = task === 'text' ? undefined : trainForm.rowTokens;
  const { batchSize, accumulate, epochs } = trainForm.defaults;
  const marks = trainForm.tuningRequest?.texts.marks;
  const rate = (): string => {
    if (isJudged(task)) return m.model_why_rate_preference({ value });
    return method === 'lora' ? m.model_why_rate_lora({ value, size }) : m.model_why_rate_full({ value, size });
  };
  const few = batchSize * accumulate < USUAL_WINDOWS;
  const batch = (): string =>
    (few ? m.model_why_batch_few : m.model_why_batch)({ batch: batchSize, times: accumulate });
  const reasons: Partial<Record<keyof TrainSettings, () => string>> = {
    method: m.model_why_method,
    ...(marks && {
      task: () => whyThumbs(marks),
      goodWeight: () => whyWeights(marks),
      badWeight: () => whyWeights(marks),
    }),
    ...(trainForm.defaults.task === 'classify' && { task: m.model_why_classify }),
    ...(trainForm.fromRun?.lora && trainForm.mode === 'further' && { frozenPrecision: m.model_why_precision_before }),
    durationUnit: m.model_why_epochs,
    ...(epochs > TRAIN_SETTINGS.epochs.default && { epochs: () => m.model_why_epochs_few({ value }) }),
    learningRate: rate,
    batchSize: batch,
    accumulate: batch,
    contextLength: () => whyContext(value, rowTokens, model),
  };
  return reasons[name]?.();
}

const whyThumbs = ({ good, bad }: Marks): string =>
  m.model_why_thumbs({ good: language.format.integer(good), bad: language.format.integer(bad) });

function whyWeights(marks: Marks): string {
  const [good, bad] = [language.format.integer(marks.good), language.format.integer(marks.bad)];
  return m.model_why_weights({ good, bad });
}

function whyContext(value: string, rowTokens: number | undefined, { model }: Tuned): string {
  const { contextLength } = trainForm.defaults;
  const tokens = language.format.integer(rowTokens);
  if (rowTokens !== undefined && rowTokens <= contextLength) return m.model_why_context_rows({ value, tokens });
  if (contextLength === model.contextLength)
    return rowTokens === undefined ? m.model_why_context_model({ value }) : m.model_why_context_cut({ value, tokens });
  return rowTokens === undefined ? m.model_why_context_unknown({ value }) : m.model_why_context_long({ value, tokens });
}

/** The settings that matter now and hold the searched words, in either language. */
export function found(query: string): (keyof TrainSettings)[] {
  const wanted = query.trim().toLowerCase();
  return SETTING_NAMES.filter((name) => {
    if (!trainForm.matters(name)) return false;
    return [name, ...settingTexts(name)].join(' ').toLowerCase().includes(wanted);
  });
}

/** Whether what a model from scratch is built like holds the searched words, in either language. */
export function shapeFound(query: string): boolean {
  const labels = [m.model_group_shape, m.model_family, m.model_tokenizer, m.model_vocabulary];
  const texts = locales.flatMap((locale) => labels.map((label) => label({}, { locale })));
  return texts.join(' ').toLowerCase().includes(query.trim().toLowerCase());
}

export const isSimple = (name: keyof TrainSettings): boolean =>
  TRAIN_SETTINGS[name].simple === true && trainForm.matters(name);
