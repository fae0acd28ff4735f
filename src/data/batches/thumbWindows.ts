/**
 * Windows of answers that are good or bad each: a row is one question with its answer, whose weights are 1, or −1 where
 * the answer is bad. Never packed.
 */
import type { ThumbBatch, TokenBatch } from '../../base/batch';
import { AtelierError } from '../../base/errors/errors';
import { emptyBatch, placeRow, predictionsIn, rowCount, type GradedRows } from './gradedRows';
import { OrderedWindows, type WindowOrder, type WindowSide } from './orderedWindows';

/**
 * Rows longer than a window are cut at its end. Those without a token of their answer before the cut are skipped; of
 * the held-out rows all may be, of the training rows one must be left.
 * @throws rows-ungraded
 */
export function thumbWindows(train: GradedRows, held: GradedRows, order: WindowOrder): OrderedWindows<ThumbBatch> {
  const training = sideOf(train, order);
  if (!training.count) throw new AtelierError('rows-ungraded', { rows: rowCount(train), context: order.length });
  return new OrderedWindows(training, sideOf(held, order), order);
}

function sideOf(rows: GradedRows, order: WindowOrder): WindowSide<ThumbBatch> {
  const all = Array.from({ length: rowCount(rows) }, (_, row) => thumbRow(rows, row));
  const used = all.filter(({ row, asked }) => Math.max(1, asked) <= predictionsIn(rows, row, order.length));
  return {
    count: used.length,
    tokens: used.reduce((sum, { row }) => sum + predictionsIn(rows, row, order.length), 0),
    batch: (windows) => {
      const [answers, mismatched] = [emptyBatch(order), emptyBatch(order)];
      windows.forEach(({ window }, i) => {
        const own = used[window]!;
        placeRow(answers, magnitudes(rows, own.row), i, 0, 0);
        if (own.isBad) negate(answers, i);
        const other = used[windows.at(i - 1)!.window]!;
        placeRow(mismatched, joined(rows, own, other), i, 0, 0);
      });
      return { answers, mismatched };
    },
  };
}

interface ThumbRow {
  row: number;
  /** Tokens before the answer; of a row without one all of them. */
  asked: number;
  isBad: boolean;
}

function thumbRow({ weights, offsets }: GradedRows, row: number): ThumbRow {
  const own = weights.subarray(offsets[row], offsets[row + 1]);
  const first = own.findIndex((weight) => weight !== 0);
  return { row, asked: first < 0 ? own.length : first, isBad: first >= 0 && own[first]! < 0 };
}

/** One row by itself, its weights without their signs. */
function magnitudes({ ids, weights, offsets }: GradedRows, row: number): GradedRows {
  const [from, to] = [offsets[row]!, offsets[row + 1]!];
  const own = weights.subarray(from, to).map(Math.abs);
  return { ids: ids.subarray(from, to), weights: own, offsets: Uint32Array.of(0, to - from) };
}

/** The question of one row with the answer of another one. */
function joined(rows: GradedRows, own: ThumbRow, other: ThumbRow): GradedRows {
  const [asked, said] = [magnitudes(rows, own.row), magnitudes(rows, other.row)];
  const ids = Uint32Array.from([...asked.ids.subarray(0, own.asked), ...said.ids.subarray(other.asked)]);
  const weights = new Float32Array(ids.length);
  weights.set(said.weights.subarray(other.asked), own.asked);
  return { ids, weights, offsets: Uint32Array.of(0, ids.length) };
}

function negate({ weights, length }: Pick<Required<TokenBatch>, 'weights' | 'length'>, window: number): void {
  for (let i = window * length; i < (window + 1) * length; i++) if (weights[i]! > 0) weights[i] = -weights[i]!;
}
