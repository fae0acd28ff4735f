// The settings of a run in their order, their groups, and their values as a person writes them.
import type { Group } from '../../base/settings/settings';
import { TRAIN_SETTINGS, type TrainSettings } from '../../base/settings/trainSettings';
import { m } from './generated/messages.js';
import { language } from './language.svelte';
import { choiceLabel } from './settingLabels';

export const SETTING_NAMES = Object.keys(TRAIN_SETTINGS) as (keyof TrainSettings)[];

export const GROUPS: readonly { group: Group; label: () => string }[] = [
  { group: 'tuning', label: m.model_group_tuning },
  { group: 'length', label: m.model_group_length },
  { group: 'optimizer', label: m.model_group_optimizer },
  { group: 'schedule', label: m.model_group_schedule },
  { group: 'data', label: m.model_group_data },
  { group: 'watch', label: m.model_group_watch },
  { group: 'keep', label: m.model_group_keep },
  { group: 'machine', label: m.model_group_machine },
];

/** A value as a person writes it. */
export function written(name: keyof TrainSettings, value: number | string | boolean): string {
  if (typeof value === 'boolean') return value ? m.model_on() : m.model_off();
  if (typeof value === 'string') {
    return (TRAIN_SETTINGS[name].kind === 'choice' ? choiceLabel(name, value) : value) || '–';
  }
  const small = value !== 0 && Math.abs(value) < 0.01;
  return small ? language.format.rate(value) : language.format.number(value, 10);
}
