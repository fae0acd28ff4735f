import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { readSettingsText, writeSettingsText } from '../../../src/app/parts/settingsText';

describe('a configuration as text', () => {
  test('comes back as it went', () => {
    const settings = { ...defaultSettings(), steps: 77, samplePrompt: '从前 "x"', decayAll: true };
    const scratch = { preset: '3M', family: 'gpt2' } as const;
    expect(readSettingsText(writeSettingsText(settings, scratch))).toEqual({ ok: true, ...scratch, settings });
  });

  test('a part is enough', () => {
    expect(readSettingsText('{"learningRate": 2e-4}')).toEqual({ ok: true, settings: { learningRate: 2e-4 } });
  });

  test.each([
    ['{"steps": 1', 'json'],
    ['[1]', 'object'],
    ['{"setps": 3}', 'unknown'],
    ['{"preset": "7B"}', 'preset'],
    ['{"family": "rnn"}', 'family'],
    ['{"steps": 2.5}', 'integer'],
    ['{"steps": "3"}', 'type'],
    ['{"learningRate": -1}', 'range'],
    ['{"optimizer": "lion"}', 'choice'],
    ['{"__proto__": {"steps": 1}, "constructor": 1}', 'unknown'],
  ])('%s is refused', (text, fault) => expect(readSettingsText(text)).toMatchObject({ ok: false, fault }));
});
