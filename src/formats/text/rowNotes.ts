// What is noted while the rows of a file are read: their content, and what was left out or read otherwise.
import { ShapeDetector } from '../shapes/detect';
import { ColumnGuess } from '../shapes/guess';
import type { AtelierError } from '../../base/errors/errors';
import type { AsideRow, DatasetContent, ImportReport, RowSetAside } from '../../base/records/dataset';

/** Reasons that are told in full at once. */
const FIRST_ASIDE = 10;
/** Rows set aside that are stored with their text, and the characters of all of them; the others are counted. */
const MOST_ASIDE = 1000;
const MOST_CHARACTERS = 8_000_000;
/** Names of columns; a file may invent one for each row. */
const MOST_FIELDS = 32;

/** One file's notes. A row that cannot be read is set aside: it never refuses the rows beside it. */
export class RowNotes {
  /** What the rows are; said by the first that is read. */
  content: DatasetContent | undefined;
  blank = 0;
  flattened = 0;
  /** Answers that are marked as bad. */
  bad = 0;
  /** Texts with a label. */
  labelled = 0;
  /** Of columns whose file says it: the names of their classes in the order of their ids. */
  readonly classNames = new Map<string, readonly string[]>();
  #aside = 0;
  readonly #first: RowSetAside[] = [];
  /** What the columns of the first rows were read for. */
  readonly shape = new ShapeDetector();
  /** What columns of rows may be of which none is known. */
  readonly guess = new ColumnGuess();
  /** Those that are to be stored. */
  readonly asideRows: AsideRow[] = [];
  #characters = 0;
  readonly #kept = new Map<string, number>();
  readonly #unread = new Map<string, number>();

  /** @param text what stands in the file */
  setAside({ code, facts }: AtelierError, text: string): void {
    this.#aside++;
    if (this.#first.length < FIRST_ASIDE) this.#first.push({ code, facts });
    if (this.asideRows.length >= MOST_ASIDE) return;
    const fits = this.#characters + text.length <= MOST_CHARACTERS;
    if (fits) this.#characters += text.length;
    this.asideRows.push({ code, facts, text: fits ? text : '' });
  }

  /** One row's columns that stand beside it, and those that are not read; each name once. */
  beside(kept: readonly string[], unread: readonly string[]): void {
    for (const field of kept) count(this.#kept, field);
    for (const field of unread) count(this.#unread, field);
  }

  /** Undefined where everything was taken as it stands. */
  report(): ImportReport | undefined {
    const { blank, flattened, bad, labelled } = this;
    const [kept, unread] = [counted(this.#kept), counted(this.#unread)];
    if (![this.#aside, blank, flattened, bad, labelled, kept.length, unread.length].some((some) => some > 0))
      return undefined;
    return {
      ...{ aside: this.#aside, first: this.#first, blank, flattened, unread },
      ...(this.asideRows.length && { stored: this.asideRows.length }),
      ...(kept.length && { kept }),
      ...(bad && { bad }),
      ...(labelled && { labelled }),
    };
  }
}

function count(fields: Map<string, number>, field: string): void {
  if (fields.has(field) || fields.size < MOST_FIELDS) fields.set(field, (fields.get(field) ?? 0) + 1);
}

const counted = (fields: Map<string, number>): { field: string; rows: number }[] =>
  [...fields].map(([field, rows]) => ({ field, rows }));
