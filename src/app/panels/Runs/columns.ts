// The columns of the table of runs: what each shows of a run, and what it is sorted by.
import { parameterCount } from '../../../base/modelShape';
import type { RunRecord } from '../../../base/records/run';
import { TRAIN_SETTINGS, type TrainSettings } from '../../../base/settings/trainSettings';
import type { TrainedBy } from '../../state/runs.svelte';
import { settingOf } from '../../state/runSettings';
import { datasetNameWords } from '../../words/datasetWords';
import { m } from '../../words/generated/messages.js';
import { SETTING_TERMS, type TermName } from '../../words/glossary';
import { language } from '../../words/language.svelte';
import { originWords, statusWords } from '../../words/runWords';
import { settingLabel } from '../../words/settingLabels';
import { SETTING_NAMES, written } from '../../words/settingValues';

/** What a run is sorted by; undefined stands last in both directions. */
export type Sortable = number | string | undefined;

export interface RunColumn {
  label: () => string;
  /** The word of the glossary that the label speaks of. */
  term?: TermName;
  value: (run: RunRecord, by: TrainedBy) => Sortable;
  /** Absent: the value is what is shown. */
  text?: (run: RunRecord) => string;
  /** Numbers stand at the right, under each other. */
  numbers?: true;
  /** The first click brings the largest to the top: the newest, the longest. */
  largestFirst?: true;
  /** One of the things that a run is made of: runs are told apart by them. */
  ofMaking?: true;
}

const names = (run: RunRecord): string => language.format.list(run.datasetNames.map(datasetNameWords));
const compute = ({ compute: on }: RunRecord): string | undefined => on && { cpu: 'CPU', gpu: 'GPU' }[on];

const FACTS = {
  name: { label: m.runs_column_name, value: ({ name }) => name },
  best: {
    ...{ label: m.runs_column_best, term: 'validationLoss', numbers: true },
    value: ({ bestValidationLoss }) => bestValidationLoss,
    text: ({ bestValidationLoss }) => language.format.loss(bestValidationLoss),
  },
  loss: {
    ...{ label: m.runs_column_train, term: 'trainingLoss', numbers: true },
    value: ({ lastLoss }) => lastLoss,
    text: ({ lastLoss }) => language.format.loss(lastLoss),
  },
  steps: {
    ...{ label: m.runs_column_steps, term: 'step', numbers: true, largestFirst: true },
    value: ({ step, totalSteps }) => (totalSteps > 0 ? step : undefined),
    text: ({ step, totalSteps }) =>
      totalSteps > 0
        ? m.runs_steps_of({ step: language.format.integer(step), total: language.format.integer(totalSteps) })
        : '–',
  },
  status: { label: m.runs_column_status, value: (run, by) => statusWords(run, by) },
  when: {
    ...{ label: m.runs_column_when, largestFirst: true },
    value: ({ updatedAt }) => updatedAt,
    text: ({ updatedAt }) => language.format.dateTime(updatedAt),
  },
  created: {
    ...{ label: m.runs_column_created, largestFirst: true },
    value: ({ createdAt }) => createdAt,
    text: ({ createdAt }) => language.format.dateTime(createdAt),
  },
  size: {
    ...{ label: m.runs_column_size, term: 'parameters', numbers: true, largestFirst: true, ofMaking: true },
    value: ({ model }) => parameterCount(model),
    text: ({ model }) => language.format.compact(parameterCount(model)),
  },
  data: { label: m.runs_column_data, value: names, ofMaking: true },
  origin: { label: m.runs_column_origin, value: originWords, ofMaking: true },
  compute: { label: m.runs_column_compute, value: compute, ofMaking: true },
  tokens: {
    ...{ label: m.runs_column_tokens, term: 'token', numbers: true, largestFirst: true },
    value: ({ tokens }) => tokens,
    text: ({ tokens }) => language.format.compact(tokens),
  },
  note: { label: m.runs_column_note, value: ({ note }) => note },
} satisfies Record<string, RunColumn>;

type FactKey = keyof typeof FACTS;
type SettingKey = `setting:${keyof TrainSettings}`;
export type ColumnKey = FactKey | SettingKey;

export const FACT_KEYS = Object.keys(FACTS) as FactKey[];
export const keyOfSetting = (name: keyof TrainSettings): SettingKey => `setting:${name}`;
const COLUMNS = new Map<string, RunColumn>([
  ...Object.entries<RunColumn>(FACTS),
  ...SETTING_NAMES.map((name): [string, RunColumn] => [keyOfSetting(name), settingColumn(name)]),
]);

/** The name stands in each table, so it is not one of the chosen. */
export const FIRST_COLUMNS: readonly ColumnKey[] = ['best', 'steps', 'status', 'when'];

export const isColumn = (key: unknown): key is ColumnKey => typeof key === 'string' && COLUMNS.has(key);
export const columnOf = (key: ColumnKey): RunColumn => COLUMNS.get(key)!;

function settingColumn(name: keyof TrainSettings): RunColumn {
  const text = (run: RunRecord): string => {
    const value = settingOf(run, name);
    return value === undefined ? '–' : written(name, value);
  };
  const numbers = TRAIN_SETTINGS[name].kind === 'number';
  const value = (run: RunRecord): Sortable => {
    const of = settingOf(run, name);
    return typeof of === 'number' || of === undefined ? of : text(run);
  };
  const term = SETTING_TERMS[name];
  return {
    label: () => settingLabel(name),
    ...(term && { term }),
    value,
    text,
    ofMaking: true,
    ...(numbers && { numbers }),
  };
}

export function cellWords(key: ColumnKey, run: RunRecord, by: TrainedBy): string {
  const { text, value } = columnOf(key);
  return text ? text(run) : String(value(run, by) ?? '–');
}

/**
 * What these runs were made of differently, in the order of the columns. A thing that only some of them have does not
 * tell the others apart: the setting that decides about it does.
 */
export function differing(runs: readonly RunRecord[]): ColumnKey[] {
  return [...COLUMNS.keys()].filter(isColumn).filter((key) => {
    const { ofMaking, value } = columnOf(key);
    if (!ofMaking) return false;
    const values = runs.map((run) => value(run, 'nobody')).filter((of) => of !== undefined && of !== '');
    return new Set(values).size > 1;
  });
}
