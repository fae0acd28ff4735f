// The label view's state on workers of a test's own: one answer at a time, what fails, and what is told aloud.
import '../../../page';
import { expect, test, vi } from 'vitest';
import { Labeling } from '../../../../../src/app/panels/Data/Label/labeling.svelte';
import { AtelierError } from '../../../../../src/base/errors/errors';
import type { DatasetRecord } from '../../../../../src/base/records/dataset';
import type { LabelItem, LabelView } from '../../../../../src/base/wire/labels';
import type { DataApi } from '../../../../../workers/data.api';
import { classAnswer, labelTask } from '../../../../data/labels/tasks';
import { pageOn } from '../../../fakes';

const itemOf = (id: number): LabelItem => ({
  ...{ id, row: `row ${id}`, content: 'text', facts: {}, number: id + 1, turned: false },
  parts: [{ kind: 'text', text: `row ${id}` }],
});
const viewOf = (id: number, canUndo = true): LabelView => ({
  item: itemOf(id),
  progress: {
    ...{ rows: 9, decided: id, skipped: 0, counts: [], canUndo },
    agreement: { pairs: 0, same: 0 },
    suggested: { shown: 0, taken: 0 },
  },
});
const DATASET = { id: 'd', name: 'tides', rows: 9 } as Partial<DatasetRecord> as DatasetRecord;

async function opened(answers: Partial<DataApi>): Promise<Labeling> {
  const page = pageOn({
    listLabelTasks: () => Promise.resolve([{ task: labelTask(), decisions: 0 }]),
    labelView: () => Promise.resolve(viewOf(0, false)),
    ...answers,
  });
  const labeling = new Labeling(page);
  await labeling.open(DATASET, 't');
  return labeling;
}

test('until the next item is here no further answer is taken: nobody has seen what it would be on', async () => {
  const waiting: ((view: LabelView) => void)[] = [];
  const decideLabel = vi.fn(() => new Promise<LabelView>((done) => waiting.push(done)));
  const labeling = await opened({ decideLabel });
  const first = labeling.decide(classAnswer('calm'));
  await labeling.decide(classAnswer('rough'));
  expect(decideLabel).toHaveBeenCalledOnce();
  waiting[0]!(viewOf(1));
  await first;
  expect(labeling.told).toMatchObject({ deed: classAnswer('calm'), item: { id: 1 } });
  void labeling.decide(classAnswer('rough'));
  expect(decideLabel.mock.calls.map((call) => (call as unknown[])[1])).toMatchObject([
    { rowId: 0, answer: classAnswer('calm') },
    { rowId: 1, answer: classAnswer('rough') },
  ]);
});

test('an answer that could not be stored leaves the item, and is given again', async () => {
  const decideLabel = vi
    .fn<DataApi['decideLabel']>()
    .mockRejectedValueOnce(new AtelierError('storage-full', { needed: 1, used: 9 }))
    .mockResolvedValueOnce(viewOf(1));
  const labeling = await opened({ decideLabel });
  await labeling.decide(classAnswer('calm'));
  expect([labeling.error?.code, labeling.view?.item?.id, labeling.busy]).toEqual(['storage-full', 0, false]);
  await labeling.decide(classAnswer('calm'));
  expect([labeling.error, labeling.view?.item?.id]).toEqual([undefined, 1]);
});

test('with nothing to take back no worker is asked', async () => {
  const undoLabel = vi.fn(() => Promise.resolve(viewOf(0, false)));
  const labeling = await opened({ undoLabel, decideLabel: () => Promise.resolve(viewOf(1)) });
  await labeling.undo();
  expect(undoLabel).not.toHaveBeenCalled();
  await labeling.decide(classAnswer('calm'));
  await labeling.undo();
  expect([undoLabel.mock.calls.length, labeling.told?.deed, labeling.view?.item?.id]).toEqual([1, 'brought', 0]);
});

test('an answer to a task that was left does not show its item in the next one', async () => {
  let arrive = (_view: LabelView): void => undefined;
  const decideLabel = () => new Promise<LabelView>((done) => (arrive = done));
  const labeling = await opened({ decideLabel });
  const late = labeling.decide(classAnswer('calm'));
  await labeling.open(DATASET, undefined);
  arrive(viewOf(1));
  await late;
  expect([labeling.view, labeling.task]).toEqual([undefined, undefined]);
});

test('the rows of a filter are found before one is asked; a cancel asks none, and without the filter all are asked', async () => {
  const only = { filter: [{ column: 'text', contains: 'ebb' }], asked: [] };
  const tableView = vi.fn<DataApi['tableView']>().mockRejectedValueOnce(new AtelierError('cancelled'));
  tableView.mockResolvedValue({ rows: 9, matched: 2, columns: [], unlisted: 0 });
  const labelView = vi.fn<DataApi['labelView']>(() => Promise.resolve(viewOf(0)));
  const labeling = await opened({ tableView, labelView });
  await labeling.open(DATASET, 't', only);
  expect([labeling.filtering.cancelled, labeling.view]).toEqual([true, undefined]);
  await labeling.again();
  expect(labeling.passing?.matched).toBe(2);
  expect(labelView.mock.lastCall).toEqual([{ taskId: 't', datasetId: 'd', only }]);
  await labeling.open(DATASET, 't');
  expect([labelView.mock.lastCall, labeling.passing]).toEqual([[{ taskId: 't', datasetId: 'd' }], undefined]);
  expect(labelView).toHaveBeenCalledTimes(3);
});
