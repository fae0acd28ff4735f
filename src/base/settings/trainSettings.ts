// Every setting of a run, once: default, range and place in the form. Words: src/app/words/{en,zh}/settings.json.
import { choiceSetting, numberSetting, switchSetting, textSetting, type Setting, type Values } from './settings';
import { TUNE_SETTINGS } from './tuneSettings';

export const TRAIN_SETTINGS = {
  ...TUNE_SETTINGS,
  durationUnit: choiceSetting({ group: 'length', default: 'steps', choices: ['steps', 'epochs'] }),
  steps: numberSetting({ group: 'length', simple: true, default: 300, min: 1, max: 1_000_000, integer: true }),
  epochs: numberSetting({ group: 'length', simple: true, default: 3, min: 0.01, max: 1000 }),
  contextLength: numberSetting({
    group: 'length',
    simple: true,
    default: 64,
    min: 8,
    max: 4096,
    integer: true,
    unit: 'tokens',
  }),
  batchSize: numberSetting({
    group: 'length',
    simple: true,
    default: 8,
    min: 1,
    max: 256,
    integer: true,
    unit: 'windows',
  }),
  accumulate: numberSetting({ group: 'length', default: 1, min: 1, max: 256, integer: true, unit: 'microBatches' }),
  optimizer: choiceSetting({ group: 'optimizer', default: 'adamw', choices: ['adamw', 'adam', 'sgd'] }),
  learningRate: numberSetting({ group: 'optimizer', simple: true, default: 1e-3, min: 1e-7, max: 10 }),
  beta1: numberSetting({ group: 'optimizer', default: 0.9, min: 0, max: 0.9999 }),
  beta2: numberSetting({ group: 'optimizer', default: 0.99, min: 0, max: 0.99999 }),
  epsilon: numberSetting({ group: 'optimizer', default: 1e-8, min: 1e-12, max: 1e-2 }),
  momentum: numberSetting({ group: 'optimizer', default: 0.9, min: 0, max: 0.9999 }),
  weightDecay: numberSetting({ group: 'optimizer', default: 0.1, min: 0, max: 10 }),
  decayAll: switchSetting({ group: 'optimizer', default: false }),
  clipNorm: numberSetting({ group: 'optimizer', default: 1, min: 0, max: 1000 }),
  schedule: choiceSetting({ group: 'schedule', default: 'cosine', choices: ['cosine', 'linear', 'constant'] }),
  warmupShare: numberSetting({ group: 'schedule', default: 0.05, min: 0, max: 0.9 }),
  finalRateShare: numberSetting({ group: 'schedule', default: 0.1, min: 0, max: 1 }),
  // NEFTune, noise on the embeddings, is no setting: the one report on such a trainer had it worse (litgpt#642)
  goldfish: numberSetting({ group: 'data', default: 0, min: 0, max: 1000, integer: true }),
  seed: numberSetting({ group: 'data', default: 42, min: 0, max: 0xffff_ffff, integer: true }),
  validationEvery: numberSetting({ group: 'watch', default: 50, min: 0, max: 100_000, integer: true, unit: 'steps' }),
  validationBatches: numberSetting({ group: 'watch', default: 8, min: 1, max: 10_000, integer: true, unit: 'batches' }),
  // off, as in runs of before it; what the form begins with is in presets.ts
  stopAfterChecks: numberSetting({ group: 'watch', default: 0, min: 0, max: 1000, integer: true, unit: 'checks' }),
  stopLeastGain: numberSetting({ group: 'watch', default: 0.005, min: 0, max: 0.5 }),
  sampleEvery: numberSetting({ group: 'watch', default: 100, min: 0, max: 100_000, integer: true, unit: 'steps' }),
  samplePrompt: textSetting({ group: 'watch', default: '', maxLength: 2000 }),
  saveEverySteps: numberSetting({ group: 'keep', default: 100, min: 0, max: 100_000, integer: true, unit: 'steps' }),
  saveEveryMinutes: numberSetting({ group: 'keep', default: 5, min: 0, max: 1440, unit: 'minutes' }),
  precision: choiceSetting({ group: 'machine', default: 'f32', choices: ['f32', 'f16'] }),
  throttle: choiceSetting({ group: 'machine', default: 'off', choices: ['off', 'gentle'] }),
} satisfies Record<string, Setting>;

export type TrainSettings = Values<typeof TRAIN_SETTINGS>;

const entries = Object.entries(TRAIN_SETTINGS) as [keyof TrainSettings, Setting][];

export const defaultSettings = (): TrainSettings =>
  Object.fromEntries(entries.map(([key, s]) => [key, s.default])) as TrainSettings;

export interface SettingFault {
  key: keyof TrainSettings;
  reason: 'range' | 'integer' | 'choice' | 'type' | 'length';
}

/** What is wrong with the settings, setting by setting; empty when a run may start with it. */
export function settingFaults(settings: Readonly<Record<string, unknown>>): SettingFault[] {
  return entries.flatMap(([key, s]) => {
    const reason = faultOf(s, settings[key]);
    return reason ? [{ key, reason }] : [];
  });
}

function faultOf(s: Setting, value: unknown): SettingFault['reason'] | undefined {
  switch (s.kind) {
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'type';
      if (value < s.min || value > s.max) return 'range';
      return s.integer && !Number.isInteger(value) ? 'integer' : undefined;
    case 'choice':
      return typeof value === 'string' && s.choices.includes(value) ? undefined : 'choice';
    case 'text':
      if (typeof value !== 'string') return 'type';
      return value.length > s.maxLength ? 'length' : undefined;
    case 'switch':
      return typeof value === 'boolean' ? undefined : 'type';
  }
}
