// The desk over a storage: decisions one by one, reloads in between, another tab, and the version that comes of them.
import { beforeEach, describe, expect, test } from 'vitest';
import type { DatasetRecord, StoredRow } from '../../../src/base/records/dataset';
import type { LabelAnswer, LabelTask } from '../../../src/base/records/labels';
import type { LabelPlace } from '../../../src/base/wire/labels';
import { allStoredRows, deleteDataset, writeDataset } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { deleteLabelTask, keepLabelTask, labelDecisions, listLabelTasks } from '../../../src/storage/labels';
import { sweepAtStart, UNDO_MS } from '../../../src/storage/sweep';
import { LabelDesk } from '../../../src/studio/data/labelDesk';
import { labelVersion } from '../../../src/studio/data/labelVersion';
import { makeVersion } from '../../../src/studio/data/recipe';
import { classAnswer, decisionOn, labelTask } from '../../data/labels/tasks';
import { all } from '../../formats/helpers';
import { describedDataset, failCommits, freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const ROWS = ['low water', 'high water', 'slack water', 'spring tide', 'neap tide'];

async function opened(
  rows: readonly Partial<StoredRow>[],
  patch: Partial<LabelTask> = {},
  dataset: Partial<DatasetRecord> = {},
): Promise<LabelPlace> {
  const { id } = await writeDataset(db, async (sink) => {
    for (const { row = '', facts } of rows) await sink.add(row, facts);
    return { ...describedDataset('tides'), ...dataset };
  });
  await keepLabelTask(db, labelTask({ rootId: id, ...patch }));
  return { taskId: 't', datasetId: id };
}
const texts = (rows: readonly string[]): Partial<StoredRow>[] => rows.map((row) => ({ row }));
const rowsOf = (id: string): Promise<StoredRow[]> => all(allStoredRows(db, id));

/** Answers the items in turn, each at a desk of its own: as if the page were loaded anew each time. */
async function answer(place: LabelPlace, answers: readonly LabelAnswer[]): Promise<void> {
  for (const one of answers) {
    const desk = new LabelDesk(db);
    const { item } = await desk.view(place);
    await desk.decide(place, decisionOn(item!.id, one));
  }
}

describe('decisions', () => {
  test('outlive a reload after each, and come back one by one', async () => {
    const place = await opened(texts(ROWS));
    await answer(place, [classAnswer('calm'), classAnswer('rough'), { kind: 'skip' }]);
    const desk = new LabelDesk(db);
    expect((await desk.view(place)).item).toMatchObject({ id: 3, number: 4, parts: [{ text: 'spring tide' }] });
    const brought: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const { item, progress } = await desk.undo(place);
      brought.push([item?.id, item?.before, progress.canUndo]);
    }
    expect(brought).toEqual([
      [2, { kind: 'skip' }, true],
      [1, classAnswer('rough'), true],
      [0, classAnswer('calm'), false],
    ]);
    expect(await db.count('labelDecisions')).toBe(0);
  });

  test('are asked of the rows of a filter alone, also after a reload, and of all again without it', async () => {
    const place = await opened(ROWS.map((row, i) => ({ row, facts: { zone: i % 2 ? 'low' : 'deep' } })));
    const zone = { column: 'zone', values: ['low'] };
    const only = { filter: [zone, { column: 'text', contains: 'tide' }], asked: [] };
    const low = { ...place, only: { ...only, filter: [zone] } };
    expect((await new LabelDesk(db).view({ ...place, only })).item?.id).toBe(3);
    const desk = new LabelDesk(db);
    expect((await desk.view(place)).item?.id).toBe(0);
    expect(await desk.view(low)).toMatchObject({ item: { id: 1 }, progress: { rows: 2, decided: 0 } });
    expect(await desk.openPlaces(low, 9)).toEqual([1, 3]);
    await answer(low, [classAnswer('calm'), classAnswer('calm')]);
    const { item, progress } = await desk.view(low);
    expect([item, progress.rows, progress.decided]).toEqual([undefined, 2, 2]);
    expect(await desk.view(place)).toMatchObject({ item: { id: 0 }, progress: { rows: 5, decided: 2 } });
  });

  test('of another tab are read before the next one is stored', async () => {
    const place = await opened(texts(ROWS));
    const [here, there] = [new LabelDesk(db), new LabelDesk(db)];
    await here.view(place);
    await there.decide(place, decisionOn(0));
    const { item, progress } = await here.decide(place, decisionOn(0, classAnswer('rough')));
    expect([item?.id, progress.decided]).toEqual([1, 1]);
    expect(await db.count('labelDecisions')).toBe(2);
  });

  test('that could not be stored leave the item where it is', async () => {
    const place = await opened(texts(ROWS));
    const desk = new LabelDesk(db);
    const restore = failCommits('labelDecisions', 'QuotaExceededError');
    await expect(desk.decide(place, decisionOn(0))).rejects.toMatchObject({ code: 'storage-full' });
    restore();
    expect((await desk.view(place)).item?.id).toBe(0);
  });

  test('of another kind, or for a task that was deleted, are refused', async () => {
    const place = await opened(texts(ROWS));
    const desk = new LabelDesk(db);
    await expect(desk.decide(place, decisionOn(0, { kind: 'drop' }))).rejects.toMatchObject({ code: 'label-other' });
    await deleteLabelTask(db, 't');
    await expect(desk.decide(place, decisionOn(0))).rejects.toMatchObject({ code: 'labels-missing' });
  });

  test('that put rows off are asked once more when the person wants it', async () => {
    const place = await opened(texts(ROWS));
    await answer(place, [{ kind: 'skip' }, classAnswer('calm'), { kind: 'skip' }]);
    const { item, progress } = await new LabelDesk(db).askSkipped(place);
    expect([item?.id, progress.decided, progress.skipped]).toEqual([0, 1, 0]);
  });
});

describe('the version', () => {
  test('has the labels as columns, and the task goes on over it', async () => {
    const place = await opened(texts(ROWS));
    await answer(place, [classAnswer('calm'), classAnswer('rough'), { kind: 'skip' }]);
    const version = await labelVersion(db, { ...place, labelledOnly: false });
    expect((await rowsOf(version.id)).map(({ facts }) => facts['label'])).toEqual([
      'calm',
      'rough',
      ...Array<undefined>(3),
    ]);
    expect(version.version?.sheet.made[0]?.steps[0]?.did.reasons).toEqual({ labelled: 2 });
    const { item, progress } = await new LabelDesk(db).view({ ...place, datasetId: version.id });
    expect([item?.id, progress.decided]).toEqual([3, 2]);
    const only = await labelVersion(db, { ...place, labelledOnly: true });
    expect((await rowsOf(only.id)).map(({ row }) => row)).toEqual(['low water', 'high water']);
  });

  test('keeps labels of rows after rows before them went', async () => {
    const place = await opened(texts(ROWS));
    const edits = [JSON.stringify({ id: 0 })];
    const steps = [{ id: 's', kind: 'edit', on: true, settings: { edits } }];
    const { id } = await makeVersion(db, {
      datasetId: place.datasetId,
      recipe: { format: 'atelier-recipe', version: 1, steps },
    });
    await answer({ ...place, datasetId: id }, [classAnswer('calm')]);
    const version = await labelVersion(db, { ...place, labelledOnly: true });
    expect(await rowsOf(version.id)).toEqual([{ row: 'high water', facts: { label: 'calm' }, id: 1 }]);
  });

  test('drops and fixes rows', async () => {
    const place = await opened(texts(ROWS), { kind: 'keep' });
    await answer(place, [{ kind: 'drop' }, { kind: 'fix', texts: ['High water.'] }, { kind: 'keep' }]);
    const version = await labelVersion(db, { ...place, labelledOnly: false });
    expect((await rowsOf(version.id)).map(({ row }) => row)).toEqual(['High water.', ...ROWS.slice(2)]);
  });

  test('fixes what stood there alone: what was cleaned since does not come back', async () => {
    const place = await opened(texts(['mail mia@example.org', 'high water']), { kind: 'keep' });
    const fixes = ['Mail mia@example.org!', 'High water.'].map((text): LabelAnswer => ({ kind: 'fix', texts: [text] }));
    await answer(place, fixes);
    const steps = [{ id: 's', kind: 'personal-data', on: true, settings: {} }];
    const cleaned = await makeVersion(db, {
      datasetId: place.datasetId,
      recipe: { format: 'atelier-recipe', version: 1, steps },
    });
    const version = await labelVersion(db, { ...place, datasetId: cleaned.id, labelledOnly: false });
    expect((await rowsOf(version.id)).map(({ row }) => row)).toEqual(['mail [EMAIL_1]', 'High water.']);
  });

  test('of pairs: the answers change places where the second is better, whatever their lengths', async () => {
    const said = (content: string, reasoning?: string) => ({ role: 'assistant' as const, content, reasoning });
    const pair = (i: number) => ({
      prompt: [{ role: 'user', content: `q${String(i)}` }],
      chosen: [said('good')],
      rejected: [said('bad', 'hm')],
    });
    const rows = [0, 1, 2].map((i) => ({ row: JSON.stringify(pair(i)) }));
    const place = await opened(rows, { kind: 'better' }, { content: 'preference' });
    await answer(place, [
      { kind: 'better', better: 'second' },
      { kind: 'better', better: 'first' },
      { kind: 'better', better: 'tie' },
    ]);
    const version = await labelVersion(db, { ...place, labelledOnly: false });
    const made = (await rowsOf(version.id)).map(({ row }) => JSON.parse(row) as ReturnType<typeof pair>);
    expect(made).toEqual([{ ...pair(0), chosen: pair(0).rejected, rejected: pair(0).chosen }, pair(1)]);

    // what changed places does not change back by the answer that made it; one that is given there is of what is shown
    const there = { ...place, datasetId: version.id };
    expect(
      (await rowsOf((await labelVersion(db, { ...there, labelledOnly: false })).id)).map(({ row }) => row),
    ).toEqual((await rowsOf(version.id)).map(({ row }) => row));
    const desk = new LabelDesk(db);
    const brought = await desk.undo(there);
    expect(brought.item).toMatchObject({ id: 1, before: { kind: 'better', better: 'first' } });
    const first = await desk.undo(there);
    expect(first.item).toMatchObject({ id: 0, before: { kind: 'better', better: 'first' } });
    await answer(there, [{ kind: 'better', better: 'second' }]);
    expect(await labelDecisions(db, place.taskId)).toMatchObject([{ rowId: 2 }, { answer: { better: 'first' } }]);
    const [again] = await rowsOf((await labelVersion(db, { ...there, labelledOnly: false })).id);
    expect(JSON.parse(again!.row)).toEqual(pair(0));
  });

  test('without labels there is none', async () => {
    const place = await opened(texts(ROWS));
    await expect(labelVersion(db, { ...place, labelledOnly: false })).rejects.toMatchObject({ code: 'labels-none' });
  });
});

describe('what is swept', () => {
  const later = { now: Date.now() + UNDO_MS + 60_000 };

  test('labels stay as long as a version of the text is here, and go with the last', async () => {
    const place = await opened(texts(ROWS));
    await answer(place, [classAnswer('calm')]);
    const version = await labelVersion(db, { ...place, labelledOnly: false });
    await deleteDataset(db, place.datasetId);
    await sweepAtStart(db, later);
    expect(await listLabelTasks(db, place.datasetId)).toMatchObject([{ task: { id: 't' }, decisions: 1 }]);
    await deleteDataset(db, version.id);
    await sweepAtStart(db, later);
    expect([await db.count('labelTasks'), await db.count('labelDecisions')]).toEqual([0, 0]);
  });

  test('a deleted task goes with its decisions, when its undo is past', async () => {
    const place = await opened(texts(ROWS));
    await answer(place, [classAnswer('calm')]);
    await deleteLabelTask(db, 't');
    expect(await listLabelTasks(db, place.datasetId)).toEqual([]);
    expect(await db.count('labelDecisions')).toBe(1);
    await sweepAtStart(db, later);
    expect([await db.count('labelTasks'), await db.count('labelDecisions')]).toEqual([0, 0]);
  });
});
