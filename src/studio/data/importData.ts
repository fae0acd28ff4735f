/** Imports a file into a dataset in storage, row by row. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { AtelierError, throwIfCancelled, untilCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { DatasetRecord, ImportReport } from '../../base/records/dataset';
import { sampleFile, sampleSource, type SampleName } from '../../base/records/samples';
import type { TextFormat } from '../../base/records/textFormats';
import type { TextFound } from '../../formats/text/format';
import { RowNotes } from '../../formats/text/rowNotes';
import { textRows, textFormatOf } from '../../formats/text/rows';
import { listDatasets, writeDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { browserLocks, whileAdding, type Locks } from '../../storage/locks';

/** How an import reports, is cancelled, and how large the chunks of rows become (smaller in tests). */
export interface ImportOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  chunkBytes?: number;
}

interface Source {
  name: string;
  source: string;
  format: TextFormat;
  /** What errors call it. */
  file: string;
  stream: ReadableStream<Uint8Array>;
  /** 0 where unknown. */
  total: number;
}

/**
 * A file of one of the text formats as a dataset, by its ending. The file is read as a stream and its rows are written
 * as they come: neither stands in memory whole. Nothing stays after an error or a cancel.
 * @throws format-unknown, those of `readRows`, of storage, cancelled
 */
export async function importFile(db: AtelierDb, file: File, options: ImportOptions = {}): Promise<DatasetRecord> {
  const format = textFormatOf(file.name);
  const name = file.name.replace(/\.[^.]*$/, '') || file.name;
  return importSource(
    db,
    { name, source: file.name, format, file: file.name, stream: file.stream(), total: file.size },
    options,
  );
}

/** Pasted text as a dataset of paragraphs. */
export async function importText(
  db: AtelierDb,
  name: string,
  text: string,
  options: ImportOptions = {},
): Promise<DatasetRecord> {
  const blob = new Blob([text]);
  const named = name.trim() || 'text';
  return importSource(
    db,
    { name: named, source: 'paste', format: 'txt', file: named, stream: blob.stream(), total: blob.size },
    options,
  );
}

/**
 * A text that comes with the studio, or the dataset that holds it already. `folder` is of this origin. A tab that asks
 * while another one imports it waits, and finds it.
 * @throws starter-missing, and what `importFile` throws
 */
export function importSample(
  db: AtelierDb,
  name: SampleName,
  folder: URL,
  { locks = browserLocks(), ...options }: ImportOptions & { locks?: Locks } = {},
): Promise<DatasetRecord> {
  const source = sampleSource(name);
  const work = (): Promise<DatasetRecord> => sampleOrFound(db, name, folder, options);
  return untilCancelled(whileAdding(source, work, locks), options.signal);
}

async function sampleOrFound(
  db: AtelierDb,
  name: SampleName,
  folder: URL,
  options: ImportOptions,
): Promise<DatasetRecord> {
  throwIfCancelled(options.signal); // while it waited
  const source = sampleSource(name);
  const here = (await listDatasets(db)).find((dataset) => dataset.source === source);
  if (here) return here;
  const file = sampleFile(name);
  const response = await fetch(new URL(file, folder), { signal: options.signal });
  if (!response.ok || !response.body) throw new AtelierError('starter-missing', { status: response.status });
  const total = Number(response.headers.get('content-length') ?? 0);
  return importSource(db, { name, source, format: textFormatOf(file), file, stream: response.body, total }, options);
}

async function importSource(db: AtelierDb, from: Source, options: ImportOptions): Promise<DatasetRecord> {
  return writeDataset(
    db,
    async (sink) => {
      const bytes = new WatchedBytes(from, options);
      const notes = new RowNotes();
      const found: TextFound = { notes };
      for await (const { row, facts } of textRows(bytes.read(), from.format, from.file, found))
        await sink.add(row, facts);
      const { name, source, format } = from;
      const hash = bytes.sha256();
      const report = await reportOf(db, notes, hash);
      const { encoding = 'utf-8' } = found;
      return {
        ...{ name, source, format, content: notes.content ?? 'text', encoding, bytes: bytes.count, sha256: hash },
        ...(report && { report }),
      };
    },
    options,
  );
}

/** What the person is told after an import; a text that came from the same bytes before is named. */
async function reportOf(db: AtelierDb, notes: RowNotes, hash: string): Promise<ImportReport | undefined> {
  const report = notes.report();
  const twin = (await listDatasets(db)).find((dataset) => dataset.sha256 === hash)?.name;
  if (twin === undefined) return report;
  return { ...(report ?? { aside: 0, first: [], blank: 0, flattened: 0, unread: [] }), twin };
}

/** Hashes and counts bytes on their way, reports them, and stops where the person cancelled. */
class WatchedBytes {
  count = 0;
  readonly #hash = sha256.create();

  constructor(
    private readonly from: Source,
    private readonly options: ImportOptions,
  ) {}

  async *read(): AsyncGenerator<Uint8Array> {
    const { onProgress, signal } = this.options;
    const reader = this.from.stream.getReader(); // not `for await`: streams of Safari have no iterator
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        throwIfCancelled(signal);
        this.#hash.update(part.value);
        this.count += part.value.byteLength;
        onProgress?.({ phase: 'reading', done: this.count, total: this.from.total, unit: 'bytes' });
        yield part.value;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  sha256(): string {
    return bytesToHex(this.#hash.digest());
  }
}
