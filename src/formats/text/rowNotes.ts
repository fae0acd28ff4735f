// What is noted while the rows of a file are read: their content, and what was left out or read otherwise.
import type { AtelierError } from '../../base/errors/errors';
import type { DatasetContent, ImportReport, RowSetAside } from '../../base/records/dataset';

/** Reasons that are kept in full; the others are counted. */
const FIRST_ASIDE = 10;
/** Names of unread fields; a file may invent one for each row. */
const MOST_FIELDS = 32;

/** One file's notes. A row that cannot be read is set aside: it never refuses the rows beside it. */
export class RowNotes {
  /** What the rows are; said by the first that is read. */
  content: DatasetContent | undefined;
  blank = 0;
  flattened = 0;
  #aside = 0;
  readonly #first: RowSetAside[] = [];
  readonly #unread = new Map<string, number>();

  setAside({ code, facts }: AtelierError): void {
    this.#aside++;
    if (this.#first.length < FIRST_ASIDE) this.#first.push({ code, facts });
  }

  /** One row's unread fields, each counted once. */
  unread(fields: ReadonlySet<string>): void {
    for (const field of fields)
      if (this.#unread.has(field) || this.#unread.size < MOST_FIELDS)
        this.#unread.set(field, (this.#unread.get(field) ?? 0) + 1);
  }

  /** Undefined where everything was taken as it stands. */
  report(): ImportReport | undefined {
    const { blank, flattened } = this;
    const unread = [...this.#unread].map(([field, rows]) => ({ field, rows }));
    if (!this.#aside && !blank && !flattened && !unread.length) return undefined;
    return { aside: this.#aside, first: this.#first, blank, flattened, unread };
  }
}
