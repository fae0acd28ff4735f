// Tables of text with a delimiter: .csv, .tsv and cells that were pasted. Cells: `csvRecords.ts`; columns: `table.ts`.
import { AtelierError } from '../../base/errors/errors';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { CsvRecords, LONGEST_RECORD, type CsvRecord } from './csvRecords';
import {
  charactersOf,
  type FileHead,
  type RowBatch,
  type TextFound,
  type TextReader,
  type TextRow,
  type TextSource,
} from './format';
import { inBatches } from './rowBatches';
import { isTellingColumn } from '../shapes/columns';
import { Table } from './table';

export const DELIMITERS = [',', '\t', ';', '|'] as const;
/** UTF-16 units that the delimiter is told from. */
const SNIFFED = 64 * 1024;
const SNIFFED_RECORDS = 40;

/** Records of the beginning of a text; the last is left out where it may be cut. */
function firstRecords(text: string, delimiter: string, whole: boolean): string[][] {
  const records = new CsvRecords(delimiter);
  const read = [...records.push(text.slice(0, SNIFFED)), ...(whole ? records.end() : [])];
  const cells = read.flatMap((record) => (record.cells ? [record.cells] : []));
  return cells.filter((row) => row.length > 1 || row[0]!.trim() !== '').slice(0, SNIFFED_RECORDS);
}

/** Excel's line that names the delimiter. */
const SAID = /^sep=(.)\r?\n/;

/** A line stays for it, so that those behind it keep their numbers. */
const withoutSaid = (text: string): string => text.replace(SAID, '\n');

/** The delimiter that gives the most columns of which records have the same number; undefined where none does. */
function delimiterOf(text: string, whole: boolean): string | undefined {
  let best: { delimiter: string; score: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const rows = firstRecords(text, delimiter, whole);
    const columns = rows[0]?.length ?? 0;
    const same = rows.filter((row) => row.length === columns).length / Math.max(1, rows.length);
    const score = columns > 1 ? same * Math.min(columns, 20) : 0;
    if (score > (best?.score ?? 0)) best = { delimiter, score };
  }
  return best?.delimiter;
}

const isNamed = (cells: readonly string[] | undefined): boolean => cells?.some(isTellingColumn) ?? false;
const filled = (cells: readonly string[]): number => cells.filter((cell) => cell.trim() !== '').length;

/** The line below the names of a table in Markdown. */
const isRule = (cells: readonly string[]): boolean =>
  cells.every((cell) => /^\s*(?::?-+:?)?\s*$/.test(cell)) && filled(cells) > 0;

/** A table of which a column is named as a field of rows is; prose has commas too. */
function begins({ text, whole }: FileHead): boolean {
  const body = withoutSaid(text);
  const delimiter = SAID.exec(text)?.[1] ?? delimiterOf(body, whole);
  if (delimiter === undefined) return false;
  const [names, ...rows] = firstRecords(body, delimiter, whole);
  return isNamed(names) && rows.length > 0 && rows.every((row) => row.length === names!.length && !isRule(row));
}

/** How a text is cut into cells. */
interface Layout {
  /** Absent: each line is one cell. */
  delimiter?: string;
  /** Records above the names, as a title. */
  title: number;
  /** Names below them. */
  columns: number;
}

/** So many records are a title at most. */
const LONGEST_TITLE = 5;
/** Of the records below the names this share has as many cells. */
const REGULAR = 0.9;
/** Stands in no text, so that a comma in prose cuts nothing. */
const NO_DELIMITER = '\u001F';

/** Names of known columns below lines with fewer cells. */
function titled(text: string, delimiter: string, whole: boolean): Layout | undefined {
  const rows = firstRecords(text, delimiter, whole).filter(filled);
  for (let title = 1; title <= LONGEST_TITLE; title++) {
    const [names, ...rest] = rows.slice(title);
    if (!names || !rest.length) return undefined;
    const same = rest.filter((row) => row.length === names.length).length >= REGULAR * rest.length;
    const less = rows.slice(0, title).every((row) => filled(row) < filled(names));
    if (names.length > 1 && isNamed(names) && same && less) return { delimiter, title, columns: filled(names) };
  }
  return undefined;
}

/** A label or a name of a speaker in the first row stands again below it; the name of a column does not. */
function isData([first, ...rows]: readonly string[][]): boolean {
  if (!first || first.length < 2 || isNamed(first)) return false;
  const again = (row: readonly string[], i: number): boolean => first[i]!.trim() !== '' && row[i] === first[i];
  return rows.some((row) => first.some((_, i) => again(row, i)) && !first.every((_, i) => again(row, i)));
}

function layoutOf(text: string, whole: boolean, said: string | undefined): Layout {
  const delimiter = said ?? delimiterOf(text, whole);
  const plain: Layout = { ...(delimiter !== undefined && { delimiter }), title: 0, columns: 0 };
  if (isNamed(firstRecords(text, delimiter ?? NO_DELIMITER, whole)[0])) return plain;
  const delimiters = said === undefined ? DELIMITERS : [said];
  return delimiters.map((each) => titled(text, each, whole)).find((layout) => layout !== undefined) ?? plain;
}

async function* csvRows(source: TextSource, found: TextFound): AsyncGenerator<RowBatch> {
  let records: CsvRecords | undefined;
  let head = '';
  let layout: Layout = { title: 0, columns: 0 };
  const table = new Table(source.name, found);
  const begin = (whole: boolean): CsvRecord[] => {
    const text = head.replace(/^\uFEFF/, '');
    const body = withoutSaid(text);
    layout = layoutOf(body, whole, found.choices?.delimiter ?? SAID.exec(text)?.[1]);
    const { delimiter } = layout;
    found.table = { columns: [], ...(delimiter !== undefined && { delimiter }) };
    if (delimiter !== undefined && layout.title === 0 && isData(firstRecords(body, delimiter, whole)))
      table.guess = 'data';
    records = new CsvRecords(delimiter ?? NO_DELIMITER);
    return records.push(body);
  };
  for await (const text of charactersOf(source, found)) {
    if (!records) head += text;
    if (!records && head.length < SNIFFED) continue;
    yield* inBatches(rowsOf(records ? records.push(text) : begin(false), table, layout));
  }
  if (!records) yield* inBatches(rowsOf(begin(true), table, layout));
  yield* inBatches(rowsOf(records!.end(), table, layout));
  table.end();
}

/** @param layout its title becomes shorter by what is taken of it */
function* rowsOf(records: readonly CsvRecord[], table: Table, layout: Layout): Generator<TextRow> {
  for (const record of records) {
    const row = record.cells ? cellsOf(record, table, layout) : setAside(record, table);
    if (row) yield row;
  }
}

function cellsOf(
  { cells, line }: Extract<CsvRecord, { cells: string[] }>,
  table: Table,
  layout: Layout,
): TextRow | undefined {
  const found = filled(cells);
  if (layout.title === 0 || found === 0) return table.row(cells, line);
  layout.title--;
  table.setAside(new AtelierError('csv-ragged', { file: table.file, line, found, expected: layout.columns }));
  return undefined;
}

function setAside({ line, fault, text }: Extract<CsvRecord, { fault: string }>, table: Table): undefined {
  const { file } = table;
  table.setAside(
    fault === 'long'
      ? new AtelierError('jsonl-long', { file, line, limit: LONGEST_RECORD })
      : new AtelierError('csv-quote', { file, line, found: text.length > 60 ? `${text.slice(0, 59)}…` : text }),
  );
}

export const csvFormat: TextReader = {
  name: 'csv',
  endings: TEXT_ENDINGS.csv,
  begins,
  read: csvRows,
};
