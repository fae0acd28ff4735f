// Whether a row passes the filter that a step was made under, by the columns that every row has and those beside it.
import type { Condition, ValueRange } from '../../base/records/recipe';
import { ASKED_KEYS } from '../../base/wire/rowTable';
import { languageGuesses, loadLanguages } from './guessLanguage';
import { LEAST_SCORE, PERSONAL_KINDS, type PersonalKind } from './personal/finder';
import { scanPersonal } from './personal/scan';
import { qualityOver } from './quality';
import { codePointsIn, lookedAtText } from './rowText';
import { findSecrets } from './secret/findSecrets';
import { SECRET_KINDS, type SecretKind } from './secret/rules';
import type { CleanRow } from './step';

/** What a row has in a column: nothing, one value, or several. */
export type ColumnValue = string | number | boolean | readonly string[] | undefined;

const PERSONAL = new Set<PersonalKind>(PERSONAL_KINDS);
const SECRETS = new Set<SecretKind>(SECRET_KINDS);
const each = (kinds: readonly string[]): string[] => [...new Set(kinds)];

/** Columns that are computed from the row. */
const COMPUTED = {
  row: ({ id }) => id,
  text: (row) => lookedAtText(row, 'row'),
  question: (row) => lookedAtText(row, 'question'),
  answer: (row) => lookedAtText(row, 'answer'),
  characters: ({ parts }) => parts.reduce((sum, { text }) => sum + codePointsIn(text), 0),
  turns: ({ parts }) => parts.length,
  side: ({ held }) => (held ? 'validation' : 'train'),
  'turn-roles': ({ parts }) => each(parts.map(({ kind }) => kind)),
  'guess-language': (row) => languageGuesses(row)[0]?.[0],
  'found-personal': ({ parts }) =>
    each(parts.flatMap(({ text }) => scanPersonal(text, PERSONAL, LEAST_SCORE).map(({ kind }) => kind))),
  'found-secrets': ({ parts }) => each(parts.flatMap(({ text }) => findSecrets(text, SECRETS).map(({ kind }) => kind))),
  'quality-over': qualityOver,
} as const satisfies Readonly<Record<string, (row: CleanRow) => ColumnValue>>;
export type ComputedColumn = keyof typeof COMPUTED;

export const isComputed = (column: string): column is ComputedColumn => Object.hasOwn(COMPUTED, column);

/** What stands beside a row under the name of a computed column has this before its name. */
const BESIDE = 'column:';

/** Columns that the table computes; some of them no row has by itself. */
const TABLE_COLUMNS = new Set<string>(['repeats-earlier', ...Object.values(ASKED_KEYS)]);

/** The name of a condition's column that means what stands beside the rows under that name. */
export const besideColumn = (name: string): string =>
  isComputed(name) || TABLE_COLUMNS.has(name) || name.startsWith(BESIDE) ? BESIDE + name : name;

/** The name beside the rows of a condition's column; undefined for one that is computed. */
export function besideName(column: string): string | undefined {
  if (isComputed(column)) return undefined;
  return column.startsWith(BESIDE) ? column.slice(BESIDE.length) : column;
}

export function columnValue(row: CleanRow, column: string): ColumnValue {
  if (isComputed(column)) return COMPUTED[column](row);
  const name = besideName(column) ?? column;
  return factValue(name, row.facts[name]);
}

/** What a row has in a column, written out; undefined where it does not have it. */
export function columnText(row: CleanRow, column: string): string | undefined {
  const value = columnValue(row, column);
  if (value === undefined) return undefined;
  return isList(value) ? value.join(', ') : String(value);
}

/** Several labels of a row are stored as the JSON text of a list. */
export function factValue(name: string, value: Exclude<ColumnValue, readonly string[]>): ColumnValue {
  if (name !== 'labels' || typeof value !== 'string' || !value.startsWith('[')) return value;
  try {
    return (JSON.parse(value) as unknown[]).map(String);
  } catch {
    return value;
  }
}

/** Loads what the columns of a filter are computed with. */
export async function loadConditions(filter: readonly Condition[] = []): Promise<void> {
  if (filter.some(({ column }) => column === 'guess-language')) await loadLanguages();
}

export const passes = (row: CleanRow, filter: readonly Condition[] | undefined): boolean =>
  (filter ?? []).every((condition) => holds(columnValue(row, condition.column), condition));

/** Characters of a value that count: a longer one is not written out in lists and filters. */
const COUNTED = 120;
export const countedText = (value: string | number | boolean | undefined): string =>
  value === undefined ? '' : String(value).slice(0, COUNTED);

/** Of several values, one that meets the condition is enough. */
export function holds(value: ColumnValue, condition: Condition): boolean {
  if (!isList(value)) return oneHolds(value, condition);
  return value.length ? value.some((one) => oneHolds(one, condition)) : oneHolds(undefined, condition);
}
const isList = (value: ColumnValue): value is readonly string[] => Array.isArray(value);

function oneHolds(
  value: string | number | boolean | undefined,
  { range, ranges, values, contains }: Condition,
): boolean {
  const number = numberIn(value);
  if (range && !(number >= range[0] && number <= range[1])) return false;
  if (ranges || values) {
    const inside = ranges !== undefined && inRanges(number, ranges);
    if (!inside && !values?.some((one) => countedText(one) === countedText(value))) return false;
  }
  return contains === undefined || textIn(value).toLowerCase().includes(contains.toLowerCase());
}

const textIn = (value: string | number | boolean | undefined): string => (value === undefined ? '' : String(value));
const numberIn = (value: string | number | boolean | undefined): number =>
  value === undefined || value === '' ? NaN : Number(value);

/** Ranges in order of their least numbers, made once for each list: one may name very many rows. */
const inOrder = new WeakMap<readonly ValueRange[], readonly ValueRange[]>();
function ordered(ranges: readonly ValueRange[]): readonly ValueRange[] {
  const known = inOrder.get(ranges);
  if (known) return known;
  const joined: [number, number][] = [];
  for (const [least, most] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && least <= last[1]) last[1] = Math.max(last[1], most);
    else joined.push([least, most]);
  }
  inOrder.set(ranges, joined);
  return joined;
}

/** False of NaN. */
export function inRanges(number: number, ranges: readonly ValueRange[]): boolean {
  const sorted = ordered(ranges);
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]![0] <= number) from = middle + 1;
    else to = middle;
  }
  return from > 0 && number <= sorted[from - 1]![1];
}
