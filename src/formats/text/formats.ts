// The readers of all text formats; a format without one does not compile.
import type { TextFormat } from '../../base/records/textFormats';
import type { TextReader } from './format';
import { jsonFormat } from './json';
import { jsonlFormat } from './jsonl';
import { mdFormat } from './md';
import { txtFormat } from './txt';

export const TEXT_READERS: Record<TextFormat, TextReader> = {
  txt: txtFormat,
  md: mdFormat,
  jsonl: jsonlFormat,
  json: jsonFormat,
};
