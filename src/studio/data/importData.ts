/** Imports a file into a dataset in storage, row by row. */
import { AtelierError, throwIfCancelled, untilCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import { isSlice, type DatasetHub } from '../../base/records/datasetHub';
import type { DatasetRecord, ImportReport, ReadChoices } from '../../base/records/dataset';
import { sampleFile, sampleSource, type BundledName } from '../../base/records/samples';
import { formatOf } from '../../formats/text/detect';
import type { RowBatch, TextFound, TextSource } from '../../formats/text/format';
import { RowNotes } from '../../formats/text/rowNotes';
import { rowsOfFile, rowsOfFiles } from '../../formats/text/files';
import { textSourceOf } from '../../formats/text/textSource';
import { sha256Of } from '../../storage/checkpointChunks';
import { listDatasets, writeDataset, type RowSink } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { browserLocks, whileAdding, type Locks } from '../../storage/locks';
import { WatchedSources } from './watchedSources';

/** How an import reports, is cancelled, and how large the chunks of rows become (smaller in tests). */
export interface ImportOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  chunkBytes?: number;
  /** What the person chose in place of what the file's content says. */
  choices?: ReadChoices;
}

export interface ImportFrom {
  name: string;
  source: string;
  files: readonly [TextSource, ...TextSource[]];
  /** Where they lie on a hub, and which of their rows are asked for. */
  hub?: DatasetHub;
}

/**
 * A file as a dataset, of the format that its content says. It is read as a stream and its rows are written as they
 * come: neither stands in memory whole. Nothing stays after an error or a cancel.
 * @throws format-binary, those of the format's reader, of storage, cancelled
 */
export async function importFile(db: AtelierDb, file: File, options: ImportOptions = {}): Promise<DatasetRecord> {
  const name = file.name.replace(/\.[^.]*$/, '') || file.name;
  return importSource(db, { name, source: file.name, files: [textSourceOf(file, file.name)] }, options);
}

/**
 * Several files, or those of a folder, as one dataset; each row keeps the name of its file. A file that cannot be read
 * is set aside.
 * @throws as `importFile`, where no file could be read
 */
export async function importFiles(
  db: AtelierDb,
  name: string,
  files: readonly File[],
  options: ImportOptions = {},
): Promise<DatasetRecord> {
  const [first, ...rest] = files.map((file) => textSourceOf(file, file.name));
  if (!first) throw new AtelierError('text-empty', { file: name });
  return importSource(db, { name, source: name, files: [first, ...rest] }, options);
}

/** Pasted text as a dataset: paragraphs, or rows where it is a table or JSON. */
export async function importText(
  db: AtelierDb,
  name: string,
  text: string,
  options: ImportOptions = {},
): Promise<DatasetRecord> {
  const named = name.trim() || 'text';
  return importSource(db, { name: named, source: 'paste', files: [textSourceOf(new Blob([text]), named)] }, options);
}

/**
 * A text that comes with the studio, or the dataset that holds it already. `folder` is of this origin. A tab that asks
 * while another one imports it waits, and finds it.
 * @throws starter-missing, and what `importFile` throws
 */
export function importSample(
  db: AtelierDb,
  name: BundledName,
  folder: URL,
  { locks = browserLocks(), ...options }: ImportOptions & { locks?: Locks } = {},
): Promise<DatasetRecord> {
  const source = sampleSource(name);
  const work = (): Promise<DatasetRecord> => sampleOrFound(db, name, folder, options);
  return untilCancelled(whileAdding(source, work, locks), options.signal);
}

async function sampleOrFound(
  db: AtelierDb,
  name: BundledName,
  folder: URL,
  options: ImportOptions,
): Promise<DatasetRecord> {
  throwIfCancelled(options.signal); // while it waited
  const source = sampleSource(name);
  const here = (await listDatasets(db)).find((dataset) => dataset.source === source);
  if (here) return here;
  const file = sampleFile(name);
  const response = await fetch(new URL(file, folder), { signal: options.signal });
  if (!response.ok) throw new AtelierError('starter-missing', { status: response.status });
  return importSource(db, { name, source, files: [textSourceOf(await response.blob(), file)] }, options);
}

/**
 * Files as one dataset; where no column of theirs is known by its name, what stands in the columns says what they are.
 * @throws as `importFile`; hub-rows where there are fewer rows than the first that is asked for
 */
export async function importSource(db: AtelierDb, from: ImportFrom, options: ImportOptions): Promise<DatasetRecord> {
  const notes = new RowNotes();
  try {
    return await importNoted(db, from, options, notes);
  } catch (thrown) {
    const unknown = thrown instanceof AtelierError && thrown.code === 'jsonl-fields' && !options.choices?.mapping;
    const mapping = unknown ? notes.guess.mapping() : undefined;
    if (!mapping) throw thrown;
    return importNoted(db, from, { ...options, choices: { ...options.choices, mapping } }, new RowNotes());
  }
}

async function importNoted(
  db: AtelierDb,
  from: ImportFrom,
  options: ImportOptions,
  notes: RowNotes,
): Promise<DatasetRecord> {
  const { name, source, files, hub } = from;
  const { choices } = options;
  /** Read once more, otherwise than before. */
  const again = Object.keys(choices ?? {}).length > 0 && !choices?.mapping?.guessed;
  const format = files.length > 1 ? 'files' : (choices?.format ?? (await formatOf(files[0])));
  return writeDataset(
    db,
    async (sink) => {
      const watched = new WatchedSources(files, options);
      const found: TextFound = { name, notes, ...(choices && { choices }) };
      const [only] = watched.sources;
      const rows = format === 'files' || !only ? rowsOfFiles(watched.sources, found) : rowsOfFile(only, format, found);
      await addRows(sink, rows, hub);
      await sink.setAside(notes.asideRows);
      const hash = isSlice(hub) ? await sha256OfText(JSON.stringify(hub)) : await watched.sha256();
      const report = await reportOf(db, notes, hash, again);
      const { encoding = 'utf-8', table, files: read, talk } = found;
      const mapping = notes.shape.mapping(choices?.mapping);
      const classNames = notes.classNames.get(mapping?.columns.find(({ use }) => use === 'label')?.column ?? '');
      return {
        ...{ name, source, format, content: notes.content ?? 'text', encoding, bytes: watched.bytes, sha256: hash },
        ...(table && { table }),
        ...(read && { files: read }),
        ...(hub && { hub }),
        ...(talk && { talk }),
        ...(mapping && { mapping }),
        ...(classNames && { classNames }),
        ...(report && { report }),
      };
    },
    options,
  );
}

const sha256OfText = (text: string): Promise<string> => sha256Of(new TextEncoder().encode(text));

/** @throws hub-rows */
async function addRows(sink: RowSink, batches: AsyncIterable<RowBatch>, hub?: DatasetHub): Promise<void> {
  const { first = 1, count = Infinity } = hub ?? {};
  let number = 0;
  for await (const batch of batches)
    for (const { row, facts } of batch) {
      if (++number < first) continue;
      const full = sink.add(row, facts);
      if (full) await full;
      if (number - first + 1 >= count) return;
    }
  if (number > 0 && number < first) throw new AtelierError('hub-rows', { repo: hub?.repo ?? '', rows: number, first });
}

/** What the person is told after an import; a text that came from the same bytes before is named. */
async function reportOf(
  db: AtelierDb,
  notes: RowNotes,
  hash: string,
  again: boolean,
): Promise<ImportReport | undefined> {
  const report = notes.report();
  const twin = again ? undefined : (await listDatasets(db)).find((dataset) => dataset.sha256 === hash)?.name;
  if (twin === undefined) return report;
  return { ...(report ?? { aside: 0, first: [], blank: 0, flattened: 0, unread: [] }), twin };
}
