// The names and values of the columns of a table of rows: computed ones in words, those of a file as they are.
import { LOSS_UNDER, type TableColumn } from '../../base/wire/rowTable';
import { partWords, stepSetting } from './cleanWords';
import { keyOf, type Sentence } from './keys';
import { language } from './language.svelte';
import { m } from './generated/messages.js';

const sentences: Readonly<Record<string, Sentence | undefined>> = m;
/** What a condition has before the name of a column of the file that is called as a computed one. */
const BESIDE = /^column:/;

/** A column of the table by its whole name. */
export const columnTitle = ({ key, beside, under }: TableColumn): string =>
  under ? m.rows_column_loss_under({ model: under.model }) : (beside ?? columnName(key));

export function columnName(column: string): string {
  if (column.startsWith(LOSS_UNDER)) return m.rows_column_loss();
  const sentence = sentences[`rows_column_${keyOf(column)}`] as (() => string) | undefined;
  return sentence ? sentence() : column.replace(BESIDE, '');
}

/** Values that are codes, by the column; empty text: there is none. */
const VALUES: Readonly<Record<string, ((value: string) => string) | undefined>> = {
  'repeats-earlier': () => m.rows_value_repeats(),
  'turn-roles': partWords,
  'guess-language': (code) => languageName(code),
  'found-personal': (kind) => stepSetting('personal-data', kind),
  'found-secrets': (kind) => stepSetting('secrets', kind),
  'quality-over': (signal) => stepSetting('quality', signal),
  'near-repeats': (row) => m.rows_value_near({ row: language.format.integer(Number(row)) }),
};

export function valueName(column: string, value: string): string {
  if (value === '') return m.rows_value_none();
  return VALUES[column]?.(value) ?? value;
}

/** A number of a column. */
export const numberWords = (number: number): string =>
  Number.isInteger(number) ? language.format.integer(number) : language.format.number(number);

/** What a row has in a column. */
export function valueWords(column: string, value: string | number | readonly string[]): string {
  if (typeof value === 'number') return numberWords(value);
  const values = typeof value === 'string' ? [value] : value;
  return language.format.list(values.map((one) => valueName(column, one)));
}

/** The code itself where the browser has no name for it. */
function languageName(code: string): string {
  const names = new Intl.DisplayNames(language.current, { type: 'language' });
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
