// The formats in which text comes in, with the endings of their files: the one list that the drop hint, the error for
// other files and the readers in formats/text follow. A file's content says what it is; its ending only breaks ties.
export const TEXT_ENDINGS = {
  txt: ['.txt', '.text'],
  md: ['.md', '.markdown'],
  jsonl: ['.jsonl', '.ndjson'],
  json: ['.json'],
  csv: ['.csv', '.tsv', '.tab'],
  xlsx: ['.xlsx'],
  parquet: ['.parquet'],
  docx: ['.docx'],
  pdf: ['.pdf'],
  html: ['.html', '.htm', '.xhtml'],
  epub: ['.epub'],
  srt: ['.srt', '.vtt'],
  zip: ['.zip'],
  /** Several files together. */
  files: [],
  talk: ['.mbox', '.eml'],
} as const satisfies Record<string, readonly `.${string}`[]>;

export type TextFormat = keyof typeof TEXT_ENDINGS;

/** A format of one file. */
export type FileFormat = Exclude<TextFormat, 'zip' | 'files'>;

export const TEXT_FORMATS = Object.keys(TEXT_ENDINGS) as TextFormat[];
