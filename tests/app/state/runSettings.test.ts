import { runRecord } from '../fakes';
import { expect, test } from 'vitest';
import { changedDefaults } from '../../../src/app/state/runSettings';
import { modelOf, presetNamed } from '../../../src/base/settings/presets';
import { defaultSettings } from '../../../src/base/settings/trainSettings';

const preset = presetNamed('0.1M');
const run = runRecord('a', {
  model: modelOf(preset, 300, 64),
  settings: { ...defaultSettings(), ...preset.settings, learningRate: 0.25 },
});

test('what was changed is what the record says', () => {
  expect(changedDefaults({ ...run, defaults: { seed: 42 } })).toEqual({ seed: 42 });
});

test('of an older record it is what differs from the preset; of a tuning nothing is known', () => {
  expect(changedDefaults(run)).toEqual({ learningRate: preset.settings.learningRate });
  expect(changedDefaults({ ...run, origin: { kind: 'model', modelId: 'm', name: 'Little' } })).toBeUndefined();
});
