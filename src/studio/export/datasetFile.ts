// A dataset as a file: JSON lines, CSV or Parquet, with the columns beside its rows.
import type { DatasetContent, DatasetRecord } from '../../base/records/dataset';
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
}

const TYPES: Record<DatasetFile, string> = {
  jsonl: 'application/jsonl',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
};

/**
 * @returns the file as a blob
 * @throws dataset-missing, dataset-damaged, cancelled
 */
export async function datasetFile(
  db: AtelierDb,
  id: Id,
  kind: DatasetFile,
  { onProgress, signal }: Options = {},
): Promise<ExportResult> {
  const dataset = await getDataset(db, id);
  const target = new ExportTarget();
  const writer = target.stream.getWriter();
  const pace = new Yielding(signal);
  let done = 0;
  const told = async (): Promise<void> => {
    done++;
    if (!pace.due()) return;
    onProgress?.({ phase: 'writing', done, total: dataset.rows, unit: 'rows' });
    await pace.rest();
  };
  await WRITERS[kind](db, dataset, (bytes) => writer.write(bytes), told);
  await writer.close();
  const blob = target.blob(TYPES[kind]);
  return { fileName: `${plainFileName(dataset.name)}.${kind}`, bytes: target.bytes, ...(blob && { blob }) };
}

type Write = (bytes: Uint8Array) => Promise<void>;
type Writer = (db: AtelierDb, dataset: DatasetRecord, write: Write, told: () => Promise<void>) => Promise<void>;

const contentOfDataset = ({ content = 'text' }: DatasetRecord): DatasetContent => content;

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

const writeJsonLines: Writer = async (db, dataset, write, told) => {
  const lines = new Lines(write);
  for await (const row of allStoredRows(db, dataset.id)) {
    await lines.add(jsonLine(row, contentOfDataset(dataset)));
    await told();
  }
  await lines.flush();
};

async function* fieldsOf(db: AtelierDb, dataset: DatasetRecord): AsyncGenerator<JsonObject> {
  for await (const row of allStoredRows(db, dataset.id)) yield rowFields(row, contentOfDataset(dataset));
}

/** All columns of a dataset, in the order in which rows first have them; one of mixed kinds is text. */
async function columnsOf(db: AtelierDb, dataset: DatasetRecord): Promise<Map<string, ColumnKind>> {
  const columns = new Map<string, ColumnKind>();
  for await (const fields of fieldsOf(db, dataset))
    for (const [name, value] of Object.entries(fields)) {
      const kind = typeof value === 'number' || typeof value === 'boolean' ? typeof value : 'text';
      columns.set(name, (columns.get(name) ?? kind) === kind ? (kind as ColumnKind) : 'text');
    }
  return columns;
}

const writeCsvFile: Writer = async (db, dataset, write, told) => {
  const columns = [...(await columnsOf(db, dataset)).keys()];
  const lines = new Lines(write);
  await lines.add(csvLine(columns));
  for await (const fields of fieldsOf(db, dataset)) {
    await lines.add(csvRow(fields, columns));
    await told();
  }
  await lines.flush();
};

const writeParquetFile: Writer = async (db, dataset, write, told) => {
  const rows = await parquetRows(await columnsOf(db, dataset), write);
  for await (const fields of fieldsOf(db, dataset)) {
    await rows.add(fields);
    await told();
  }
  await rows.finish();
};

const WRITERS: Record<DatasetFile, Writer> = {
  jsonl: writeJsonLines,
  csv: writeCsvFile,
  parquet: writeParquetFile,
};
