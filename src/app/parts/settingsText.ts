// Settings as JSON text, written and read back; the first fault is named.
import {
  settingFaults,
  defaultSettings,
  TRAIN_SETTINGS,
  type SettingFault,
  type TrainSettings,
} from '../../base/settings/trainSettings';
import { PRESETS, SCRATCH_FAMILIES, type PresetName, type ScratchFamily } from '../../base/settings/presets';

/** A configuration as text that a person copies, edits and pastes: JSON, one setting per line. */
export const writeSettingsText = (settings: TrainSettings, scratch?: Required<Scratch>): string =>
  JSON.stringify({ ...scratch, ...settings }, undefined, 2);

/** What a model from scratch is. */
interface Scratch {
  preset?: PresetName;
  family?: ScratchFamily;
}

export type ReadSettingsText =
  | ({ ok: true; settings: Partial<TrainSettings> } & Scratch)
  | { ok: false; fault: 'json' | 'object' | 'unknown' | 'preset' | 'family'; name: string }
  | { ok: false; fault: SettingFault['reason']; name: string };

/** Reads such a text; a setting that is not in it keeps its default. The first fault is named. */
export function readSettingsText(text: string): ReadSettingsText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, fault: 'json', name: error instanceof Error ? error.message : '' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, fault: 'object', name: '' };
  }
  const { preset, family, ...settings } = value as Record<string, unknown>;
  const unknown = Object.keys(settings).find((key) => !Object.hasOwn(TRAIN_SETTINGS, key));
  if (unknown !== undefined) return { ok: false, fault: 'unknown', name: unknown };
  const known = PRESETS.find((p) => p.name === preset)?.name;
  if (preset !== undefined && !known) return { ok: false, fault: 'preset', name: shown(preset) };
  const built = SCRATCH_FAMILIES.find((f) => f === family);
  if (family !== undefined && !built) return { ok: false, fault: 'family', name: shown(family) };
  const [fault] = settingFaults({ ...defaultSettings(), ...settings });
  if (fault) return { ok: false, fault: fault.reason, name: fault.key };
  return { ok: true, ...(known && { preset: known }), ...(built && { family: built }), settings };
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
