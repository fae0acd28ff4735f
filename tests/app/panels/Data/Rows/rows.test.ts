// The table of rows as the page has it: bars become conditions, one count at a time, and a cancel goes back.
import '../../../page';
import { expect, test, vi } from 'vitest';
import type { DatasetRecord } from '../../../../../src/base/records/dataset';
import type { TableQuery } from '../../../../../src/base/wire/rowTable';
import { AtelierError } from '../../../../../src/base/errors/errors';
import { RowsState } from '../../../../../src/app/panels/Data/Rows/rows.svelte';
import { changesIn } from '../../../../../src/app/panels/Data/Rows/rowChanges';
import type { ScoreRequest } from '../../../../../src/base/wire/scoring';
import type { DataApi } from '../../../../../workers/data.api';
import type { GpuApi } from '../../../../../workers/gpu.api';
import { describedDataset, draftOf } from '../../../../storage/storage';

const DATASET: DatasetRecord = { ...describedDataset('a'), id: 'd', createdAt: 1, rows: 9, characters: 9, chunks: 1 };
const COLUMNS = ['characters', 'label', 'rating', 'source', 'split'].map((key) => ({
  key,
  kind: 'category' as const,
  rows: 9,
}));

/** A worker that remembers what was asked; each view waits for `answer`. */
function opened() {
  const asked: TableQuery[] = [];
  const kept: string[] = [];
  const waiting: { done: () => void; fail: (thrown: Error) => void }[] = [];
  const data: Partial<DataApi> = {
    tableView: (query) => {
      asked.push(query);
      const view = { rows: 9, matched: 9 - query.filter.length, columns: COLUMNS, unlisted: 0 };
      return new Promise((resolve, reject) => waiting.push({ done: () => resolve(view), fail: reject }));
    },
    tableFacets: (_query, wanted) =>
      Promise.resolve(wanted.map(({ column }) => ({ column, bars: [], none: { rows: 0, here: 0 }, values: 0 }))),
    tableRows: ({ from, count }) =>
      Promise.resolve(
        Array.from({ length: count }, (_, i) => ({ id: from + i, index: from + i, text: 'x', cells: [] })),
      ),
    closeTable: () => Promise.resolve(),
  };
  const scored: ScoreRequest[] = [];
  data.tablePlaces = () => Promise.resolve([2, 5]);
  data.listCheckpoints = () =>
    Promise.resolve([
      { ...draftOf('r', 3), id: 'c3' },
      { ...draftOf('r', 2, { best: true }), id: 'c2' },
    ] as never);
  const gpu: Partial<GpuApi> = {
    scoreRows: (request) => {
      scored.push(request);
      return Promise.resolve({ rows: 2, cut: 0, refused: 0 });
    },
  };
  const keepPlace = (_id: string, place: string): void => void kept.push(place);
  const rows = new RowsState({ data: data as DataApi, gpu: gpu as GpuApi, keepPlace }, DATASET);
  const answer = async (): Promise<void> => {
    await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    waiting.shift()!.done();
    await vi.waitFor(() => expect(rows.counting.running && waiting.length === 0).toBe(false));
  };
  return { rows, asked, kept, waiting, answer, scored };
}

test('the first columns of those that one looks for are open', async () => {
  const { rows, answer } = opened();
  void rows.go(undefined);
  await answer();
  expect(rows.open).toEqual(['label', 'rating', 'split']);
});

test('losses are measured of the rows of the filter, under the best weights of a run, and their facet opens', async () => {
  const { rows, answer, scored, asked } = opened();
  void rows.go(undefined);
  await answer();
  rows.toggle('label', { value: 'fox' });
  await answer();
  const measured = rows.measureLosses({ value: 'r', label: 'Run', stored: false, classifies: false });
  await vi.waitFor(() => expect(asked).toHaveLength(3)); // the table is counted again
  await answer();
  await measured;
  expect(scored).toEqual([{ datasetId: 'd', weightsId: 'c2', model: 'Run', places: [2, 5] }]);
  expect(rows.open[0]).toBe('loss-under:c2');
});

test('the table keeps its columns until its rows are read with others', async () => {
  const { rows, answer } = opened();
  void rows.go(undefined);
  await answer();
  rows.ask({ kind: 'language' });
  expect([rows.open[0], rows.columns[0]]).toEqual(['guess-language', 'label']);
  await answer();
  await vi.waitFor(() => expect(rows.columns[0]).toBe('guess-language'));
});

test('a bar is a condition; another one on the same column joins it, and the last click takes it away', async () => {
  const { rows, answer, kept } = opened();
  void rows.go(undefined);
  await answer();
  rows.toggle('label', { value: 'fox' });
  rows.toggle('label', { value: 'owl' });
  rows.toggle('rating', { range: [1, 2] });
  expect(rows.place.filter).toEqual([
    { column: 'label', values: ['fox', 'owl'] },
    { column: 'rating', ranges: [[1, 2]] },
  ]);
  expect(rows.isChosen('rating', { range: [1, 2] })).toBe(true);
  rows.toggle('rating', { range: [1, 2] });
  rows.toggle('label', { value: 'fox' });
  expect(rows.place.filter).toEqual([{ column: 'label', values: ['owl'] }]);
  expect(decodeURIComponent(kept.at(-1)!)).toBe('{"filter":[{"column":"label","values":["owl"]}]}');
});

test('choices that are made while rows are counted are counted together, once', async () => {
  const { rows, answer, asked } = opened();
  void rows.go(undefined);
  await answer();
  rows.toggle('label', { value: 'a' });
  rows.toggle('label', { value: 'b' });
  rows.toggle('label', { value: 'c' });
  await answer();
  await answer();
  expect(asked.map(({ filter }) => filter[0]?.values)).toEqual([undefined, ['a'], ['a', 'b', 'c']]);
});

test('a count that is cancelled or fails goes back to what was counted last', async () => {
  const { rows, answer, waiting, kept } = opened();
  void rows.go(undefined);
  await answer();
  rows.ask({ kind: 'tokens', tokenizerId: 'gone' });
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  waiting.shift()!.fail(new AtelierError('tokenizer-missing'));
  await vi.waitFor(() => expect(rows.counting.error?.code).toBe('tokenizer-missing'));
  expect(rows.place.asked).toEqual([]);
  expect(kept.at(-1)).toBe('');
});

test('rows are read in blocks around the place that is shown, and few stay', async () => {
  const { rows, answer } = opened();
  void rows.go(undefined);
  await answer();
  for (let first = 0; first < 5000; first += 50) {
    rows.pages.want(first, 30);
    await vi.waitFor(() => expect(rows.pages.at(first)?.index).toBe(first));
  }
  expect([rows.pages.at(0), rows.pages.at(4950)?.index]).toEqual([undefined, 4950]);
});

test('the last change of a row by hand counts', () => {
  const edit = (change: object): string => JSON.stringify(change);
  const step = {
    id: 's',
    kind: 'edit',
    on: true,
    settings: { edits: [edit({ id: 1, texts: ['a'] }), edit({ id: 2 })] },
  };
  const later = { ...step, id: 't', settings: { edits: [edit({ id: 1, texts: ['b'] })] } };
  expect([...changesIn([step, later, { ...later, on: false }])]).toEqual([
    [1, ['b']],
    [2, undefined],
  ]);
});
