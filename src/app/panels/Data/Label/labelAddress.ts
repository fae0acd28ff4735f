// Where a label task stands in the address, with the filter by which its rows were chosen: a reload and a link keep it.
import type { Id } from '../../../../base/records/named';
import { ASKED_KEYS, type TableFilter } from '../../../../base/wire/rowTable';
import { NOTHING_CHOSEN, placeText, rowsPlaceIn } from '../Rows/rowsAddress';

/** The list of tasks, where something follows it in the address. */
const LIST = 'tasks';
const NEW = 'new';

/** @param at The id of a task, `new` for the form of one; absent: the list of tasks */
export function labelPath(datasetId: Id, at?: string, only?: TableFilter): string {
  const parts = ['data', 'label', datasetId];
  if (!only) return [...parts, ...(at === undefined ? [] : [at])].join('/');
  return [...parts, at ?? LIST, placeText({ ...NOTHING_CHOSEN, ...only })].join('/');
}

/** The task in a part of the address. */
export const taskIn = (part: string | undefined): Id | undefined => (part === LIST || part === NEW ? undefined : part);
export const isNewTask = (part: string | undefined): boolean => part === NEW;

/** The filter in a part of the address; undefined where it says nothing. */
export function onlyIn(part: string | undefined): TableFilter | undefined {
  const { filter, asked } = rowsPlaceIn(part);
  return filterOf({ filter, asked });
}

/** Without the columns that no condition is on, which take long; undefined where every row passes. */
export function filterOf({ filter, asked }: TableFilter): TableFilter | undefined {
  const needed = asked.filter(({ kind }) => filter.some(({ column }) => column === ASKED_KEYS[kind]));
  return filter.length ? { filter, asked: needed } : undefined;
}
