// Rows as a Parquet file, row group by row group; the library comes when it is needed.
import type { JsonObject } from '../json';
import { fieldText } from './csvRows';

/** Of a column: text (lists and objects are JSON text), or numbers, or booleans. */
export type ColumnKind = 'text' | 'number' | 'boolean';

/** Rows and characters after which a row group is written. */
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 16 * 1024 * 1024;

const TYPES = { text: 'STRING', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

/** Takes rows and writes them as they come; `finish` writes what is left and the footer. */
export interface ParquetRows {
  add(fields: JsonObject): Promise<void>;
  finish(): Promise<void>;
}

export async function parquetRows(
  columns: ReadonlyMap<string, ColumnKind>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<ParquetRows> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const sourcesOf = (rows: readonly JsonObject[]) =>
    [...columns].map(([name, kind]) => ({
      ...{ name, type: TYPES[kind], nullable: true },
      data: rows.map((row) => cellOf(row[name], kind)),
    }));
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schemaFromColumnData({ columnData: sourcesOf([]) }) });
  let rows: JsonObject[] = [];
  let characters = 0;
  const taken = async (): Promise<void> => {
    const chunk = bytes.getBytes().slice();
    bytes.index = 0;
    await write(chunk);
  };
  const flush = async (): Promise<void> => {
    if (rows.length) await writer.write({ columnData: sourcesOf(rows), rowGroupSize: rows.length });
    [rows, characters] = [[], 0];
    await taken();
  };
  return {
    async add(fields) {
      rows.push(fields);
      for (const value of Object.values(fields)) characters += typeof value === 'string' ? value.length : 8;
      if (rows.length >= GROUP_ROWS || characters >= GROUP_CHARACTERS) await flush();
    },
    async finish() {
      await flush();
      await writer.finish();
      await taken();
    },
  };
}

function cellOf(value: unknown, kind: ColumnKind): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (kind === 'text') return fieldText(value);
  return typeof value === kind ? (value as number | boolean) : null;
}
