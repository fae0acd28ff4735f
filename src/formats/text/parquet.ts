// Parquet as a text format: its row groups in turn, columns as fields of rows, lists and objects within them as JSON
// has them.
import type { FileMetaData } from 'hyparquet';
import { AtelierError, asAtelierError } from '../../base/errors/errors';
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { isObject, setOwn, type JsonObject } from '../json';
import type { RowBatch, TextFound, TextReader, TextRow, TextSource } from './format';
import { inBatches } from './rowBatches';
import { RowNotes } from './rowNotes';
import { RowWriter } from './rowWriter';

/** Bytes of a row group as it lies in the file: its columns are fetched whole. */
export const LARGEST_GROUP = 256 * 1024 * 1024;

/** Bytes that are unpacked at a time; a larger group comes in slices of rows. */
const SLICE_BYTES = 32 * 1024 * 1024;

/** Rows of a slice of a group that unpacks to so many bytes. */
export const sliceRows = (rows: number, bytes: number): number =>
  Math.max(1, Math.ceil(rows / Math.max(1, Math.ceil(bytes / SLICE_BYTES))));

async function* parquetRows(source: TextSource, found: TextFound): AsyncGenerator<RowBatch> {
  const file = source.name;
  const buffer = await source.buffer();
  const parquet = await import('hyparquet');
  const metadata = await reading(file, () => parquet.parquetMetadataAsync(buffer));
  found.table = { columns: parquet.parquetSchema(metadata).children.map(({ element }) => element.name) };
  const writer = new RowWriter(file, found.notes ?? new RowNotes(), found.choices?.mapping);
  let start = 0;
  for (const [i, group] of metadata.row_groups.entries()) {
    const size = Number(group.total_compressed_size ?? group.total_byte_size);
    if (size > LARGEST_GROUP)
      throw new AtelierError('parquet-group', { file, group: i + 1, size, limit: LARGEST_GROUP });
    const end = start + Number(group.num_rows);
    const step = sliceRows(end - start, Number(group.total_byte_size));
    for (; start < end; start += step) {
      const rows = await rowsBetween(file, buffer, metadata, start, Math.min(end, start + step));
      yield* inBatches(writtenRows(rows, start, writer));
    }
    start = end;
  }
  writer.end();
}

/** @param start rows of the file before these */
function* writtenRows(rows: readonly JsonObject[], start: number, writer: RowWriter): Generator<TextRow> {
  for (const [at, row] of rows.entries()) {
    const written = writer.write(() => plainObject(row), start + at + 1);
    if (written) yield written;
  }
}

/** The compressors are loaded for a file that needs more than Snappy. */
async function rowsBetween(
  file: string,
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<JsonObject[]> {
  const { parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  // by its index a column is read where the rows of the slice stand, and not whole for each slice
  const only = { rowStart, rowEnd, useOffsetIndex: true };
  return reading(file, () => parquetReadObjects({ file: buffer, metadata, compressors, ...only }));
}

/** @throws parquet-broken for what the reader throws */
async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof AtelierError) throw thrown;
    const detail = String(asAtelierError(thrown).facts['message']).slice(0, 160);
    throw new AtelierError('parquet-broken', { file, detail }, { cause: thrown });
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
