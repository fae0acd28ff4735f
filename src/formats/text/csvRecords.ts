// Cuts text with delimiters (CSV, TSV) into records as it comes; quotes are papaparse's, and so are their faults. What
// the cells mean is in `table.ts`.
import Papa from 'papaparse';

/** UTF-16 units of one record; beyond, a quote was opened and never closed. */
export const LONGEST_RECORD = 16 * 1024 * 1024;

/** A record, or the line that is none. */
export type CsvRecord =
  { line: number; cells: string[] } | { line: number; cells?: undefined; fault: 'quote' | 'long'; text: string };

interface Parsed {
  data: string[][];
  errors: { type: string; row?: number }[];
  meta: { cursor: number };
}

/** Records of a text that is pushed in parts; at most `LONGEST_RECORD` of it is held. */
export class CsvRecords {
  #rest = '';
  /** Units of the rest from which on another try is worth its time: a long cell is not read again for each part. */
  #wanted = 1;
  #line = 1;
  #newline: '\n' | '\r' | undefined;
  /** The end of a line that is too long is passed over. */
  #skipping = false;

  constructor(
    readonly delimiter: string,
    private readonly longest = LONGEST_RECORD,
  ) {}

  push(text: string): CsvRecord[] {
    this.#rest += text;
    return this.#rest.length < this.#wanted ? [] : this.#read(false);
  }

  end(): CsvRecord[] {
    return this.#rest === '' ? [] : this.#read(true);
  }

  #read(last: boolean): CsvRecord[] {
    const records: CsvRecord[] = [];
    const newline = (this.#newline ??= lineEndOf(this.#rest, last));
    if (newline === undefined) return this.#more(records);
    if (this.#skipping && !this.#skipLine(newline)) return records;
    for (;;) {
      const { data, errors, meta } = this.#parse(newline, last);
      const fault = errors.find(({ type, row = 0 }) => type === 'Quotes' && (last || row < data.length))?.row;
      const before = fault === undefined ? meta.cursor : this.#parse(newline, last, fault).meta.cursor;
      this.#take(records, fault === undefined ? data : data.slice(0, fault), fault === 0 ? 0 : before);
      if (fault === undefined) break;
      this.#faultyLine(records, newline);
    }
    if (!last && this.#rest.length > this.longest) this.#faultyLine(records, newline);
    return this.#more(records);
  }

  /** Waits until the rest is twice as long as what gave no record. */
  #more(records: CsvRecord[]): CsvRecord[] {
    this.#wanted = Math.min(2 * this.#rest.length, this.longest) + 1;
    return records;
  }

  #parse(newline: '\n' | '\r', last: boolean, preview = 0): Parsed {
    const parser = new Papa.Parser({ delimiter: this.delimiter, newline, preview });
    return parser.parse(this.#rest, 0, !last && preview === 0) as Parsed;
  }

  #take(records: CsvRecord[], data: readonly string[][], units: number): void {
    const quoted = this.#rest.lastIndexOf('"', units) >= 0;
    for (const cells of data) {
      const end = cells.length - 1;
      if (cells[end]!.endsWith('\r')) cells[end] = cells[end]!.slice(0, -1);
      records.push({ line: this.#line, cells });
      this.#line += quoted ? 1 + linesIn(cells) : 1;
    }
    this.#rest = this.#rest.slice(units);
  }

  /** Takes the first line of the rest for what it is, none, and goes on behind it. */
  #faultyLine(records: CsvRecord[], newline: string): void {
    const end = this.#rest.indexOf(newline);
    const text = end < 0 ? this.#rest : this.#rest.slice(0, end);
    records.push({ line: this.#line, fault: text.length > this.longest ? 'long' : 'quote', text });
    this.#skipping = end < 0;
    this.#rest = end < 0 ? '' : this.#rest.slice(end + 1);
    if (end >= 0) this.#line++;
  }

  #skipLine(newline: string): boolean {
    const end = this.#rest.indexOf(newline);
    this.#rest = end < 0 ? '' : this.#rest.slice(end + 1);
    if (end < 0) return false;
    this.#line++;
    this.#skipping = false;
    return true;
  }
}

/** \n also ends lines in \r\n, whose \r goes with the last cell; undefined until a line has ended. */
function lineEndOf(text: string, last: boolean): '\n' | '\r' | undefined {
  if (text.includes('\n')) return '\n';
  if (text.slice(0, -1).includes('\r')) return '\r';
  return last || text.length > LONGEST_RECORD ? '\n' : undefined;
}

const linesIn = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => (cell.includes('\n') ? sum + cell.split('\n').length - 1 : sum), 0);
