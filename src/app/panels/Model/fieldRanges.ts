// The ranges of the form's number fields, and what a text that one of them does not take is told.
import { TRAIN_SETTINGS } from '../../../base/settings/trainSettings';
import type { Setting } from '../../../base/settings/settings';
import { m } from '../../words/generated/messages.js';
import { numberFault } from '../../words/numberWords';
import type { NumberRange } from '../../words/readNumber';
import { settingLabel } from '../../words/settingLabels';
import type { NumberFieldName } from '../../state/formNames';

/** Bytes and the end token are always in it; more than this is not worth its rows at any size here. */
export const VOCABULARY: NumberRange = { min: 257, max: 32_768, integer: true };
/** Of a text that is mixed in; something is left for the main texts. */
export const MIX_PERCENT: NumberRange = { min: 0.1, max: 99, integer: false };
export const SHARE_PERCENT: NumberRange = { min: 0, max: 50, integer: false };

function fieldOf(name: NumberFieldName): { label: string; range: NumberRange } {
  if (name === 'vocabulary') return { label: m.model_vocabulary(), range: VOCABULARY };
  if (name === 'validation') return { label: m.model_validation(), range: SHARE_PERCENT };
  const setting: Setting = TRAIN_SETTINGS[name];
  const { min, max, integer = false } = setting.kind === 'number' ? setting : { min: 0, max: 0 };
  return { label: settingLabel(name), range: { min, max, integer } };
}

/** `Epochs: a number from 0.01 to 1,000.` */
export function fieldFault(name: NumberFieldName, text: string): string {
  const { label, range } = fieldOf(name);
  return m.ui_field_fault({ name: label, fault: numberFault(text, range) });
}
