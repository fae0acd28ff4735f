// What a reader of a text format is, and what it tells of a file beside its rows.
import type { DatasetRecord } from '../../base/records/dataset';
import type { RowFacts } from '../../base/records/recipe';
import type { TextFormat } from '../../base/records/textFormats';
import type { RowNotes } from './rowNotes';
import { decodeText, type ByteSource } from './textFile';

/** Filled in while rows are read; complete after the last of them. */
export interface TextFound {
  /** Absent for a format that is not characters, such as a container of compressed parts. */
  encoding?: DatasetRecord['encoding'];
  /** What the rows are, and what was left out of them. */
  notes?: RowNotes;
}

/** A row of a file: what is trained on, as it is stored, and its further columns. */
export interface TextRow {
  row: string;
  facts?: RowFacts;
}

/** Takes bytes, not characters, so that a binary format can be one too. */
export interface TextReader {
  name: TextFormat;
  endings: readonly string[];
  /** Rows one at a time; a text alone is a row without further columns. */
  read: (source: ByteSource, file: string, found: TextFound) => AsyncIterable<string | TextRow>;
}

/** The characters of a file; their encoding goes into `found`. */
export const charactersOf = (source: ByteSource, file: string, found: TextFound): AsyncIterable<string> =>
  decodeText(source, file, (encoding) => (found.encoding = encoding));
