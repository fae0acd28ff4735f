import { describe, expect, test } from 'vitest';
import {
  settingFaults,
  defaultSettings,
  TRAIN_SETTINGS,
  type TrainSettings,
} from '../../../src/base/settings/trainSettings';
import { hasEffect } from '../../../src/base/settings/conditions';
import { parameterCount, parameterSpecs } from '../../../src/base/modelShape';
import type { Setting } from '../../../src/base/settings/settings';
import { modelOf, PRESETS } from '../../../src/base/settings/presets';

describe('settings', () => {
  test('the defaults, alone and with each preset, are valid', () => {
    expect(settingFaults(defaultSettings())).toEqual([]);
    for (const preset of PRESETS) expect(settingFaults({ ...defaultSettings(), ...preset.settings })).toEqual([]);
  });

  test.each([
    ['steps', 0, 'range'],
    ['steps', 1.5, 'integer'],
    ['steps', '300', 'type'],
    ['learningRate', Number.NaN, 'type'],
    ['optimizer', 'toString', 'choice'],
    ['optimizer', 'lion', 'choice'],
    ['decayAll', 1, 'type'],
    ['samplePrompt', 'x'.repeat(2001), 'length'],
    ['samplePrompt', undefined, 'type'],
  ])('%s = %s is refused: %s', (key, value, reason) => {
    expect(settingFaults({ ...defaultSettings(), [key]: value })).toEqual([{ key, reason }]);
  });

  test('at most five are simple at a time', () => {
    const settings = defaultSettings();
    const simple = (Object.entries(TRAIN_SETTINGS) as [keyof TrainSettings, Setting][]).filter(
      ([name, { simple }]) => simple && hasEffect(name, settings),
    );
    expect(simple.length).toBeLessThanOrEqual(5);
  });
});

test('parameters are counted as the formula of a GPT-2 counts them', () => {
  for (const preset of PRESETS) {
    const { hiddenSize: h, layers, ...m } = modelOf(preset, 300, 64, 'gpt2');
    // a block: 12 h² of weights; biases of 9 h, and two norms of 2 h each
    expect(parameterCount({ ...m, hiddenSize: h, layers })).toBe(
      (300 + 64) * h + layers * (12 * h * h + 13 * h) + 2 * h,
    );
  }
});

test('parameters are counted as the formula of a Llama counts them', () => {
  for (const preset of PRESETS) {
    const m = modelOf(preset, 300, 64);
    const attention = m.hiddenSize * m.headDim * (2 * m.heads + 2 * m.kvHeads);
    const block = attention + 3 * m.hiddenSize * m.intermediateSize + 2 * m.hiddenSize;
    expect(parameterCount(m)).toBe(300 * m.hiddenSize + m.layers * block + m.hiddenSize);
    expect(new Set(parameterSpecs(m).map((p) => p.name)).size).toBe(2 + 6 * m.layers);
  }
});
