import { pageOn, runRecord } from '../fakes';
import { describe, expect, test } from 'vitest';
import { againFrom } from '../../../src/app/state/startAgain';
import { modelOf, presetNamed } from '../../../src/base/settings/presets';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { RunFacts } from '../../../src/base/wire/requests';

const prepared = { trainRows: 9, validationRows: 1, trainTokens: 90, validationTokens: 10, sha256: 'p' };
const facts: RunFacts = {
  texts: [{ name: 'tea', id: 'd', listed: true }],
  prepared: { ...prepared, validationShare: 0.2, picks: { repeats: true } },
  tokenizer: { id: 't', name: 'tok', vocabSize: 300 },
  gpuNames: [],
  milliseconds: 0,
};
const none = (): boolean => false;

describe('the settings of a run from scratch', () => {
  const preset = presetNamed('0.1M');
  const settings = { ...defaultSettings(), ...preset.settings, learningRate: 0.25, seed: 7 };
  const run = { ...runRecord('a', { model: modelOf(preset, 300, 64, 'gpt2') }), settings };

  test('are those of the form, with the same size, family, texts, tokenizer and share', () => {
    const { draft, path, missing } = againFrom(run, facts, none);
    const { form } = pageOn();
    form.restore(draft);
    expect(form.settings).toEqual(settings);
    expect(form.overrides).toEqual({ learningRate: 0.25, seed: 7 });
    expect([form.presetName, form.family, form.tokenizer]).toEqual(['0.1M', 'gpt2', 't']);
    expect([form.datasetIds, form.validationShare, path, missing]).toEqual([['d'], 0.2, 'model/scratch', []]);
    expect(form.picks).toEqual({ repeats: true });
  });

  test('have the texts that were mixed in with their shares, without those that are gone', () => {
    const texts = ['d', 'e', 'f'].map((id) => ({ name: id, id, listed: id !== 'e' }));
    const mix = [
      { datasetId: 'e', share: 0.1 },
      { datasetId: 'f', share: 0.2 },
    ];
    const { draft, missing } = againFrom({ ...run, mix }, { ...facts, texts }, none);
    expect([draft.datasetIds, draft.mix, missing]).toEqual([['d'], [mix[1]], ['e']]);
  });

  test('come back to what stood in the form before', () => {
    const { form } = pageOn();
    form.set('steps', 12);
    const before = form.draft;
    form.restore(againFrom(run, facts, none).draft);
    form.restore(before);
    expect([form.settings.steps, form.overrides, form.draft]).toEqual([12, { steps: 12 }, before]);
  });

  test('come with a new tokenizer as large, and name the texts that are gone', () => {
    const { prepared: _prepared, tokenizer: _tokenizer, ...rest } = facts;
    const { draft, missing } = againFrom(run, { ...rest, texts: [{ name: 'tea', listed: false }] }, none);
    expect([draft.tokenizer, draft.vocabSize, draft.datasetIds, missing]).toEqual(['new-bpe', 300, undefined, ['tea']]);
  });
});

describe('the settings of a tuning', () => {
  const settings = { ...defaultSettings(), method: 'lora' as const };
  const ofModel = { ...runRecord('a', { origin: { kind: 'model', modelId: 'm', name: 'Little' } }), settings };
  const origin = { kind: 'checkpoint', checkpointId: 'c', runName: 'parent', step: 4 } as const;
  const ofRun = { ...runRecord('b', { origin }), settings };

  test.each([
    ['a model', ofModel, { mode: 'pretrained', pretrainedId: 'm' }, 'model/pretrained/m'],
    ['a run', ofRun, { mode: 'further', fromRunId: 'r', fromCheckpointId: 'c' }, 'model/further/r/c'],
  ])('begin from %s', (_what, run, draft, path) => {
    const again = againFrom(run, { ...facts, fromRunId: 'r' }, (id) => id === 'm');
    expect(again.draft).toMatchObject({ ...draft, overrides: settings });
    expect([again.path, again.missing]).toEqual([path, []]);
  });

  test.each([
    ['a model', ofModel, 'Little'],
    ['a run', ofRun, 'parent'],
  ])('name %s that is gone', (_what, run, name) => {
    expect(againFrom(run, facts, none).missing).toEqual([name]);
  });
});
