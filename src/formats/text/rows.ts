// The rows of a text file, by its format, in batches.
import { AtelierError } from '../../base/errors/errors';
import type { FileFormat } from '../../base/records/textFormats';
import type { RowBatch, TextFound, TextRow, TextSource } from './format';
import { TEXT_READERS } from './formats';

/**
 * The rows of a text file as they are read, in memory of a few chunks whatever the size of the file.
 * @throws text-empty where there is none, and what the format's reader throws
 */
export async function* textRows(
  source: TextSource,
  format: FileFormat,
  found: TextFound = {},
): AsyncGenerator<RowBatch> {
  let rows = 0;
  for await (const read of TEXT_READERS[format].read(source, found)) {
    const batch = batchOf(read);
    rows += batch.length;
    yield batch;
  }
  if (!rows) throw new AtelierError('text-empty', { file: source.name });
}

const batchOf = (read: string | TextRow | RowBatch): RowBatch =>
  typeof read === 'string' ? [{ row: read }] : 'row' in read ? [read] : read;
