// Parquet as a text format: its row groups in turn, columns as fields of rows, lists and objects within them as JSON
// has them. How the pages of a column are read is in `parquetColumns.ts`.
import { AtelierError } from '../../base/errors/errors';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { isObject, setOwn, type JsonObject } from '../json';
import type { RowBatch, TextFound, TextReader, TextRow, TextSource } from './format';
import { brokenDetail } from './office';
import { GroupColumns, parquetReading } from './parquetColumns';
import { className, classColumns, type ClassColumns } from './parquetClasses';
import { inBatches } from './rowBatches';
import { RowNotes } from './rowNotes';
import { RowWriter } from './rowWriter';

/** Bytes and rows that are made values at a time. */
const SLICE_BYTES = 8 * 1024 * 1024;
const SLICE_ROWS = 10_000;

/** Rows of a slice of a group that unpacks to so many bytes. */
export const sliceRows = (rows: number, bytes: number): number =>
  Math.min(SLICE_ROWS, Math.max(1, Math.ceil(rows / Math.max(1, Math.ceil(bytes / SLICE_BYTES)))));

async function* parquetRows(source: TextSource, found: TextFound): AsyncGenerator<RowBatch> {
  const file = source.name;
  const buffer = await source.buffer();
  const parquet = await import('hyparquet');
  const metadata = await reading(file, () => parquet.parquetMetadataAsync(buffer));
  const schema = parquet.parquetSchema(metadata);
  found.table = { columns: schema.children.map(({ element }) => element.name) };
  const notes = found.notes ?? new RowNotes();
  const classes = classColumns(metadata.key_value_metadata);
  for (const [column, names] of classes) if (!notes.classNames.has(column)) notes.classNames.set(column, names);
  const writer = new RowWriter(file, notes, found.choices?.mapping);
  const pages = await parquetReading();
  let start = 0;
  for (const [i, { num_rows, total_byte_size }] of metadata.row_groups.entries()) {
    const end = start + Number(num_rows);
    const at = { file, group: i + 1 };
    const columns = await reading(file, () => GroupColumns.open(pages, buffer, { ...metadata, schema }, at));
    for (const step = sliceRows(end - start, Number(total_byte_size)); start < end; start += step) {
      const rows = Math.min(step, end - start);
      const values = await reading(file, () => columns.take(rows));
      yield* inBatches(writtenRows({ names: columns.names, values, classes }, { start, rows }, writer));
    }
    start = end;
  }
  writer.end();
}

interface Slice {
  /** Of the columns. */
  names: readonly string[];
  values: readonly unknown[][];
  classes: ClassColumns;
}

/** @param start rows of the file before these */
function* writtenRows(
  { names, values, classes }: Slice,
  { start, rows }: { start: number; rows: number },
  writer: RowWriter,
): Generator<TextRow> {
  const rowAt = (at: number): JsonObject => {
    const row: JsonObject = {};
    for (let i = 0; i < names.length; i++) {
      const [value, labels] = [plain(values[i]![at]), classes.get(names[i]!)];
      setOwn(row, names[i]!, labels ? className(value, labels) : value);
    }
    return row;
  };
  for (let at = 0; at < rows; at++) {
    const written = writer.write(() => rowAt(at), start + at + 1);
    if (written) yield written;
  }
}

/** @throws parquet-broken for what the reader throws */
async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof AtelierError) throw thrown;
    throw new AtelierError('parquet-broken', { file, detail: brokenDetail(thrown) }, { cause: thrown });
  }
}

function plainObject(row: JsonObject): JsonObject {
  const fields: JsonObject = {};
  for (const name of Object.keys(row)) setOwn(fields, name, plain(row[name]));
  return fields;
}

/** Values as JSON has them; bytes, as of pictures, are no text and are left out. */
function plain(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? plainObject(value) : value;
}

export const parquetFormat: TextReader = {
  name: 'parquet',
  endings: TEXT_ENDINGS.parquet,
  begins: ({ name, bytes, text }) =>
    (text === '' || name.endsWith('.parquet')) && // PAR1, or PARE, with which a text may begin
    bytes[0] === 0x50 &&
    bytes[1] === 0x41 &&
    bytes[2] === 0x52 &&
    (bytes[3] === 0x31 || bytes[3] === 0x45),
  read: parquetRows,
};
