// The readers of all text formats; a format without one does not compile. What a file is, they are asked in this order.
import type { TextFormat } from '../../base/records/textFormats';
import { csvFormat } from './csv';
import type { TextReader } from './format';
import { jsonFormat } from './json';
import { jsonlFormat } from './jsonl';
import { mdFormat } from './md';
import { srtFormat } from './srt';
import { txtFormat } from './txt';

export const TEXT_READERS: Record<TextFormat, TextReader> = {
  srt: srtFormat,
  jsonl: jsonlFormat,
  json: jsonFormat,
  csv: csvFormat,
  md: mdFormat,
  txt: txtFormat,
};
