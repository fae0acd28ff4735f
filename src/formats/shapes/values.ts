// Values of fields as strangers write them: texts, digits, flags, and JSON that stands in a text.
import { AtelierError } from '../../base/errors/errors';
import { isTooDeep, pythonJson, shown } from '../json';

/** Where a row stands, for errors; `line` counts lines of .jsonl and members of .json, from 1. */
export interface RowPlace {
  file: string;
  line: number;
}

const FLAGS: Readonly<Record<string, number>> = {
  ...{ true: 1, yes: 1, '1': 1, up: 1, good: 1, 'thumbs up': 1, thumbs_up: 1, '👍': 1 },
  ...{ false: 0, no: 0, '0': 0, down: 0, bad: 0, 'thumbs down': 0, thumbs_down: 0, '👎': 0 },
};

/** Text as it is, a number as its digits where it has them exactly; undefined for anything else. */
export function cellText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}

export const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === '';

/** Whether a field holds anything that a person could miss. */
export const holdsSomething = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && (typeof value !== 'object' || Object.keys(value).length > 0);

/** 0 or 1 for a mark that says yes or no, however it is spelled; undefined for anything else. */
export function flagOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value === 0 || value === 1 ? value : undefined;
  const flag = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
}

/** @throws row-value */
export function refuseValue(at: RowPlace, field: string, value: unknown): never {
  const found = typeof value === 'number' ? String(value) : shown(value);
  throw new AtelierError('row-value', { ...at, field, found });
}

/** A list or an object, or the JSON text of one, as tables hold it; undefined for anything else. */
export function structureIn(value: unknown): object | undefined {
  if (typeof value === 'object' && value !== null) return value;
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
  if (isTooDeep(value)) return undefined;
  try {
    return pythonJson(value, 'null') as object;
  } catch {
    return undefined;
  }
}

/** The same where it is a list. */
export function jsonList(value: unknown): unknown[] | undefined {
  const structure = structureIn(value);
  return Array.isArray(structure) ? (structure as unknown[]) : undefined;
}
