// Guesses what columns are used for where none has a known name, by what stands in them. A person sees it, and changes
// it.
import type { ColumnUse, MappedColumn, Mapping } from '../../base/records/mapping';
import type { JsonObject } from '../json';
import { besideUse } from './columns';
import { cellText } from './values';

/** Rows that are looked at, and columns; a file may invent one for each row. */
const LOOKED_AT = 200;
const MOST_COLUMNS = 100;
/** So many rows for each value, and so many rows at least: then a column repeats itself, as names of classes do. */
const ROWS_PER_VALUE = 4;
const LEAST_ROWS = 8;

interface Column {
  name: string;
  letters: boolean;
  values: Set<string>;
}

/** Sees rows of which no column is known. */
export class ColumnGuess {
  #rows = 0;
  readonly #columns = new Map<string, Column>();

  see(row: JsonObject): void {
    if (this.#rows++ >= LOOKED_AT) return;
    for (const [name, value] of Object.entries(row)) {
      if (!this.#columns.has(name) && this.#columns.size >= MOST_COLUMNS) continue;
      const column = this.#columns.get(name) ?? { name, letters: false, values: new Set() };
      this.#columns.set(name, column);
      const text = cellText(value)?.trim() ?? '';
      if (text === '') continue;
      column.values.add(text);
      column.letters ||= /\p{L}/u.test(text);
    }
  }

  /**
   * Two columns of words ask and answer, one beside a column that repeats itself is a text with its label, and any
   * others are one text together. Undefined where there are no words.
   */
  mapping(): Mapping | undefined {
    const words = [...this.#columns.values()].filter(({ name, letters }) => letters && !besideUse(name));
    if (!words.length) return undefined;
    const told = words.filter((column) => !this.#repeats(column));
    const texts = told.length ? told : words;
    const rest = words.filter((column) => !texts.includes(column));
    const uses = new Map<string, ColumnUse>(texts.map(({ name }) => [name, 'text']));
    if (texts.length === 2) for (const [i, { name }] of texts.entries()) uses.set(name, i ? 'answer' : 'question');
    if (texts.length === 1 && rest.length === 1) uses.set(rest[0]!.name, 'label');
    const columns = [...this.#columns.keys()].map((column): MappedColumn => ({
      column,
      use: uses.get(column) ?? besideUse(column) ?? 'fact',
    }));
    return { shape: texts.length === 2 ? 'turns' : 'text', columns, guessed: true };
  }

  #repeats({ values }: Column): boolean {
    const rows = Math.min(this.#rows, LOOKED_AT);
    return rows >= LEAST_ROWS && values.size * ROWS_PER_VALUE <= rows;
  }
}
