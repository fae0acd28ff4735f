// A dataset as a file: JSON lines, CSV or Parquet, with the columns beside its rows.
import type { DatasetContent, StoredRow } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { OnProgress } from '../../base/wire/events';
import type { DatasetFile } from '../../base/wire/recipes';
import type { ExportResult } from '../../base/wire/requests';
import { Yielding } from '../../data/yielding';
import type { JsonObject } from '../../formats/json';
import { csvLine, csvRow } from '../../formats/text/csvRows';
import { parquetRows, type ColumnKind } from '../../formats/text/parquetRows';
import { jsonLine, rowFields } from '../../formats/text/rowFields';
import { allStoredRows, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { plainFileName } from './exportName';
import { ExportTarget } from './exportStreams';

interface Options {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Whether the row at a place goes into the file; absent: all do. */
  includes?: (place: number) => boolean;
}

const TYPES: Record<DatasetFile, string> = {
  jsonl: 'application/jsonl',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
};

/** How often the rows are read: a table must know its columns first. */
const PASSES: Record<DatasetFile, number> = { jsonl: 1, csv: 2, parquet: 2 };

/**
 * @returns the file as a blob
 * @throws dataset-missing, dataset-damaged, cancelled
 */
export async function datasetFile(
  db: AtelierDb,
  id: Id,
  kind: DatasetFile,
  { onProgress, signal, includes }: Options = {},
): Promise<ExportResult> {
  const dataset = await getDataset(db, id);
  const target = new ExportTarget();
  const writer = target.stream.getWriter();
  const pace = new Yielding(signal);
  let done = 0;
  async function* rows(): AsyncGenerator<StoredRow> {
    let place = 0;
    for await (const row of allStoredRows(db, id)) {
      if (includes?.(place++) !== false) yield row;
      done++;
      if (!pace.due()) continue;
      onProgress?.({ phase: 'writing', done: Math.floor(done / PASSES[kind]), total: dataset.rows, unit: 'rows' });
      await pace.rest();
    }
  }
  await WRITERS[kind]({ rows, content: dataset.content ?? 'text' }, (bytes) => writer.write(bytes));
  await writer.close();
  const blob = target.blob(TYPES[kind]);
  const name = plainFileName(dataset.name) + (includes ? '-filtered' : '');
  return { fileName: `${name}.${kind}`, bytes: target.bytes, ...(blob && { blob }) };
}

type Write = (bytes: Uint8Array) => Promise<void>;

/** What is written: the rows, as often as they are asked for, and what they are. */
interface Source {
  rows(): AsyncIterable<StoredRow>;
  content: DatasetContent;
}
type Writer = (source: Source, write: Write) => Promise<void>;

/** Bytes of lines that are written at once. */
const LINES_BYTES = 1024 * 1024;

/** Lines as they come, joined to larger pieces. */
class Lines {
  readonly #encoder = new TextEncoder();
  #waiting: string[] = [];
  #length = 0;

  constructor(private readonly write: Write) {}

  async add(line: string): Promise<void> {
    this.#waiting.push(line);
    this.#length += line.length;
    if (this.#length >= LINES_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#waiting.join('');
    [this.#waiting, this.#length] = [[], 0];
    await this.write(this.#encoder.encode(text));
  }
}

const writeJsonLines: Writer = async ({ rows, content }, write) => {
  const lines = new Lines(write);
  for await (const row of rows()) await lines.add(jsonLine(row, content));
  await lines.flush();
};

async function* fieldsOf({ rows, content }: Source): AsyncGenerator<JsonObject> {
  for await (const row of rows()) yield rowFields(row, content);
}

/** All columns of the rows, in the order in which rows first have them; one of mixed kinds is text. */
async function columnsOf(source: Source): Promise<Map<string, ColumnKind>> {
  const columns = new Map<string, ColumnKind>();
  for await (const fields of fieldsOf(source))
    for (const [name, value] of Object.entries(fields)) {
      const kind = typeof value === 'number' || typeof value === 'boolean' ? typeof value : 'text';
      columns.set(name, (columns.get(name) ?? kind) === kind ? (kind as ColumnKind) : 'text');
    }
  return columns;
}

const writeCsvFile: Writer = async (source, write) => {
  const columns = [...(await columnsOf(source)).keys()];
  const lines = new Lines(write);
  await lines.add(csvLine(columns));
  for await (const fields of fieldsOf(source)) await lines.add(csvRow(fields, columns));
  await lines.flush();
};

const writeParquetFile: Writer = async (source, write) => {
  const rows = await parquetRows(await columnsOf(source), write);
  for await (const fields of fieldsOf(source)) await rows.add(fields);
  await rows.finish();
};

const WRITERS: Record<DatasetFile, Writer> = {
  jsonl: writeJsonLines,
  csv: writeCsvFile,
  parquet: writeParquetFile,
};
