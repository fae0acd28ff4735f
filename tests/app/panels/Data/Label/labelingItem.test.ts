// The label task that is open: a change of the task leaves the item on the page as it is.
import '../../../page';
import { expect, test } from 'vitest';
import type { LabelView } from '../../../../../src/base/wire/labels';
import { Labeling } from '../../../../../src/app/panels/Data/Label/labeling.svelte';
import type { DataApi } from '../../../../../workers/data.api';
import { labelTask } from '../../../../data/labels/tasks';
import { describedDataset } from '../../../../storage/storage';

const DATASET = { ...describedDataset('a'), id: 'd', createdAt: 1, rows: 3, characters: 9, chunks: 1 };

const viewOf = (id: number, number: number): LabelView => ({
  item: { id, row: 'low water', content: 'text', parts: [], facts: {}, number, turned: false },
  progress: {
    ...{ rows: 3, decided: number - 1, skipped: 0, counts: [], canUndo: number > 1 },
    agreement: { pairs: 0, same: 0 },
  },
});

/** A worker that gives the views in turn; the last again and again. */
async function opened(views: LabelView[]) {
  let task = labelTask();
  const next = (): Promise<LabelView> =>
    Promise.resolve(structuredClone(views.length > 1 ? views.shift()! : views[0]!));
  const data: Partial<DataApi> = {
    listLabelTasks: () => Promise.resolve([{ task, decisions: 0 }]),
    keepLabelTask: (changed) => Promise.resolve(void (task = changed)),
    labelView: next,
    decideLabel: next,
  };
  const edits = { remove: () => Promise.resolve(true), rename: () => Promise.resolve() };
  const labeling = new Labeling({ data: data as DataApi, edits });
  await labeling.open(DATASET, 't');
  return labeling;
}

test('a changed task keeps the item as it is shown, with what is typed on it', async () => {
  const labeling = await opened([viewOf(4, 1)]);
  const item = labeling.view?.item;
  await labeling.change({ classes: ['calm', 'rough', 'gale'] });
  expect(labeling.task?.classes).toEqual(['calm', 'rough', 'gale']);
  expect(labeling.view?.item).toBe(item);
});

test('another item, or the same row asked once more, begins anew', async () => {
  const labeling = await opened([viewOf(4, 1), viewOf(5, 1), viewOf(5, 2)]);
  await labeling.change({ repeatEvery: 2 });
  expect(labeling.view?.item?.id).toBe(5);
  const item = labeling.view?.item;
  await labeling.decide({ kind: 'skip' });
  expect(labeling.view?.item).not.toBe(item);
});
