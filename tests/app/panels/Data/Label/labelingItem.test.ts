// The label task that is open: a change of the task leaves the item on the page as it is.
import '../../../page';
import { expect, test } from 'vitest';
import type { LabelView } from '../../../../../src/base/wire/labels';
import { Labeling } from '../../../../../src/app/panels/Data/Label/labeling.svelte';
import type { AnswersRequest } from '../../../../../src/base/wire/scoring';
import type { DataApi } from '../../../../../workers/data.api';
import type { GpuApi } from '../../../../../workers/gpu.api';
import { classAnswer, labelTask } from '../../../../data/labels/tasks';
import { describedDataset } from '../../../../storage/storage';

const DATASET = { ...describedDataset('a'), id: 'd', createdAt: 1, rows: 3, characters: 9, chunks: 1 };

const viewOf = (id: number, number: number): LabelView => ({
  item: { id, row: 'low water', content: 'text', parts: [], facts: {}, number, turned: false },
  progress: {
    ...{ rows: 3, decided: number - 1, skipped: 0, counts: [], canUndo: number > 1 },
    ...{ agreement: { pairs: 0, same: 0 }, suggested: { shown: 0, taken: 0 } },
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
  const asked: AnswersRequest[] = [];
  const gpu: Partial<GpuApi> = {
    suggestAnswers: (request) => {
      asked.push(request);
      return Promise.resolve({ rows: 2, cut: 0, refused: 0 });
    },
  };
  data.openPlaces = (_place, most) => Promise.resolve([4, 2, 0].slice(0, most));
  data.speaker = () => Promise.resolve({ template: 'own', conversational: true, contextLength: 8, sampling: {} });
  const edits = { remove: () => Promise.resolve(true), rename: () => Promise.resolve() };
  const labeling = new Labeling({ data: data as DataApi, gpu: gpu as GpuApi, edits });
  await labeling.open(DATASET, 't');
  return Object.assign(labeling, { asked });
}

test('a model is asked about the next rows; the item that is shown has its suggestion then, and keeps the rest', async () => {
  const suggested = {
    ...{ model: 'm', answer: classAnswer('calm'), probability: 0.8 },
    all: [{ answer: classAnswer('calm'), probability: 0.8 }],
  };
  const before = viewOf(4, 1);
  const labeling = await opened([before, { ...before, item: { ...before.item!, suggested } }]);
  const answers = [{ answer: classAnswer('calm'), word: 'calm' }];
  const chosen = { value: 'model', label: 'm', stored: true, classifies: false };
  await labeling.suggest({ chosen, most: 2, prompt: '{text}:', answers });
  expect(labeling.asked).toEqual([
    {
      ...{ taskId: 't', datasetId: DATASET.id, weightsId: 'model', model: 'm', prompt: '{text}:', answers },
      ...{ places: [4, 2], conversational: true },
    },
  ]);
  expect(labeling.view?.item).toEqual({ ...before.item, suggested });
});

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
