import { datasetRecord, pageOn, tokenizerRecord } from '../fakes';
import { expect, test } from 'vitest';
import { readFormDraft } from '../../../src/app/state/formDraft';

/** The form of a page that is loaded anew: what the browser kept is text. */
function reloaded(form: ReturnType<typeof pageOn>['form'], data: Parameters<typeof pageOn>[0] = {}) {
  const page = pageOn(data);
  page.form.restore(readFormDraft(JSON.parse(JSON.stringify(form.draft))));
  return page.form;
}

test('all that was changed is chosen again after a reload', () => {
  const { form } = pageOn();
  form.set('epochs', 7);
  form.set('samplePrompt', 'It was');
  form.choosePreset('3M');
  form.setVocabSize(700);
  form.setName('mine');
  form.validationShare = 0.2;
  form.typedIn('steps', 'zwei');
  const again = reloaded(form);
  expect(again.settings).toMatchObject({ epochs: 7, samplePrompt: 'It was' });
  expect([again.presetName, again.vocabSize, again.name, again.validationShare]).toEqual(['3M', 700, 'mine', 0.2]);
  expect([again.typed, again.badFields, again.restored]).toEqual([{ steps: 'zwei' }, ['steps'], true]);
  again.toDefaults();
  expect([again.changed, again.typed, again.restored, again.validationShare]).toEqual([[], {}, false, 0.1]);
  expect(again.presetName).toBe(pageOn().form.presetName);
});

test('texts and tokenizers that are gone are left, those that are here stay chosen', async () => {
  const data = {
    listDatasets: () => Promise.resolve([datasetRecord('old'), datasetRecord('new', { createdAt: 2 })]),
    listTokenizers: () => Promise.resolve([tokenizerRecord('t')]),
  };
  const { form } = pageOn(data);
  form.chooseDataset('old');
  form.toggleDataset('gone');
  form.tokenizer = 'deleted';
  const again = reloaded(form, data);
  await again.load();
  expect([again.datasetIds, again.tokenizer]).toEqual([['old'], 'new-bpe']);
});

test('a text that was not chosen by hand gives way to a newer one', async () => {
  const { form } = pageOn({ listDatasets: () => Promise.resolve([datasetRecord('old')]) });
  await form.load();
  const listDatasets = () => Promise.resolve([datasetRecord('old'), datasetRecord('new', { createdAt: 2 })]);
  const again = reloaded(form, { listDatasets });
  await again.load();
  expect([again.datasetIds, again.restored]).toEqual([['new'], false]);
});

test('what is no setting, or no value of one, is not taken up', () => {
  const kept = {
    mode: 'magic',
    preset: '9T',
    family: 'bert',
    vocabSize: -3,
    validationShare: 7,
    overrides: { epochs: 'many', steps: 5000, learningRate: 1e9, optimizer: 'lion', before: 1 },
    typed: { epochs: 'zwei', task: 'x', other: '1', steps: 5 },
  };
  expect(readFormDraft(kept)).toMatchObject({
    ...{ mode: 'scratch', preset: undefined, family: 'llama', vocabSize: undefined, validationShare: 0.1 },
    ...{ overrides: { steps: 5000 }, typed: { epochs: 'zwei' } },
  });
  for (const nothing of [undefined, null, 'text', 3, []]) expect(readFormDraft(nothing).overrides).toEqual({});
});
