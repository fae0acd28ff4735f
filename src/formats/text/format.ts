// What a reader of a text format is, and what it tells of a file beside its rows.
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import type { ReadChoices, ReadFile, TableFacts } from '../../base/records/dataset';
import type { TextEncoding } from '../../base/records/encodings';
import type { RowFacts } from '../../base/records/recipe';
import type { TalkFacts } from '../../base/records/talkExports';
import type { FileFormat } from '../../base/records/textFormats';
import type { RowNotes } from './rowNotes';
import { decodeText, type ByteSource } from './textFile';

/** A file as readers get it: a stream of its bytes, or parts that are asked for. */
export interface TextSource {
  /** What errors call it, with the folders that lead to it. */
  name: string;
  byteLength: number;
  /** Its bytes from the beginning, each time anew. */
  stream: () => ByteSource;
  /** @throws what unpacking it throws, where it lies in an archive */
  buffer: () => Promise<AsyncBuffer>;
}

/** Filled in while rows are read; complete after the last of them. */
export interface TextFound {
  /** What the person chose in place of what would be found. */
  choices?: ReadChoices;
  /** Absent for a format that is not characters, such as a container of compressed parts. */
  encoding?: TextEncoding | undefined;
  /** What errors call several files together. */
  name?: string;
  /** Of several files, the first ones. */
  files?: ReadFile[];
  /** Of a format that is a table. */
  table?: TableFacts;
  /** Of a chat that was exported. */
  talk?: TalkFacts;
  /** What the rows are, and what was left out of them. */
  notes?: RowNotes;
}

/** A row of a file: what is trained on, as it is stored, and its further columns. */
export interface TextRow {
  row: string;
  facts?: RowFacts;
}

/** Rows of one part of a file together: a promise for each of them would take as long as reading it. */
export type RowBatch = readonly TextRow[];

/** The beginning of a file, from which its format is told. */
export interface FileHead {
  /** In lower case. */
  name: string;
  bytes: Uint8Array;
  /** Its characters; empty where it holds other bytes than those of a text. */
  text: string;
  /** There is no more of it. */
  whole: boolean;
}

/** Takes bytes, not characters, so that a binary format can be one too. */
export interface TextReader {
  name: FileFormat;
  endings: readonly string[];
  /** Whether a file of this content is of this format whatever its ending; absent: the ending says it. */
  begins?: (head: FileHead) => boolean;
  /** Whether a file of its ending is something else by its content. */
  refutes?: (head: FileHead) => boolean;
  /** Its rows are text, whatever they say. */
  prose?: boolean;
  /** Rows as they come, one or several at a time; a text alone is a row without further columns. */
  read: (source: TextSource, found: TextFound) => AsyncIterable<string | TextRow | RowBatch>;
}

/** The characters of a file; their encoding goes into `found`. */
export const charactersOf = (source: TextSource, found: TextFound): AsyncIterable<string> =>
  decodeText(source.stream(), source.name, {
    encoding: found.choices?.encoding,
    onEncoding: (encoding) => (found.encoding = encoding),
  });
