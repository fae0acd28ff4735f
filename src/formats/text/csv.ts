// Tables of text with a delimiter: .csv, .tsv and cells that were pasted. Cells: `csvRecords.ts`; columns: `table.ts`.
import { AtelierError } from '../../base/errors/errors';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { CsvRecords, LONGEST_RECORD, type CsvRecord } from './csvRecords';
import { charactersOf, type FileHead, type TextFound, type TextReader, type TextRow, type TextSource } from './format';
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

/** The delimiter that gives the most columns of which records have the same number; undefined where none does. */
function delimiterOf(text: string, whole: boolean): string | undefined {
  const said = /^sep=(.)\r?\n/.exec(text)?.[1];
  if (said !== undefined) return said;
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

/** A table of which a column is named as a field of rows is; prose has commas too. */
function begins({ text, whole }: FileHead): boolean {
  const delimiter = delimiterOf(text, whole);
  if (delimiter === undefined) return false;
  const [names, ...rows] = firstRecords(text, delimiter, whole);
  const named = names?.some((name) => isTellingColumn(name)) ?? false;
  return named && rows.length > 0 && rows.every((row) => row.length === names!.length);
}

async function* csvRows(source: TextSource, found: TextFound): AsyncGenerator<TextRow> {
  let records: CsvRecords | undefined;
  let head = '';
  const table = new Table(source.name, found);
  const begin = (whole: boolean): CsvRecord[] => {
    const text = head.replace(/^\uFEFF/, '');
    const delimiter = found.choices?.delimiter ?? delimiterOf(text, whole) ?? ',';
    found.table = { columns: [], delimiter };
    records = new CsvRecords(delimiter);
    return records.push(text.replace(/^sep=.\r?\n/, '\n')); // the line stays, so that those behind it keep their numbers
  };
  for await (const text of charactersOf(source, found)) {
    if (!records) head += text;
    if (!records && head.length < SNIFFED) continue;
    yield* rowsOf(records ? records.push(text) : begin(false), table);
  }
  if (!records) yield* rowsOf(begin(true), table);
  yield* rowsOf(records!.end(), table);
  table.end();
}

function* rowsOf(records: readonly CsvRecord[], table: Table): Generator<TextRow> {
  for (const record of records) {
    const row = record.cells ? table.row(record.cells, record.line) : setAside(record, table);
    if (row) yield row;
  }
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
