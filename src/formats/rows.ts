import { AtelierError } from '../base/errors/errors';
import type { TextFormat } from '../base/records';
import { jsonlRows } from './jsonl';
import { paragraphs } from './plainText';
import { decodeText, type ByteSource, type TextEncoding } from './textFile';

const FORMATS: Record<string, TextFormat> = {
  txt: 'txt',
  text: 'txt',
  md: 'md',
  markdown: 'md',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
};

/** The text format of a file by its ending. Errors: format-unknown. */
export function textFormatOf(file: string): TextFormat {
  const ending = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
  if (!format) throw new AtelierError('format-unknown', { file, supported: '.txt, .md, .jsonl' });
  return format;
}

/**
 * The rows of a text file as they are read, in memory of a few chunks whatever the size of the file. Throws text-empty
 * where there is none, and what `decodeText` and `jsonlRows` throw.
 */
export async function* readRows(
  source: ByteSource,
  format: TextFormat,
  file: string,
  onEncoding?: (encoding: TextEncoding) => void,
): AsyncGenerator<string> {
  const text = decodeText(source, file, onEncoding);
  let rows = 0;
  for await (const row of format === 'jsonl' ? jsonlRows(text, file) : paragraphs(text)) {
    rows++;
    yield row;
  }
  if (!rows) throw new AtelierError('text-empty', { file });
}
