// The table of rows as the page has it: choices made while something is counted, a cancel, and a column that fails.
import '../../../page';
import { expect, test } from 'vitest';
import { AtelierError } from '../../../../../src/base/errors/errors';
import type { TableQuery, TableView } from '../../../../../src/base/wire/rowTable';
import { RowsState } from '../../../../../src/app/panels/Data/Rows/rows.svelte';
import { placeText, type RowsPlace } from '../../../../../src/app/panels/Data/Rows/rowsAddress';
import type { DataApi } from '../../../../../workers/data.api';
import type { GpuApi } from '../../../../../workers/gpu.api';
import { describedDataset } from '../../../../storage/storage';

const DATASET = { ...describedDataset('a'), id: 'd', createdAt: 1, rows: 9, characters: 9, chunks: 1 };
const VIEW: TableView = {
  ...{ rows: 9, matched: 4, unlisted: 0 },
  columns: [{ key: 'label', beside: 'label', kind: 'category', rows: 9 }],
};

/** A table whose address changes as the router's would, and the queries that the worker counted. */
function table(answers: Partial<DataApi> = {}) {
  const counted: TableQuery[] = [];
  const data: Partial<DataApi> = {
    tableView: (query) => Promise.resolve(VIEW).finally(() => counted.push(query)),
    tableFacets: () => Promise.resolve([]),
    tableRows: () => Promise.resolve([]),
    recipeFilter: () => Promise.resolve([]),
    ...answers,
  };
  const places: string[] = [];
  const keepPlace = (_: string, place: string): void => {
    places.push(place);
    void rows.go(decodeURIComponent(place));
  };
  const rows: RowsState = new RowsState({ data: data as DataApi, gpu: {} as GpuApi, keepPlace }, DATASET);
  return { rows, data, counted, places };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
/** Work that ends when it is told to. */
function held<T>(value: T): { work: () => Promise<T>; end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<T>((resolve) => (end = () => resolve(value)));
  return { work: () => promise, end: () => end() };
}
const LABEL = { column: 'label', values: ['tide'] };
const address = (place: Partial<RowsPlace>): string =>
  decodeURIComponent(placeText({ filter: [], sort: { column: 'row', down: false }, asked: [], ...place }));

test('a bar clicked while a facet is searched is counted behind it', async () => {
  const { rows, data, counted } = table();
  await rows.go(undefined);
  const facets = held([]);
  data.tableFacets = facets.work;
  const searched = rows.searchFacet('label', 't');
  rows.toggle('label', { value: 'tide' });
  facets.end();
  await searched;
  expect(counted.map(({ filter }) => filter)).toEqual([[], [LABEL]]);
});

test('a bar clicked while a filter is made for a recipe is counted behind it', async () => {
  const { rows, data, counted } = table();
  await rows.go(undefined);
  const carried = held([LABEL]);
  data.recipeFilter = carried.work;
  const filter = rows.recipeFilter();
  rows.toggle('label', { value: 'tide' });
  carried.end();
  expect(await filter).toEqual([LABEL]);
  await settled();
  expect(counted.map((query) => query.filter)).toEqual([[], [LABEL]]);
});

test('rows that are shown are those of the query that was counted, not of the choice on its way', async () => {
  const { rows, data } = table();
  await rows.go(undefined);
  const view = held(VIEW);
  data.tableView = view.work;
  rows.toggle('label', { value: 'tide' });
  expect([rows.query.filter, rows.counted?.filter]).toEqual([[LABEL], []]);
  view.end();
  await settled();
  expect(rows.counted?.filter).toEqual([LABEL]);
});

test('the first count is cancelled: the filter of the address stays, and nothing is counted unasked', async () => {
  const refused = () => Promise.reject(new AtelierError('cancelled'));
  const { rows, places } = table({ tableView: refused });
  await rows.go(address({ filter: [LABEL] }));
  await settled();
  expect([rows.counting.cancelled, rows.place.filter, places]).toEqual([true, [LABEL], []]);
});

test('a column of the address that cannot be computed is let go with its error shown; the other conditions stay', async () => {
  const { rows, data, places } = table({ tableView: () => Promise.reject(new AtelierError('tokenizer-missing')) });
  const filter = [LABEL, { column: 'token-length', ranges: [[1, 9] as const] }];
  const sort = { column: 'token-length', down: true };
  await rows.go(address({ filter, sort, asked: [{ kind: 'tokens', tokenizerId: 'gone' }] }));
  await settled();
  expect(rows.counting.error?.code).toBe('tokenizer-missing');
  expect(rows.place).toEqual({ filter: [LABEL], sort: { column: 'row', down: false }, asked: [] });
  expect(places).toEqual([placeText(rows.place)]);
  data.tableView = () => Promise.resolve(VIEW);
  await rows.count();
  expect(rows.view).toEqual(VIEW);
});
