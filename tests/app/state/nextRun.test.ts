import { datasetRecord, pageOn, runRecord } from '../fakes';
import { expect, test } from 'vitest';
import { nextRun } from '../../../src/app/state/nextRun';
import { sampleSource } from '../../../src/base/records/samples';
import { modelOf, presetNamed } from '../../../src/base/settings/presets';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { RunFacts } from '../../../src/base/wire/requests';

const facts: RunFacts = {
  texts: [{ name: 'tea', id: 'd', listed: true }],
  tokenizer: { id: 't', name: 'tok', vocabSize: 300 },
  gpuNames: [],
  milliseconds: 0,
};
const preset = presetNamed('0.1M');
const settings = { ...defaultSettings(), ...preset.settings, seed: 7 };
const run = { ...runRecord('a', { model: modelOf(preset, 300, 64, 'llama') }), settings };
const general = datasetRecord('general', { source: sampleSource('english-general-text') });
const page = () =>
  pageOn({
    listDatasets: () => Promise.resolve([datasetRecord('d')]),
    runFacts: () => Promise.resolve(facts),
    importSample: () => Promise.resolve(general),
  });

test('the next run is made as the one before, but for what changes, and one undo brings the form back', async () => {
  const { data, form, models } = page();
  form.setName('mine');
  const { path, missing, undo } = await nextRun({ data, form, models }, run, { settings: { goldfish: 4 } });
  expect([path, missing]).toEqual(['model/scratch', []]);
  expect(form.settings).toEqual({ ...settings, goldfish: 4 });
  expect(form.datasetIds).toEqual(['d']);
  undo();
  expect([form.settings.goldfish, form.name]).toEqual([0, 'mine']);
});

test('general rows are read and mixed in beside its text', async () => {
  const { data, form, models } = page();
  await nextRun({ data, form, models }, run, { general: 'english-general-text' });
  expect(form.mix.used).toEqual([{ datasetId: 'general', share: 0.1 }]);
  expect([form.datasetIds, form.settings]).toEqual([['d'], settings]);
});
