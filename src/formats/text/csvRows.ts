// Rows as lines of CSV that a spreadsheet opens without running anything: a cell that it would take for a formula gets
// an apostrophe.
import type { JsonObject } from '../json';

/** OWASP's list of what begins a formula, https://owasp.org/www-community/attacks/CSV_Injection. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Lists and objects as their JSON text; empty where there is nothing. */
export function fieldText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

const safe = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);
const quotedCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const csvLine = (cells: readonly unknown[]): string =>
  `${cells.map((cell) => quotedCell(safe(fieldText(cell)))).join(',')}\r\n`;

/** The names first; columns in the order of `columns`. */
export const csvRow = (fields: JsonObject, columns: readonly string[]): string =>
  csvLine(columns.map((column) => fields[column]));
