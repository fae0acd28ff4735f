import { datasetRecord, pageOn } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { GeneralRows, isAmong } from '../../../../src/app/panels/Model/generalRows.svelte';
import { AtelierError } from '../../../../src/base/errors/errors';
import { generalName, sampleContent, sampleSource, type BundledName } from '../../../../src/base/records/samples';

const recordOf = (name: BundledName) =>
  datasetRecord(name, { source: sampleSource(name), content: sampleContent(name), createdAt: 9 });
const asked = vi.fn((name: BundledName) => Promise.resolve(recordOf(name)));

test('general rows are read into storage, and mixed into the run beside its text', async () => {
  const page = pageOn({ listDatasets: () => Promise.resolve([datasetRecord('mine')]), importSample: asked });
  const { form } = page;
  await form.load();
  const rows = new GeneralRows(page);
  await rows.add(generalName('english', 'text'));
  expect([form.datasetIds, form.readIds]).toEqual([['mine'], ['mine', 'english-general-text']]);
  expect(form.mix.used).toEqual([{ datasetId: 'english-general-text', share: 0.1 }]);
  expect(form.mix.datasets.map(({ name }) => name)).toEqual(['General text, English']);
  await rows.add('english-general-text');
  expect(form.mix.ids).toEqual(['english-general-text']);
  const sources = form.mix.datasets.map(({ source }) => source);
  expect([isAmong('english-general-text', sources), isAmong('chinese-general-text', sources)]).toEqual([true, false]);
});

test('they are not taken for the newest text that a person brought', async () => {
  const general = recordOf('english-general-chat');
  const listDatasets = () => Promise.resolve([general, datasetRecord('mine', { createdAt: 2 })]);
  const { form } = pageOn({ listDatasets });
  await form.load();
  expect(form.datasetIds).toEqual(['mine']);
});

test('rows that cannot be read are told, and the run stays as it was', async () => {
  const importSample = () => Promise.reject(new AtelierError('starter-missing', { status: 404 }));
  const page = pageOn({ listDatasets: () => Promise.resolve([datasetRecord('mine')]), importSample });
  await page.form.load();
  const rows = new GeneralRows(page);
  await rows.add('english-general-text');
  expect([rows.task.error?.code, page.form.readIds]).toEqual(['starter-missing', ['mine']]);
});
