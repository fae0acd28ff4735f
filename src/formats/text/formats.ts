// The readers of all text formats; a format without one does not compile. What a file is, they are asked in this order.
import type { FileFormat } from '../../base/records/textFormats';
import { csvFormat } from './csv';
import { docxFormat } from './docx';
import { epubFormat } from './epub';
import type { TextReader } from './format';
import { htmlFormat } from './html';
import { jsonFormat } from './json';
import { jsonlFormat } from './jsonl';
import { mdFormat } from './md';
import { parquetFormat } from './parquet';
import { pdfFormat } from './pdf';
import { srtFormat } from './srt';
import { talkFormat } from './talk';
import { txtFormat } from './txt';
import { xlsxFormat } from './xlsx';

export const TEXT_READERS: Record<FileFormat, TextReader> = {
  parquet: parquetFormat,
  pdf: pdfFormat,
  talk: talkFormat, // before JSON and plain text, in which exports are written
  html: htmlFormat,
  srt: srtFormat,
  jsonl: jsonlFormat,
  json: jsonFormat,
  csv: csvFormat,
  md: mdFormat,
  txt: txtFormat,
  docx: docxFormat,
  xlsx: xlsxFormat,
  epub: epubFormat,
};
