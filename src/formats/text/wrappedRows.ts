// The rows that one JSON object holds: itself, a list within it, or its columns side by side. Lists and lines:
// `jsonl.ts`.
import { AtelierError } from '../../base/errors/errors';
import { isObject, shown, type JsonObject } from '../json';
import { rowOf } from './conversations';

/**
 * The rows of an object that is a file: it is a row; or one of its fields is the only list of objects; or its fields
 * are columns, as pandas writes a table.
 * @throws json-rows, json-rows-inside where it has several lists, and those of `rowOf`
 */
export function wrappedRows(value: unknown, file: string): readonly unknown[] {
  if (!isObject(value)) throw new AtelierError('json-rows', { file });
  try {
    rowOf(value, { file, line: 1 });
    return [value];
  } catch (thrown) {
    const lists = rowListsIn(value);
    const [first] = lists;
    if (lists.length === 1 && first !== undefined) return (value[first] as JsonObject[]).map(hubRow);
    if (first !== undefined) refuseSeveral(lists, file);
    const rows = rowsOfColumns(value);
    if (rows) return rows;
    throw Object.keys(value).length && !Object.values(value).every(Array.isArray)
      ? thrown
      : new AtelierError('json-rows', { file });
  }
}

/** The fields that are lists of objects. */
export const rowListsIn = (value: JsonObject): string[] => Object.keys(value).filter((key) => isList(value[key]));

/** @throws json-rows-inside */
export function refuseSeveral(lists: readonly string[], file: string): never {
  const field = lists.map((key) => shown(key).slice(1, -1)).join(', ');
  throw new AtelierError('json-rows-inside', { file, field });
}

const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isObject);

/** Pages of rows that hubs answer with have each row in a field of this name, beside its number. */
export const hubRow = (row: unknown): unknown =>
  isObject(row) && isObject(row['row']) && 'row_idx' in row ? row['row'] : row;

/** Lists of one length, or objects with the same keys, as columns; undefined for anything else. */
function rowsOfColumns(value: JsonObject): JsonObject[] | undefined {
  const columns = Object.entries(value);
  const keys = columns.map(([, column]) => (typeof column === 'object' && column ? Object.keys(column) : []));
  const [first = []] = keys;
  const same = keys.every((own) => own.length === first.length && own.every((key, i) => key === first[i]));
  if (!first.length || !same) return undefined;
  return first.map((key) => Object.fromEntries(columns.map(([name, column]) => [name, (column as JsonObject)[key]])));
}
