import '../page';
import { describe, expect, test } from 'vitest';
import { beginningOf, firstSample, onlySample, samplesIn, suggestedPreset } from '../../../src/app/state/beginnings';
import { presetNamed } from '../../../src/base/settings/presets';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { MachineFacts } from '../../../src/base/wire/machine';
import { datasetRecord } from '../fakes';

const SLOW = { webgpu: { available: true, isFallback: true }, threads: 2 } as MachineFacts;
const FAST = { webgpu: { available: true, isFallback: false }, threads: 2 } as MachineFacts;
const small = presetNamed('0.1M');
const on = (patch: object) =>
  beginningOf({
    ...{ preset: small, sample: undefined, settings: defaultSettings(), stepSeconds: undefined, tokens: 1e6 },
    ...patch,
  });

test('the samples of a reader are those of the language of the page', () => {
  expect(samplesIn('zh')).toEqual(['chinese-stories', 'chinese-dialogues', 'chinese-questions', 'chinese-tools']);
  expect(firstSample('en')).toBe('sample:english-stories');
});

test('a sample counts where it is all that was chosen, read or not', () => {
  const read = datasetRecord('a', { source: 'sample:english-questions' });
  expect(onlySample(['a'], [read])).toBe('english-questions');
  expect(onlySample(['sample:english-stories'], [])).toBe('english-stories');
  expect(onlySample(['a', 'b'], [read, datasetRecord('b')])).toBeUndefined();
  expect(onlySample(['b'], [datasetRecord('b')])).toBeUndefined();
  expect(onlySample([], [read])).toBeUndefined();
});

test('on a software adapter a sample is learned by the next size, any other text by the smallest', () => {
  expect(suggestedPreset(SLOW, 'english-stories')).toBe('0.1M');
  expect(suggestedPreset(SLOW, undefined)).toBe('0.03M');
  expect(suggestedPreset(FAST, 'english-stories')).toBe('0.8M');
});

describe('defaults', () => {
  test('a new model takes as many steps as fill a minute and a half, once a pace is known', () => {
    expect(on({})).toEqual({ durationUnit: 'steps' });
    expect(on({ stepSeconds: 0.1 })).toEqual({ durationUnit: 'steps', steps: 900 });
  });

  test('a tuning keeps its epochs, but on a sample it is a minute', () => {
    expect(on({ preset: undefined, stepSeconds: 0.1 })).toEqual({});
    const tuned = on({ preset: undefined, sample: 'english-dialogues', stepSeconds: 0.1 });
    expect(tuned).toMatchObject({ durationUnit: 'steps', steps: 600 });
    expect(tuned).not.toHaveProperty('learningRate');
  });

  test('the prompt of a sample is what its text begins with, and of dialogues what the guest says', () => {
    expect(on({ sample: 'chinese-stories' }).samplePrompt).toBe('从前');
    const asText = on({ sample: 'english-dialogues' });
    expect(asText.samplePrompt).toBe('user: Hello. Do you have apple cake?\nassistant:');
    const asChat = on({ sample: 'english-dialogues', settings: { ...defaultSettings(), task: 'chat' } });
    expect(asChat.samplePrompt).toBe('Hello. Do you have apple cake?');
    const calls = on({ sample: 'english-tools', settings: { ...defaultSettings(), task: 'chat' } });
    expect(calls.samplePrompt).toBe(''); // a question of its rows, with their tools
  });
});
