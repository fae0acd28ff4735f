// The settings of a run that had an effect on it, which of them a person had changed, and what those were before.
import type { RunRecord } from '../../base/records/run';
import { hasEffect } from '../../base/settings/conditions';
import { presetOf } from '../../base/settings/presets';
import { defaultSettings, type TrainSettings } from '../../base/settings/trainSettings';

/**
 * The defaults of the changed settings, by name. Records of older versions do not hold them: a run from scratch is
 * compared with its preset; what a tuning's defaults were is not known, then undefined.
 */
export function changedDefaults(run: RunRecord): Partial<TrainSettings> | undefined {
  const { defaults, settings, origin, model } = run;
  if (defaults || !settings) return defaults;
  const preset = origin.kind === 'scratch' ? presetOf(model) : undefined;
  if (!preset) return undefined;
  const before: TrainSettings = { ...defaultSettings(), ...preset.settings };
  const names = Object.keys(settings) as (keyof TrainSettings)[];
  return Object.fromEntries(names.flatMap((name) => (settings[name] === before[name] ? [] : [[name, before[name]]])));
}

/** A setting that had no effect on a run has no value in it. */
export function settingOf(run: RunRecord, name: keyof TrainSettings): TrainSettings[typeof name] | undefined {
  if (!run.settings) return undefined;
  const settings = { ...defaultSettings(), ...run.settings };
  return hasEffect(name, settings) ? settings[name] : undefined;
}
