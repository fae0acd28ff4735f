// The rows of a text file, by its format.
import { AtelierError } from '../../base/errors/errors';
import type { FileFormat } from '../../base/records/textFormats';
import type { TextFound, TextRow, TextSource } from './format';
import { TEXT_READERS } from './formats';

/**
 * The rows of a text file as they are read, in memory of a few chunks whatever the size of the file.
 * @throws text-empty where there is none, and what the format's reader throws
 */
export async function* textRows(
  source: TextSource,
  format: FileFormat,
  found: TextFound = {},
): AsyncGenerator<TextRow> {
  let rows = 0;
  for await (const row of TEXT_READERS[format].read(source, found)) {
    rows++;
    yield typeof row === 'string' ? { row } : row;
  }
  if (!rows) throw new AtelierError('text-empty', { file: source.name });
}
