// Sheets of Excel (.xlsx) as a text format: one sheet is a table, the first or a chosen one.
import { AtelierError } from '../../base/errors/errors';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import type { TextFound, TextReader, TextRow, TextSource } from './format';
import { brokenDetail, checkedDocument } from './office';
import { Table, type TableCell } from './table';

async function* xlsxRows(source: TextSource, found: TextFound): AsyncGenerator<TextRow> {
  const bytes = await checkedDocument(source);
  const sheets = await sheetsOf(bytes, source.name);
  const wanted = found.choices?.sheet;
  const sheet = sheets.find(({ sheet: name }) => name === wanted) ?? sheets.find(({ data }) => data.length > 0);
  if (!sheet) throw new AtelierError('text-empty', { file: source.name });
  const names = sheets.map(({ sheet: name }) => name);
  found.table = { columns: [], sheet: sheet.sheet, sheets: names };
  const table = new Table(source.name, found);
  for (const [i, cells] of sheet.data.entries()) {
    const row = table.row(cells.map(cellOf), i + 1);
    if (row) yield row;
  }
  table.end();
}

/** A day without a time is written as one. Sheets count days, so that seconds are a fraction and need rounding. */
function cellOf(cell: string | number | boolean | Date | null): TableCell {
  if (!(cell instanceof Date)) return cell;
  const time = new Date(1000 * Math.round(cell.getTime() / 1000)).toISOString();
  return time.replace('T00:00:00.000Z', '');
}

interface Sheet {
  sheet: string;
  data: (string | number | boolean | Date | null)[][];
}

/** @throws document-broken for what the reader throws */
async function sheetsOf(bytes: ArrayBuffer, file: string): Promise<Sheet[]> {
  const { default: readSheets } = await import('read-excel-file/universal');
  try {
    return (await readSheets(bytes, { trim: false })) as Sheet[];
  } catch (thrown) {
    const detail = brokenDetail(thrown);
    throw new AtelierError('document-broken', { file, detail }, { cause: thrown });
  }
}

export const xlsxFormat: TextReader = { name: 'xlsx', endings: TEXT_ENDINGS.xlsx, read: xlsxRows };
