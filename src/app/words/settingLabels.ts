// What a setting, its choices, its unit and a preset are called, and why a default is what it is.
import type { ChoiceSetting, Unit } from '../../base/settings/settings';
import type { TRAIN_SETTINGS, TrainSettings } from '../../base/settings/trainSettings';
import type { PresetName } from '../../base/settings/presets';
import { m } from './generated/messages.js';
import { locales } from './generated/runtime.js';
import { keyOf, type KeyOf, type Language } from './keys';

type Name = keyof TrainSettings;
type Choice = {
  [N in Name]: (typeof TRAIN_SETTINGS)[N] extends ChoiceSetting<infer C> ? `${KeyOf<N>}_${KeyOf<C>}` : never;
}[Name];
type Label = (facts?: object, options?: { locale?: Language }) => string;

/** The type checker refuses a setting, a choice, a unit or a preset without its words. */
const labels: Record<`setting_${KeyOf<Name>}_${'label' | 'help' | 'why'}` | `setting_${Choice}`, Label> &
  Record<`unit_${KeyOf<Unit>}` | `preset_${KeyOf<PresetName>}`, Label> = m;

export const settingLabel = (name: Name): string => labels[`setting_${keyOf(name)}_label`]();
/** What it does, in a sentence. */
export const settingHelp = (name: Name): string => labels[`setting_${keyOf(name)}_help`]();
/** Why its default is what it is. */
export const settingWhy = (name: Name): string => labels[`setting_${keyOf(name)}_why`]();
export const unitLabel = (unit: Unit): string => labels[`unit_${keyOf(unit)}`]();
export const presetHelp = (name: PresetName): string => labels[`preset_${keyOf(name)}`]();

/** The words of a choice; a value that is none is shown as it is. */
export const choiceLabel = (name: Name, choice: string): string =>
  (labels as Partial<Record<string, Label>>)[`setting_${keyOf(name)}_${keyOf(choice)}`]?.() ?? choice;

/** Label and help in every language, for the search. */
export const settingTexts = (name: Name): string[] =>
  locales.flatMap((locale) =>
    (['label', 'help'] as const).map((part) => labels[`setting_${keyOf(name)}_${part}`]({}, { locale })),
  );
