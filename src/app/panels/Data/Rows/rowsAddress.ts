// The filter, order and columns of the table of rows as a part of the address, and back: a reload and a link keep them.
import type { Condition, ValueRange } from '../../../../base/records/recipe';
import { ASKED_KEYS, type AskedColumn, type ColumnAsked, type TableSort } from '../../../../base/wire/rowTable';

/** What the address keeps of a table. */
export interface RowsPlace {
  filter: readonly Condition[];
  sort: TableSort;
  asked: readonly ColumnAsked[];
  /** Facets that are open; undefined: as the table opens them. */
  open?: readonly string[];
}

export const AS_STORED: TableSort = { column: 'row', down: false };
export const NOTHING_CHOSEN: RowsPlace = { filter: [], sort: AS_STORED, asked: [] };

/** As one part of an address; empty where nothing was chosen. */
export function placeText({ filter, sort, asked, open }: RowsPlace): string {
  const kept = {
    ...(filter.length && { filter }),
    ...(sort.column !== AS_STORED.column || sort.down ? { sort } : {}),
    ...(asked.length && { asked }),
    ...(open && { open }),
  };
  return Object.keys(kept).length ? encodeURIComponent(JSON.stringify(kept)) : '';
}

/** What cannot be read in a part of an address, decoded, counts as not chosen. */
export function rowsPlaceIn(text: string | undefined): RowsPlace {
  const { filter, sort, asked, open } = recordIn(text);
  return {
    filter: listIn(filter).flatMap(conditionIn),
    sort: sortIn(sort),
    asked: listIn(asked).flatMap(askedIn),
    ...(Array.isArray(open) && { open: open.filter(isText) }),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function recordIn(text = '{}'): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function conditionIn(value: unknown): Condition[] {
  const { column, ranges, values, contains } = fieldsOf(value);
  if (!isText(column)) return [];
  const condition = {
    ...(Array.isArray(ranges) && { ranges: listIn(ranges).flatMap(rangeIn) }),
    ...(Array.isArray(values) && { values: listIn(values).filter(isText) }),
    ...(isText(contains) && { contains }),
  };
  return Object.keys(condition).length ? [{ column, ...condition }] : [];
}

function rangeIn(value: unknown): ValueRange[] {
  const [least, most] = listIn(value);
  return isNumber(least) && isNumber(most) ? [[least, most]] : [];
}

function sortIn(value: unknown): TableSort {
  const { column, down } = fieldsOf(value);
  return isText(column) ? { column, down: down === true } : AS_STORED;
}

function askedIn(value: unknown): ColumnAsked[] {
  const { kind, tokenizerId } = fieldsOf(value);
  if (!isText(kind) || !Object.hasOwn(ASKED_KEYS, kind)) return [];
  return [{ kind: kind as AskedColumn, ...(isText(tokenizerId) && { tokenizerId }) }];
}
