// Tells the shape of a file from what its first rows were read for, as a mapping that a person can look at and change.
import type { ColumnUse, MappedColumn, Mapping, RowShape, ShownMapping } from '../../base/records/mapping';
import type { JsonObject } from '../json';
import { cellText, flagOf } from './values';

/** Rows that are looked at, and those that are shown. */
const LOOKED_AT = 200;
const SHOWN = 3;
/** Columns that are told; a file may invent one for each row. */
const MOST_COLUMNS = 100;
const LONGEST_SAMPLE = 160;

/** Hears rows as they are read, and says what their columns are used for. */
export class ShapeDetector {
  #seen = 0;
  /** How often each column was read for each use, in the order in which columns came. */
  readonly #uses = new Map<string, Map<ColumnUse, number>>();
  readonly #rows: JsonObject[] = [];
  #preference = 0;
  /** Labels that say good or bad, and those that name a class. */
  #flags = 0;
  #classes = 0;
  #bad = false;
  #chats = 0;

  see(row: JsonObject, used: ReadonlyMap<string, ColumnUse>, content: 'text' | 'chat' | 'preference'): void {
    if (this.#seen++ >= LOOKED_AT) return;
    if (this.#rows.length < SHOWN) this.#rows.push(row);
    if (content === 'preference') this.#preference++;
    if (content === 'chat') this.#chats++;
    for (const column of Object.keys(row)) {
      const uses = this.#uses.get(column) ?? new Map<ColumnUse, number>();
      if (!uses.size && this.#uses.size >= MOST_COLUMNS) continue;
      const use = used.get(column) ?? 'fact';
      uses.set(use, (uses.get(use) ?? 0) + 1);
      this.#uses.set(column, uses);
      if (use !== 'label') continue;
      if (flagOf(row[column]) === undefined) this.#classes++;
      else this.#flags++;
      if (typeof row[column] === 'boolean') this.#bad = true;
    }
  }

  /** Undefined where no row was read. */
  mapping(chosen?: Mapping): ShownMapping | undefined {
    if (!this.#seen) return undefined;
    const columns = [...this.#uses].map(([column, uses]): MappedColumn => ({ column, use: mostOf(uses) }));
    const samples = this.#rows.map((row) => columns.map(({ column }) => sampleOf(row[column])));
    const told = chosen ? columns.map((column) => inMapping(column, chosen)) : columns;
    return {
      shape: this.#shape(columns),
      columns: told,
      samples,
      ...(chosen && { chosen: true }),
      ...(chosen?.guessed && { guessed: true }),
    };
  }

  #shape(columns: readonly MappedColumn[]): RowShape {
    const has = (use: ColumnUse): boolean => columns.some((column) => column.use === use);
    if (2 * this.#preference > this.#seen) return 'preference';
    if (2 * this.#chats > this.#seen) {
      if (this.#flags > this.#classes && (this.#bad || has('answer'))) return 'thumbs';
      return has('messages') ? 'messages' : has('answer') ? 'turns' : 'questions';
    }
    return has('label') ? 'classification' : has('rating') ? 'scored' : 'text';
  }
}

/** The most frequent use, of which one that means something comes before a mere fact. */
function mostOf(uses: ReadonlyMap<ColumnUse, number>): ColumnUse {
  const sorted = [...uses].filter(([use]) => use !== 'fact').sort(([, a], [, b]) => b - a);
  return sorted[0]?.[0] ?? 'fact';
}

/** What a person chose of a column, also where the first rows hold nothing in it. */
const inMapping = (column: MappedColumn, { columns }: Mapping): MappedColumn =>
  columns.find((other) => other.column === column.column) ?? column;

function sampleOf(value: unknown): string {
  const text = value === undefined || value === null ? '' : (cellText(value) ?? JSON.stringify(value));
  return text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text;
}
