// The columns beside the rows of a dataset: their names, how many rows have each, and the values that most rows have.
import type { RowFacts } from '../../base/records/recipe';
import type { FactColumn } from '../../base/wire/recipes';

/** A file may invent a name, or a value, for each row. */
const MOST_COLUMNS = 100;
const MOST_VALUES = 1000;
const LISTED = 50;
const LONGEST_VALUE = 100;

interface Seen {
  rows: number;
  values: Map<string, number>;
}

export class FactColumns {
  readonly #columns = new Map<string, Seen>();

  see(facts: RowFacts): void {
    for (const [name, value] of Object.entries(facts)) {
      const column = this.#columns.get(name) ?? { rows: 0, values: new Map<string, number>() };
      if (!column.rows && this.#columns.size >= MOST_COLUMNS) continue;
      this.#columns.set(name, column);
      column.rows++;
      const text = String(value).slice(0, LONGEST_VALUE);
      const known = column.values.get(text);
      if (known !== undefined || column.values.size < MOST_VALUES) column.values.set(text, (known ?? 0) + 1);
    }
  }

  list(): FactColumn[] {
    return [...this.#columns].map(([name, { rows, values }]) => ({
      ...{ name, rows },
      values: [...values].sort(([, a], [, b]) => b - a).slice(0, LISTED),
    }));
  }
}
