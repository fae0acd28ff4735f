import { datasetRecord, pageOn, settle, untilAborted } from '../fakes';
import { expect, test, vi } from 'vitest';
import { Datasets } from '../../../src/app/state/datasets.svelte';
import { AtelierError } from '../../../src/base/errors/errors';
import type { DataApi } from '../../../workers/data.api';

function datasetsOn(data: Partial<DataApi>) {
  const page = pageOn(data);
  return { ...page, datasets: new Datasets(page) };
}
const file = (name: string): File => new File(['text'], name);

test('texts stand newest first, and the newest is open', async () => {
  const listDatasets = () => Promise.resolve([datasetRecord('a'), datasetRecord('b', { createdAt: 2 })]);
  const { datasets } = datasetsOn({ listDatasets });
  await datasets.load();
  expect([datasets.list.map(({ id }) => id), datasets.open?.id]).toEqual([['b', 'a'], 'b']);
});

test('a list that cannot be read says so until it can', async () => {
  const listDatasets = vi.fn(() => Promise.reject(new AtelierError('compute-busy', {})));
  const { datasets } = datasetsOn({ listDatasets });
  await datasets.load();
  expect([datasets.loadError?.code, datasets.loaded]).toEqual(['compute-busy', false]);
  listDatasets.mockImplementation(() => Promise.resolve([]) as Promise<never>);
  await datasets.load();
  expect([datasets.loadError, datasets.loaded]).toEqual([undefined, true]);
});

test('one file that cannot be read does not stop the others; the form learns of each text', async () => {
  const importFile = vi.fn((from: File) =>
    from.name === 'bad'
      ? Promise.reject(new AtelierError('compute-busy', {}))
      : Promise.resolve(datasetRecord(from.name)),
  );
  const { datasets, form } = datasetsOn({ importFile });
  await datasets.importFiles(['one', 'bad', 'two'].map(file));
  expect(importFile).toHaveBeenCalledTimes(3);
  expect(datasets.failures.map(({ code }) => code)).toEqual(['compute-busy']);
  expect([form.datasetIds, datasets.task.running]).toEqual([['two'], false]);
  datasets.dismiss(datasets.failures[0]!);
  expect(datasets.failures).toEqual([]);
});

test('cancel ends all files, and is no error', async () => {
  const importFile = vi.fn<DataApi['importFile']>((_file, _onProgress, signal) => untilAborted(signal));
  const { datasets } = datasetsOn({ importFile });
  const importing = datasets.importFiles(['one', 'two'].map(file));
  await settle();
  expect([datasets.importing, datasets.task.running]).toEqual(['one', true]);
  datasets.task.cancel();
  await importing;
  expect([importFile.mock.calls.length, datasets.failures, datasets.task.error]).toEqual([1, [], undefined]);
});

test('a text of spaces is refused before any worker is asked', async () => {
  const importText = vi.fn(() => Promise.resolve(datasetRecord('a')));
  const { datasets } = datasetsOn({ importText });
  await datasets.paste(' \n ');
  expect([datasets.failures.map(({ code }) => code), importText.mock.calls.length]).toEqual([['paste-empty'], 0]);
  await datasets.paste('words');
  expect(importText.mock.calls.length).toBe(1);
  expect(datasets.failures).toEqual([]);
});

test('a deleted text comes back with undo', async () => {
  const here = new Set(['a']);
  const { datasets, toasts } = datasetsOn({
    listDatasets: () => Promise.resolve([...here].map((id) => datasetRecord(id))),
    deleteDataset: (id) => Promise.resolve(void here.delete(id)),
    restoreDataset: (id) => Promise.resolve(void here.add(id)),
  });
  await datasets.load();
  await datasets.remove(datasets.open!);
  expect([datasets.list, datasets.open]).toEqual([[], undefined]);
  await toasts.undo();
  expect(datasets.open?.id).toBe('a');
});

test('a text that runs need is deleted only once the person has said so', async () => {
  const deleteDataset = vi.fn(() => Promise.resolve());
  const { datasets } = datasetsOn({
    listDatasets: () => Promise.resolve([datasetRecord('a')]),
    readersOf: () => Promise.resolve([{ id: 'r', name: 'r', underWay: true }]),
    deleteDataset,
  });
  await datasets.load();
  await datasets.remove(datasets.open!);
  expect([datasets.asked?.readers.map(({ name }) => name), deleteDataset.mock.calls.length]).toEqual([['r'], 0]);
  datasets.asked = undefined; // keep
  await datasets.removeAsked();
  expect(deleteDataset).not.toHaveBeenCalled();
  await datasets.remove(datasets.open!);
  await datasets.removeAsked();
  expect([datasets.asked, deleteDataset.mock.calls.length]).toEqual([undefined, 1]);
});
