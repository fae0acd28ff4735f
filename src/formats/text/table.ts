// Rows of a table as objects whose fields are its columns, so that they are read as JSON rows are. Where the cells come
// from (a file with delimiters, a sheet, a pasted table) is no matter of this file.
import { AtelierError } from '../../base/errors/errors';
import type { FirstRow } from '../../base/records/dataset';
import { setOwn } from '../json';
import { isTellingColumn } from '../shapes/columns';
import type { TextFound, TextRow } from './format';
import { RowNotes } from './rowNotes';
import { RowWriter } from './rowWriter';

/** UTF-16 units of a column's name; a longer cell in the first row is no name. */
const LONGEST_NAME = 80;

export type TableCell = string | number | boolean | null | undefined;

/** Takes the rows of a table in order. The first one holds the names, unless it looks like data or is said to be. */
export class Table {
  #names: readonly string[] | undefined;
  readonly #rows: RowWriter;
  readonly #notes: RowNotes;
  /** What the rows below the first one tell of it. */
  guess: FirstRow | undefined;

  constructor(
    readonly file: string,
    private readonly found: TextFound,
  ) {
    this.#notes = found.notes ?? new RowNotes();
    this.#rows = new RowWriter(file, this.#notes, found.choices?.mapping);
  }

  /** @param line Where it begins in the file, from 1 */
  row(cells: readonly TableCell[], line: number): TextRow | undefined {
    if (cells.every(isBlank)) return undefined;
    if (this.#names) return this.#write(this.#names, cells, line);
    const firstRow = this.found.choices?.firstRow ?? this.guess ?? (isHeader(cells) ? 'names' : 'data');
    const header = firstRow === 'names';
    this.#names = namesOf(header ? cells : cells.map(() => ''));
    this.found.table = { ...this.found.table, columns: this.#names, firstRow };
    return header ? undefined : this.#write(this.#names, cells, line);
  }

  /** A row that could not be read as cells. */
  setAside(error: AtelierError): void {
    this.#rows.write(() => {
      throw error;
    }, 0);
  }

  /** Where no row could be read, the first says why. */
  end(): void {
    this.#rows.end();
  }

  #write(names: readonly string[], cells: readonly TableCell[], line: number): TextRow | undefined {
    return this.#rows.write(() => {
      const surplus = cells.length > names.length && cells.slice(names.length).some((cell) => !isBlank(cell));
      if (surplus || cells.length < names.length)
        throw new AtelierError('csv-ragged', {
          ...{ file: this.file, line, found: cells.length, expected: names.length },
        });
      const row: Record<string, TableCell> = {};
      for (let i = 0; i < names.length; i++) setOwn(row, names[i]!, valueOf(cells[i]));
      return row;
    }, line);
  }
}

/** Digits as the number that they spell, where it is spelled so. */
function valueOf(cell: TableCell): TableCell {
  if (typeof cell !== 'string' || cell.length > 24 || !/^-?\d/.test(cell)) return cell ?? null;
  const number = Number(cell);
  return String(number) === cell ? number : cell;
}

const isBlank = (cell: TableCell): boolean =>
  cell === null || cell === undefined || (typeof cell === 'string' && cell.trim() === '');

/** Names are texts that differ, are short and spell no number; one may be missing, as over the numbers of rows. */
function isHeader(cells: readonly TableCell[]): boolean {
  const named = cells.filter((cell) => !isBlank(cell));
  const fit = named.every((cell) => typeof cell === 'string' && isName(cell));
  const last = cells.findLastIndex((cell) => !isBlank(cell)); // spreadsheets leave blank cells behind it
  if (cells.length === 1 && isSentence(String(cells[0]))) return false;
  return fit && new Set(named).size === named.length && named.length >= last;
}

/** Words of a column's name at most, and UTF-16 units where no blanks stand between them. */
const [MOST_WORDS, MOST_UNITS] = [4, 30];

/** The only column has no others that tell whether its first cell is a name: a sentence is a row. */
const isSentence = (cell: string): boolean =>
  !isTellingColumn(cell) &&
  (/[.!?…。！？]["'”’」)]*\s*$/.test(cell) || cell.length > MOST_UNITS || cell.trim().split(/\s+/).length > MOST_WORDS);

const isName = (cell: string): boolean =>
  cell.length <= LONGEST_NAME && !/[\n\r]/.test(cell) && !Number.isFinite(Number(cell));

/** A single column is the text, whatever it is called; names that are missing or stand twice are numbered. */
function namesOf(cells: readonly TableCell[]): string[] {
  if (cells.length === 1) return ['text'];
  const names: string[] = [];
  for (const [i, cell] of cells.entries()) {
    const said = typeof cell === 'string' ? cell.trim() : '';
    names.push(said === '' || names.includes(said) ? `column ${i + 1}` : said);
  }
  return names;
}
