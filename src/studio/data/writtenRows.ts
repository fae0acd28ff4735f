// Rows that were written in the studio, as a new dataset or as the next version of one: both are read as a file of
// the same lines is, so that nothing here knows the shapes of rows.
import { AtelierError } from '../../base/errors/errors';
import type { DatasetRecord } from '../../base/records/dataset';
import type { WriteRowsRequest } from '../../base/wire/written';
import type { TextRow } from '../../formats/text/format';
import { RowNotes } from '../../formats/text/rowNotes';
import { RowWriter } from '../../formats/text/rowWriter';
import { textSourceOf } from '../../formats/text/textSource';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { contentOfRows, type RecipeOptions } from './datasetPasses';
import { importSource, type ImportOptions } from './importData';
import { makeVersion } from './recipe';

/**
 * @throws written-none where there is no row; written-other where the dataset holds rows of another kind;
 *   dataset-missing, dataset-damaged, those of an import and of storage, cancelled
 */
export async function writtenDataset(
  db: AtelierDb,
  request: WriteRowsRequest,
  options: ImportOptions & RecipeOptions = {},
): Promise<DatasetRecord> {
  const { rows, target, source } = request;
  if (!rows.length) throw new AtelierError('written-none');
  if ('datasetId' in target) return appended(db, request, target.datasetId, options);
  const lines = new Blob(rows.map((row) => `${JSON.stringify(row)}\n`));
  const choices = { format: 'jsonl' as const };
  return importSource(
    db,
    { name: target.name, source, files: [textSourceOf(lines, target.name)] },
    { ...options, choices },
  );
}

async function appended(
  db: AtelierDb,
  { rows, content }: WriteRowsRequest,
  datasetId: string,
  options: RecipeOptions,
): Promise<DatasetRecord> {
  const dataset = await getDataset(db, datasetId);
  const has = contentOfRows(dataset);
  if (has !== content) throw new AtelierError('written-other', { name: dataset.name });
  const recipe = { format: 'atelier-recipe' as const, version: 1 as const, steps: [] };
  return makeVersion(db, { datasetId, recipe }, options, { rows: readRows(rows, dataset.name, content) });
}

/** @throws what the rows are refused for, as in a file */
function readRows(rows: WriteRowsRequest['rows'], name: string, content: WriteRowsRequest['content']): TextRow[] {
  const notes = new RowNotes();
  notes.content = content;
  const writer = new RowWriter(name, notes);
  const read = rows.map((row, i) => writer.write(() => row, i + 1));
  writer.end();
  return read.flatMap((row) => (row ? [row] : []));
}
