import { datasetRecord, pageOn, settle, untilAborted } from '../fakes';
import { expect, test, vi } from 'vitest';
import { Datasets } from '../../../src/app/state/datasets.svelte';
import { AtelierError } from '../../../src/base/errors/errors';
import type { DatasetRecord } from '../../../src/base/records/dataset';
import type { DataApi } from '../../../workers/data.api';
import { labelTask } from '../../data/labels/tasks';

function datasetsOn(data: Partial<DataApi>) {
  const page = pageOn(data);
  return { ...page, datasets: new Datasets(page) };
}
const file = (name: string, path = ''): File =>
  Object.defineProperty(new File(['text'], name), 'webkitRelativePath', { value: path });

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
  await datasets.importFiles(['one', 'bad', 'two'].map((name) => file(name)));
  expect(importFile).toHaveBeenCalledTimes(3);
  expect(datasets.failures.map(({ code }) => code)).toEqual(['compute-busy']);
  expect([form.datasetIds, datasets.task.running]).toEqual([['two'], false]);
  datasets.dismiss(datasets.failures[0]!);
  expect(datasets.failures).toEqual([]);
});

test('a file that could not be read is tried again, in the encoding that is chosen', async () => {
  const importFile = vi.fn<DataApi['importFile']>((_from, { encoding }) =>
    encoding === 'big5'
      ? Promise.resolve(datasetRecord('read'))
      : Promise.reject(new AtelierError('text-not-utf8', { file: 'bad', offset: 3, byte: '0xFF' })),
  );
  const { datasets } = datasetsOn({ importFile });
  await datasets.importFiles([file('bad')]);
  const [failure] = datasets.failures;
  expect(datasets.canTry(failure!)).toBe(true);
  expect(datasets.canTry(new AtelierError('text-not-utf8', { file: 'bad', offset: 3, byte: '0xFF' }))).toBe(false);
  await datasets.tryAgain(failure!, { encoding: 'big5' });
  expect(datasets.failures).toEqual([]);
  expect(importFile.mock.calls.map(([, { encoding }]) => encoding)).toEqual([undefined, 'big5']);
});

test('several files wait for the answer whether they are one text; those of a folder are', async () => {
  const importFiles = vi.fn<DataApi['importFiles']>((name) => Promise.resolve(datasetRecord(name)));
  const { datasets } = datasetsOn({ importFiles });
  const files = ['one.txt', 'two.csv'].map((name) => file(name));
  await datasets.bring(files);
  expect([datasets.several, importFiles.mock.calls.length]).toEqual([files, 0]);
  await datasets.joinFiles(files);
  expect([datasets.several, importFiles.mock.calls[0]?.[0]]).toEqual([undefined, 'one']);
  await datasets.bring(files.map(({ name }) => file(name, `notes/a/${name}`)));
  expect(importFiles.mock.calls[1]?.[0]).toBe('notes');
  expect(importFiles.mock.calls[1]?.[1].map(({ name }) => name)).toEqual(['notes/a/one.txt', 'notes/a/two.csv']);
});

test('a text is read again with what was chosen, and what it was before goes; where that fails it stays', async () => {
  let last = 0;
  let list = [datasetRecord('d1')];
  const importFile = vi.fn<DataApi['importFile']>((_file, { encoding }) => {
    if (encoding === 'big5') return Promise.reject(new AtelierError('text-not-encoding'));
    const made = datasetRecord(`d${++last}`);
    list = [...list.filter(({ id }) => id !== made.id), made];
    return Promise.resolve(made);
  });
  const deleteDataset = vi.fn((id: string) => Promise.resolve(void (list = list.filter((d) => d.id !== id))));
  const { datasets } = datasetsOn({ importFile, deleteDataset, listDatasets: () => Promise.resolve(list) });
  await datasets.bring([file('a.txt')]);
  expect(datasets.filesOf('d1')).toHaveLength(1);
  await datasets.readAgain(datasets.open!, { encoding: 'big5' });
  expect([deleteDataset.mock.calls.length, datasets.openId]).toEqual([0, 'd1']);
  await datasets.readAgain(datasets.open!, { encoding: 'gb18030' });
  expect(deleteDataset).toHaveBeenCalledWith('d1');
  await datasets.readAgain(datasets.open!, { delimiter: ';' });
  expect(importFile.mock.calls.at(-1)?.[1]).toEqual({ encoding: 'gb18030', delimiter: ';' });
});

test.each([
  ['that runs need', () => Promise.resolve([{ id: 'r', name: 'r', underWay: false }])],
  ['of which nobody knows who needs it', () => Promise.reject(new Error('closed'))],
])('a text %s stays beside what it is read as now', async (_which, readersOf) => {
  const stored: ReturnType<typeof datasetRecord>[] = [];
  const importFile = vi.fn<DataApi['importFile']>(() => {
    const record = datasetRecord(`d${stored.length}`);
    stored.push(record);
    return Promise.resolve(record);
  });
  const deleteDataset = vi.fn(() => Promise.resolve());
  const { datasets } = datasetsOn({
    importFile,
    deleteDataset,
    readersOf,
    listDatasets: () => Promise.resolve(stored),
  });
  await datasets.bring([file('a.txt')]);
  await datasets.readAgain(datasets.open!, { encoding: 'gb18030' });
  expect([datasets.openId, deleteDataset.mock.calls.length]).toEqual(['d1', 0]);
});

test('cancel ends all files, and is no error', async () => {
  const importFile = vi.fn<DataApi['importFile']>((_file, _choices, _onProgress, signal) => untilAborted(signal));
  const { datasets } = datasetsOn({ importFile });
  const importing = datasets.importFiles(['one', 'two'].map((name) => file(name)));
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

test('the last version of a text takes its labels along only once the person has said so', async () => {
  const deleteDataset = vi.fn(() => Promise.resolve());
  const version = { rootId: 'a' } as NonNullable<DatasetRecord['version']>;
  let list = [datasetRecord('a'), { ...datasetRecord('b'), version }];
  const listLabelTasks = vi.fn(() => Promise.resolve([{ task: labelTask(), decisions: 12 }]));
  const { datasets } = datasetsOn({ listDatasets: () => Promise.resolve(list), listLabelTasks, deleteDataset });
  await datasets.load();
  await datasets.remove(datasets.list.find(({ id }) => id === 'a')!);
  expect([datasets.asked, deleteDataset.mock.calls.length]).toEqual([undefined, 1]);
  list = list.slice(1);
  await datasets.load();
  await datasets.remove(datasets.list[0]!);
  expect([datasets.asked?.labels, deleteDataset.mock.calls.length]).toEqual([12, 1]);
  expect(listLabelTasks).toHaveBeenCalledExactlyOnceWith('a');
});
