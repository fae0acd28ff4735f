/** Windows of preference pairs: rows 2i and 2i + 1 are the chosen and the rejected answer of pair i. Never packed. */
import type { PairBatch } from '../../base/batch';
import { AtelierError } from '../../base/errors/errors';
import { emptyBatch, isGraded, placeRow, predictionsIn, rowCount, type GradedRows } from './gradedRows';
import { OrderedWindows, type WindowOrder, type WindowSide } from './orderedWindows';

/**
 * Answers longer than a window are cut at its end. Pairs of which one answer has no graded token before the cut are
 * skipped; of the held-out pairs all may be, of the training pairs one must be left.
 * @throws rows-ungraded
 */
export function pairWindows(train: GradedRows, held: GradedRows, order: WindowOrder): OrderedWindows<PairBatch> {
  const training = sideOf(train, order);
  if (!training.count) throw new AtelierError('rows-ungraded', { rows: pairCount(train), context: order.length });
  return new OrderedWindows(training, sideOf(held, order), order);
}

const pairCount = (rows: GradedRows): number => rowCount(rows) >> 1;

function sideOf(rows: GradedRows, order: WindowOrder): WindowSide<PairBatch> {
  const graded = (row: number): boolean => isGraded(rows, row, order.length);
  const all = Array.from({ length: pairCount(rows) }, (_, pair) => pair);
  const pairs = all.filter((pair) => graded(2 * pair) && graded(2 * pair + 1));
  const tokensIn = (row: number): number => predictionsIn(rows, row, order.length);
  return {
    count: pairs.length,
    tokens: pairs.reduce((sum, pair) => sum + tokensIn(2 * pair) + tokensIn(2 * pair + 1), 0),
    batch: (windows) => {
      const [chosen, rejected] = [emptyBatch(order), emptyBatch(order)];
      windows.forEach(({ window: used }, window) => {
        placeRow(chosen, rows, window, 0, 2 * pairs[used]!);
        placeRow(rejected, rows, window, 0, 2 * pairs[used]! + 1);
      });
      return { chosen, rejected };
    },
  };
}
