// The choices of the form as a reload brings them back: read from what this browser kept, and checked again, since
// settings and models may have changed since.
import { defaultSettings, settingFaults, TRAIN_SETTINGS, type TrainSettings } from '../../base/settings/trainSettings';
import { PRESETS, SCRATCH_FAMILIES, type PresetName, type ScratchFamily } from '../../base/settings/presets';
import type { Id } from '../../base/records/named';
import { fieldsOf, numberIn, textIn, textsIn } from './drafts';
import type { MixedText } from '../../base/records/mix';
import type { RowPicks } from '../../base/records/prepared';
import { readMix } from './formMix.svelte';
import type { NumberFieldName, TrainMode } from './formNames';
import { readPicks } from './preflightPicks';

export interface FormDraft {
  mode: TrainMode;
  preset?: PresetName | undefined;
  family: ScratchFamily;
  /** Those that were chosen by hand. */
  datasetIds?: readonly Id[] | undefined;
  /** Beside them. */
  mix: readonly MixedText[];
  tokenizer: string;
  vocabSize?: number | undefined;
  validationShare: number;
  picks: RowPicks;
  overrides: Partial<TrainSettings>;
  name?: string | undefined;
  typed: Partial<Record<NumberFieldName, string>>;
  fromRunId?: Id | undefined;
  fromCheckpointId?: Id | undefined;
  pretrainedId?: Id | undefined;
}

const MODES: readonly TrainMode[] = ['scratch', 'pretrained', 'further'];
const DEFAULT_SHARE = 0.1;
const LARGEST_VOCABULARY = 1_000_000;

/** What a kept draft holds that is still a choice; ids are checked against storage when the form loads. */
export function readFormDraft(kept: unknown): FormDraft {
  const fields = fieldsOf(kept);
  const ids = fields['datasetIds'];
  return {
    mode: MODES.find((mode) => mode === fields['mode']) ?? 'scratch',
    preset: PRESETS.find(({ name }) => name === fields['preset'])?.name,
    family: SCRATCH_FAMILIES.find((family) => family === fields['family']) ?? 'llama',
    datasetIds: Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : undefined,
    mix: readMix(fields['mix']),
    tokenizer: textIn(fields['tokenizer']) ?? 'new-bpe',
    vocabSize: numberIn(fields['vocabSize'], 1, LARGEST_VOCABULARY),
    validationShare: numberIn(fields['validationShare'], 0, 0.9) ?? DEFAULT_SHARE,
    picks: readPicks(fields['picks']),
    overrides: stillSettings(fieldsOf(fields['overrides'])),
    name: textIn(fields['name']),
    typed: textsIn(fields['typed'], isNumberField),
    fromRunId: textIn(fields['fromRunId']),
    fromCheckpointId: textIn(fields['fromCheckpointId']),
    pretrainedId: textIn(fields['pretrainedId']),
  };
}

/** Whether anything of it is not as the studio suggests it, but texts and weights. */
export const differs = ({
  preset,
  family,
  vocabSize,
  validationShare,
  picks,
  overrides,
  name,
  typed,
}: FormDraft): boolean =>
  [preset, vocabSize, name].some((chosen) => chosen !== undefined) ||
  Object.keys({ ...overrides, ...typed, ...picks }).length > 0 ||
  family !== 'llama' ||
  validationShare !== DEFAULT_SHARE;

const isSetting = (name: string): name is keyof TrainSettings => Object.hasOwn(TRAIN_SETTINGS, name);
const isNumberField = (name: string): name is NumberFieldName =>
  name === 'vocabulary' || name === 'validation' || (isSetting(name) && TRAIN_SETTINGS[name].kind === 'number');

/** Without what is no setting any more, or no value of one. */
function stillSettings(overrides: Readonly<Record<string, unknown>>): Partial<TrainSettings> {
  const known = Object.fromEntries(Object.entries(overrides).filter(([name]) => isSetting(name)));
  const faults = new Set<string>(settingFaults({ ...defaultSettings(), ...known }).map(({ key }) => key));
  return Object.fromEntries(Object.entries(known).filter(([name]) => !faults.has(name)));
}
