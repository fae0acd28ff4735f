// The rows of a text file, by its format.
import { AtelierError } from '../../base/errors/errors';
import type { DatasetContent, TextFormat } from '../../base/records/dataset';
import { jsonlRows, jsonRows } from './jsonl';
import { paragraphs } from './plainText';
import { decodeText, type ByteSource, type TextEncoding } from './textFile';

const FORMATS: Record<string, TextFormat> = {
  txt: 'txt',
  text: 'txt',
  md: 'md',
  markdown: 'md',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
};

/**
 * The text format of a file by its ending.
 * @throws format-unknown
 */
export function textFormatOf(file: string): TextFormat {
  const ending = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
  if (!format) throw new AtelierError('format-unknown', { file, supported: '.txt, .md, .jsonl, .json' });
  return format;
}

/**
 * The rows of a text file as they are read, in memory of a few chunks whatever the size of the file.
 * @throws text-empty where there is none, and what `decodeText`, `jsonlRows` and `jsonRows` throw
 */
export async function* textRows(
  source: ByteSource,
  format: TextFormat,
  file: string,
  onEncoding?: (encoding: TextEncoding) => void,
  onContent?: (content: DatasetContent) => void,
): AsyncGenerator<string> {
  const text = decodeText(source, file, onEncoding);
  let rows = 0;
  for await (const row of rowsIn(text, format, file, onContent)) {
    rows++;
    yield row;
  }
  if (!rows) throw new AtelierError('text-empty', { file });
}

function rowsIn(
  text: AsyncIterable<string>,
  format: TextFormat,
  file: string,
  onContent?: (content: DatasetContent) => void,
): AsyncIterable<string> {
  if (format === 'jsonl') return jsonlRows(text, file, onContent);
  return format === 'json' ? jsonRows(text, file, onContent) : paragraphs(text);
}
