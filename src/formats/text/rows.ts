// The rows of a text file, by its format.
import { AtelierError } from '../../base/errors/errors';
import { ALL_TEXT_ENDINGS, type TextFormat } from '../../base/records/textFormats';
import type { TextFound, TextRow } from './format';
import { TEXT_READERS } from './formats';
import type { ByteSource } from './textFile';

/**
 * The text format of a file by its ending, whatever its case.
 * @throws format-unknown
 */
export function textFormatOf(file: string): TextFormat {
  const name = file.toLowerCase();
  const reader = Object.values(TEXT_READERS).find(({ endings }) => endings.some((ending) => name.endsWith(ending)));
  if (!reader) throw new AtelierError('format-unknown', { file, supported: ALL_TEXT_ENDINGS.join(', ') });
  return reader.name;
}

/**
 * The rows of a text file as they are read, in memory of a few chunks whatever the size of the file.
 * @throws text-empty where there is none, and what the format's reader throws
 */
export async function* textRows(
  source: ByteSource,
  format: TextFormat,
  file: string,
  found: TextFound = {},
): AsyncGenerator<TextRow> {
  let rows = 0;
  for await (const row of TEXT_READERS[format].read(source, file, found)) {
    rows++;
    yield typeof row === 'string' ? { row } : row;
  }
  if (!rows) throw new AtelierError('text-empty', { file });
}
