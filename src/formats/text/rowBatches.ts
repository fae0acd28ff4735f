// Puts rows together in batches while they are read from a part of a file.
import type { RowBatch, TextRow } from './format';

/** Rows of one batch at most, however many its part of the file holds. */
const LARGEST_BATCH = 1000;

/** Rows in batches, none of them empty; those in front of a fault come before it is thrown. */
export function* inBatches(rows: Iterable<TextRow>): Generator<RowBatch> {
  let batch: TextRow[] = [];
  try {
    for (const row of rows) {
      if (batch.push(row) < LARGEST_BATCH) continue;
      yield batch;
      batch = [];
    }
  } catch (thrown) {
    if (batch.length) yield batch;
    throw thrown;
  }
  if (batch.length) yield batch;
}
