import { datasetRecord, pageOn } from '../../fakes';
import { expect, test } from 'vitest';
import { SettingsDraft } from '../../../../src/app/panels/Model/settingsDraft.svelte';

test('what is typed stays while texts and the pace of the machine arrive, and is what is applied', async () => {
  const page = pageOn({ listDatasets: () => Promise.resolve([datasetRecord('text')]) });
  const draft = new SettingsDraft(page);
  page.form.set('steps', 19);
  draft.begin();
  expect(draft.text).toContain('"steps": 19');
  draft.text = '{ "steps": 5000, "preset": "0.03M" }';
  await page.form.load();
  page.form.set('batchSize', 2);
  expect(draft.text).toBe('{ "steps": 5000, "preset": "0.03M" }');
  expect([draft.apply(), page.form.settings.steps, page.form.presetName]).toEqual([true, 5000, '0.03M']);
});

test('a text that is no settings is named and changes nothing; applied settings can be taken back', async () => {
  const page = pageOn();
  const draft = new SettingsDraft(page);
  page.form.set('steps', 19);
  draft.begin();
  draft.text = '{ "steps": -1 }';
  expect([draft.apply(), page.form.settings.steps]).toEqual([false, 19]);
  expect(draft.error).toContain('steps');
  draft.text = '{ "steps": 40 }';
  expect([draft.apply(), draft.error, page.form.settings.steps]).toEqual([true, undefined, 40]);
  await page.toasts.undo();
  expect(page.form.settings.steps).toBe(19);
});
