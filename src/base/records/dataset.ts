// A dataset as it is stored: what the file was, and its rows in chunks. Its tokens are another record: `prepared.ts`.
import type { TextEncoding } from './encodings';
import type { Mapping, ShownMapping } from './mapping';
import type { DatasetHub } from './datasetHub';
import type { Id, NamedRecord } from './named';
import type { RowFacts } from './recipe';
import type { TalkChoices, TalkFacts } from './talkExports';
import type { TextFormat } from './textFormats';
import type { DatasetVersion } from './version';

/** What storage calls the one sample text of earlier versions; the page shows it in the person's language. */
export const STARTER_NAME = 'atelier-starter';

/** What the rows of a dataset are: text, or JSON text of a `Conversation` or a `PreferencePair`. */
export type DatasetContent = 'text' | 'chat' | 'preference';

/** A row that an import set aside: the code and the facts of its error, of which `line` says where it stands. */
export interface RowSetAside {
  code: string;
  facts: Record<string, string | number>;
}

/** The same with what stands in the file; empty where it was too long to be kept. */
export interface AsideRow extends RowSetAside {
  text: string;
}

/** What an import left out, or read otherwise than the file has it. */
export interface ImportReport {
  /** Rows set aside, each for its own reason. */
  aside: number;
  /** The first of them. */
  first: RowSetAside[];
  /** How many of them are stored with their text, to be seen and mended; absent: none. */
  stored?: number;
  /** Rows that hold no text. */
  blank: number;
  /** Conversations in a file of texts, written as lines of text. */
  flattened: number;
  /** Fields that hold something and were not read, with the number of rows that have them. */
  unread: { field: string; rows: number }[];
  /** Columns without a use that is known, stored beside the rows; absent where there are none. */
  kept?: { field: string; rows: number }[];
  /** Conversations whose answer is marked as bad: it is read, not trained on. Absent: none. */
  bad?: number;
  /** Texts with a label beside them. Absent: none. */
  labelled?: number;
  /** The name of a text that was here before and came from the same bytes. */
  twin?: string;
}

/** What the first row of a table holds: the names of its columns, or the first row of data. */
export const FIRST_ROWS = ['names', 'data'] as const;
export type FirstRow = (typeof FIRST_ROWS)[number];

/** What was found of a file that is a table. */
export interface TableFacts {
  columns: readonly string[];
  /** Between cells; absent where they need none. */
  delimiter?: string;
  /** What the first row with cells was read as; absent where the format itself names its columns. */
  firstRow?: FirstRow;
  /** The sheet that was read, of these. */
  sheet?: string;
  sheets?: readonly string[];
}

/** One of the files that a dataset was read from. */
export interface ReadFile {
  name: string;
  format: TextFormat;
  rows: number;
  encoding?: TextEncoding;
}

/** What a person chose where the content of a file leaves it open, or was read wrongly. */
export interface ReadChoices {
  format?: TextFormat;
  encoding?: TextEncoding;
  delimiter?: string;
  firstRow?: FirstRow;
  sheet?: string;
  /** Of a chat: who is the assistant, and where one conversation ends. */
  talk?: TalkChoices;
  /** What each column is used for. */
  mapping?: Mapping;
}

export interface DatasetRecord extends NamedRecord {
  /**
   * The file's name, or `paste`, `version`, or that of a sample (samples.ts); `starter`: the one sample of earlier
   * versions.
   */
  source: string;
  format: TextFormat;
  /** Absent: text, as all were in versions that knew nothing else. */
  content?: DatasetContent;
  encoding: TextEncoding;
  /** How the file was read as a table; absent where it is none. */
  table?: TableFacts;
  /** Where it was read from several files: the first of them. */
  files?: readonly ReadFile[];
  /** Absent where it came from this machine. */
  hub?: DatasetHub;
  /** Of a chat that was exported. */
  talk?: TalkFacts;
  /** What the columns of its rows were read for; absent where it has none. */
  mapping?: ShownMapping;
  /** Classes of its labels in the order of their ids, where the file says it; some may be no row's. */
  classNames?: readonly string[];
  /** Bytes of the source as it came. */
  bytes: number;
  /** Rows: paragraphs of .txt and .md, lines of .jsonl and of tables, members of .json. */
  rows: number;
  characters: number;
  chunks: number;
  /** SHA-256 of each chunk of rows, in order; absent in records of versions that kept none. */
  hashes?: string[];
  /** SHA-256 of the source, hex; of some rows of a hub's data set, that of what was asked for. */
  sha256: string;
  /** Absent where the import took everything as it stands in the file. */
  report?: ImportReport;
  /** The least id that no row of the family had when this was written; absent: `rows`. */
  nextRowId?: number;
  /** Absent: it was imported. */
  version?: DatasetVersion;
}

/** The import whose versions share the ids of their rows. */
export const rootIdOf = ({ id, version }: Pick<DatasetRecord, 'id' | 'version'>): Id => version?.rootId ?? id;

/** Texts behind each other: UTF-8 bytes and where each begins in them, plus the end (length = texts + 1). */
export interface PackedTexts {
  bytes: Uint8Array;
  offsets: Uint32Array;
}

/** One chunk of rows, and what stands beside each. */
export interface RowChunk extends PackedTexts {
  /** JSON text of each row's `RowFacts`, empty where it has none; absent where no row has any. */
  facts?: PackedTexts;
  /** Absent: a row's position in the dataset, as all rows had in versions that knew no ids. */
  ids?: Uint32Array;
}

/** A row as it is stored, with its further columns and the id that it has in every version. */
export interface StoredRow {
  row: string;
  facts: RowFacts;
  id: number;
}
