// Rows that an import set aside, once a person has mended them: they come last in a version of the dataset.
import type { AsideRow, DatasetRecord, ImportReport } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { ExportResult, MendReport, MendRequest, StillAside } from '../../base/wire/requests';
import type { TextRow } from '../../formats/text/format';
import { isObject } from '../../formats/json';
import { jsonValue } from '../../formats/text/jsonValues';
import { RowNotes } from '../../formats/text/rowNotes';
import { RowWriter } from '../../formats/text/rowWriter';
import { asideRowsOf, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { contentOfRows, type RecipeOptions } from './datasetPasses';
import { makeVersion } from './recipe';

/** Reasons that the report tells in full. */
const FIRST = 10;

/**
 * Reads rows as the import would have; those that can be read make a version of the dataset, in which they come last.
 * @throws dataset-missing, dataset-damaged, those of storage, cancelled
 */
export async function bringBack(
  db: AtelierDb,
  { datasetId, rows }: MendRequest,
  options: RecipeOptions = {},
): Promise<MendReport> {
  const dataset = await getDataset(db, datasetId);
  const aside = await asideRowsOf(db, datasetId);
  const read = rows.map(({ index, text }) => ({ index, ...readMended(text, dataset, lineOf(aside[index])) }));
  const still = read.flatMap(({ index, refused }): StillAside[] => (refused ? [{ index, ...refused }] : []));
  const back = new Map(read.flatMap(({ index, row }): [number, TextRow][] => (row ? [[index, row]] : [])));
  if (!back.size) return { still };
  const left = aside.filter((_, i) => !back.has(i));
  const report = reportOf(dataset, left, back.size);
  const recipe = { format: 'atelier-recipe' as const, version: 1 as const, steps: [] };
  const added = { rows: [...back.values()], mended: { aside: left, report } };
  return { dataset: await makeVersion(db, { datasetId, recipe }, options, added), still };
}

const lineOf = (row: AsideRow | undefined): number => Number(row?.facts['line'] ?? 0);

/** JSON as the file has it; in a dataset of texts anything else is the text. */
function readMended(
  text: string,
  dataset: DatasetRecord,
  line: number,
): { row?: TextRow; refused?: Omit<StillAside, 'index'> } {
  const notes = new RowNotes();
  const content = contentOfRows(dataset);
  notes.content = content;
  const writer = new RowWriter(dataset.source, notes, dataset.mapping?.chosen && dataset.mapping);
  const plain = content === 'text' && !/^\s*[{[]/.test(text);
  const row = writer.write(() => (plain ? { text } : jsonValue(text, dataset.source, line)), line, text);
  if (row) return { row };
  const [refused] = notes.asideRows;
  return { refused: refused ? { code: refused.code, facts: refused.facts } : { code: 'row-blank', facts: { line } } };
}

function reportOf({ report }: DatasetRecord, left: readonly AsideRow[], back: number): ImportReport {
  const first = left.slice(0, FIRST).map(({ code, facts }) => ({ code, facts }));
  const { stored: _, ...rest } = report ?? { blank: 0, flattened: 0, unread: [], aside: back };
  return { ...rest, first, aside: rest.aside - back, ...(left.length && { stored: left.length }) };
}

/** The rows set aside as lines of JSON, each with its line in the file and the code of its reason. */
export async function asideFile(db: AtelierDb, id: Id): Promise<ExportResult> {
  const { name } = await getDataset(db, id);
  const lines = (await asideRowsOf(db, id)).map(({ code, facts, text }) => {
    const value = parsedOr(text);
    return `${JSON.stringify({ line: facts['line'], reason: code, facts, row: value })}\n`;
  });
  const blob = new Blob(lines, { type: 'application/x-ndjson' });
  return { fileName: `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}-set-aside.jsonl`, bytes: blob.size, blob };
}

/** The object of a row, or its text where it is none. */
function parsedOr(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : text;
  } catch {
    return text;
  }
}
