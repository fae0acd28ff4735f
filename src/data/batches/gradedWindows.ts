/** Windows of conversations: rows with a loss mask, one to a window or, with packing, several that stay apart. */
import type { TokenBatch } from '../../base/batch';
import { AtelierError } from '../../base/errors/errors';
import { emptyBatch, isGraded, placeRow, predictionsIn, rowCount, type GradedRows } from './gradedRows';
import { OrderedWindows, type WindowOrder, type WindowSide } from './orderedWindows';
import { packBins, type Bin } from './pack';

export interface GradedOrder extends WindowOrder {
  /** Several rows to a window; else one. */
  packing: boolean;
}

/**
 * Rows longer than a window are cut at its end. Rows without a graded token before the cut are skipped; of the held-out
 * rows all may be, of the training rows one must be left.
 * @throws rows-ungraded
 */
export function gradedWindows(train: GradedRows, held: GradedRows, order: GradedOrder): OrderedWindows<TokenBatch> {
  const training = sideOf(train, order);
  if (!training.count) throw new AtelierError('rows-ungraded', { rows: rowCount(train), context: order.length });
  return new OrderedWindows(training, sideOf(held, order), order);
}

function sideOf(rows: GradedRows, order: GradedOrder): WindowSide<TokenBatch> {
  const bins = binsOf(rows, order);
  return {
    count: bins.length,
    tokens: bins.flat().reduce((sum, row) => sum + predictionsIn(rows, row, order.length), 0),
    batch: (windows) => {
      const out = emptyBatch(order);
      windows.forEach(({ window: bin }, window) => {
        let at = 0;
        for (const row of bins[bin]!) at += placeRow(out, rows, window, at, row);
      });
      return out;
    },
  };
}

/** The rows of each window. */
function binsOf(rows: GradedRows, { length, packing }: GradedOrder): Bin[] {
  const used = Array.from({ length: rowCount(rows) }, (_, row) => row).filter((row) => isGraded(rows, row, length));
  if (!packing) return used.map((row) => [row]);
  const lengths = used.map((row) => predictionsIn(rows, row, length));
  return packBins(lengths, length).map((bin) => bin.map((i) => used[i]!));
}
