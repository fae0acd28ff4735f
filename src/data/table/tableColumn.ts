// The columns of a table over very many rows: numbers, or categories by number, in one typed array each. What a column
// means is not known here.
import { countedText, type ColumnValue } from '../clean/conditions';

export interface NumberColumn {
  kind: 'number';
  /** NaN where there is none. */
  values: Float64Array;
}

export interface CategoryColumn {
  kind: 'category';
  /** Places in `texts`. */
  codes: Uint32Array;
  /** What each code stands for, the lists of several values too; 0 is no value. */
  texts: readonly ColumnValue[];
  /** The code of values that were too many to be told apart; absent: there are none. */
  beyond?: number;
}
export type ValueColumn = NumberColumn | CategoryColumn;

/** Values that are told apart in one column. */
const MOST_VALUES = 200_000;

/** Gives each value that differs a number. */
class Categories {
  readonly #codes: Uint32Array;
  readonly #texts: ColumnValue[] = [undefined];
  readonly #known = new Map<string, number>([['', 0]]);
  #beyond: number | undefined;

  constructor(rows: number) {
    this.#codes = new Uint32Array(rows);
  }

  set(row: number, value: ColumnValue): void {
    const known = typeof value === 'string' ? this.#known.get(value) : undefined;
    this.#codes[row] = known ?? this.#codeOf(value);
  }

  #codeOf(value: ColumnValue): number {
    const shown = isValueList(value) ? value.map(countedText) : countedText(value);
    const key = isValueList(shown) ? shown.join('\u0000') : shown;
    return this.#known.get(key) ?? this.#newCode(key, shown);
  }

  column(): CategoryColumn {
    return {
      ...{ kind: 'category', codes: this.#codes, texts: this.#texts },
      ...(this.#beyond !== undefined && { beyond: this.#beyond }),
    };
  }

  #newCode(key: string, value: ColumnValue): number {
    if (this.#texts.length > MOST_VALUES) return (this.#beyond ??= this.#texts.push('…') - 1);
    this.#known.set(key, this.#texts.length);
    return this.#texts.push(value) - 1;
  }
}

export const isValueList = (value: ColumnValue): value is readonly string[] => Array.isArray(value);

/** Takes the values of a column row by row: numbers as long as there is nothing else, then categories. */
export class ColumnBuilder {
  readonly #rows: number;
  #numbers: Float64Array | undefined;
  #categories: Categories | undefined;
  #last = -1;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Rows come in order; those without a value need not come. */
  set(row: number, value: ColumnValue): void {
    if (value === undefined) return;
    if (typeof value === 'number' && !this.#categories) (this.#numbers ??= this.#empty())[row] = value;
    else (this.#categories ??= this.#converted()).set(row, value);
    this.#last = row;
  }

  /** A column that was never set has numbers, none of them there. */
  column(): ValueColumn {
    return this.#categories?.column() ?? { kind: 'number', values: this.#numbers ?? this.#empty() };
  }

  #empty(): Float64Array {
    return new Float64Array(this.#rows).fill(NaN);
  }

  /** The numbers that came before the first value that is none. */
  #converted(): Categories {
    const categories = new Categories(this.#rows);
    const numbers = this.#numbers;
    if (numbers)
      for (let row = 0; row <= this.#last; row++) if (!Number.isNaN(numbers[row]!)) categories.set(row, numbers[row]);
    this.#numbers = undefined;
    return categories;
  }
}

/** What a row has in a column. */
export function valueAt(column: ValueColumn, row: number): ColumnValue {
  if (column.kind === 'category') return column.texts[column.codes[row]!];
  const value = column.values[row]!;
  return Number.isNaN(value) ? undefined : value;
}

/** Rows that have a value. */
export function rowsWith(column: ValueColumn): number {
  let count = 0;
  if (column.kind === 'number') for (const value of column.values) count += value === value ? 1 : 0;
  else for (const code of column.codes) count += code === 0 ? 0 : 1;
  return count;
}
