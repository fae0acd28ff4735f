/**
 * Texts with the class of each, as rows that are graded at one place: behind the tokens of a text stands the number of
 * its label, so that it is what the last token predicts. Makes windows as conversations have them.
 */
import type { TokenBatch } from '../../base/batch';
import { AtelierError } from '../../base/errors/errors';
import type { Classes } from '../../base/modelShape';
import { rowCount, type GradedRows } from './gradedRows';
import { gradedWindows, type GradedOrder } from './gradedWindows';
import type { OrderedWindows } from './orderedWindows';

/** How much each class counts: its texts where a text has one, its presence where a text may have several. */
export type ClassWeights = readonly number[];

/** The number of a row's label; undefined where it has none, or no token that could be read before it. */
export function labelOfRow({ ids, weights, offsets }: GradedRows, row: number): number | undefined {
  const last = offsets[row + 1]! - 1;
  return last > offsets[row]! && weights[last]! > 0 ? ids[last]! : undefined;
}

/** Rows of each class; a row counts for each of several. */
export function classCounts(rows: GradedRows, { names, several }: Classes): number[] {
  const counts = names.map(() => 0);
  for (let row = 0; row < rowCount(rows); row++) {
    const label = labelOfRow(rows, row);
    if (label === undefined) continue;
    if (several) counts.forEach((_, id) => (counts[id]! += (label >> id) & 1));
    else counts[label]!++;
  }
  return counts;
}

/**
 * Weights that balance classes: n / (k · n_c) as scikit-learn has them, of several (n − n_c) / n_c as torch advises for
 * pos_weight; 1 for a class of which no row is trained on.
 */
export function balancedClasses(rows: GradedRows, classes: Classes): ClassWeights {
  const counts = classCounts(rows, classes);
  let labelled = 0;
  for (let row = 0; row < rowCount(rows); row++) if (labelOfRow(rows, row) !== undefined) labelled++;
  return counts.map((count) => {
    if (count === 0) return 1;
    return classes.several ? Math.max(1, labelled - count) / count : labelled / (counts.length * count);
  });
}

/**
 * Windows of such rows. A text that is longer than a window loses its end, not its label: that is read after the last
 * token that is left.
 * @param weights of the classes; absent: 1 each
 * @throws rows-unlabelled where no training row has a label
 */
export function classWindows(
  train: GradedRows,
  held: GradedRows,
  order: GradedOrder,
  weights?: ClassWeights,
): OrderedWindows<TokenBatch> {
  const given = (rows: GradedRows): GradedRows => weighted(cut(rows, order.length), weights);
  try {
    return gradedWindows(given(train), given(held), order);
  } catch (thrown) {
    if (!(thrown instanceof AtelierError) || thrown.code !== 'rows-ungraded') throw thrown;
    throw new AtelierError('rows-unlabelled', { rows: rowCount(train) });
  }
}

function weighted(rows: GradedRows, weights: ClassWeights | undefined): GradedRows {
  if (!weights) return rows;
  const counted = rows.weights.slice();
  for (let row = 0; row < rowCount(rows); row++) {
    const label = labelOfRow(rows, row);
    if (label !== undefined) counted[rows.offsets[row + 1]! - 1]! *= weights[label]!;
  }
  return { ...rows, weights: counted };
}

/** At most `length` tokens of each text, and its label behind them. */
function cut(rows: GradedRows, length: number): GradedRows {
  const { ids, weights, offsets } = rows;
  const sizes = Array.from({ length: rowCount(rows) }, (_, row) => offsets[row + 1]! - offsets[row]!);
  if (sizes.every((size) => size <= length + 1)) return rows;
  const ends = [0];
  for (const size of sizes) ends.push(ends.at(-1)! + Math.min(size, length + 1));
  const kept: GradedRows = {
    ids: new Uint32Array(ends.at(-1)!),
    weights: new Float32Array(ends.at(-1)!),
    offsets: Uint32Array.from(ends),
  };
  sizes.forEach((size, row) => {
    const [from, to, at] = [offsets[row]!, offsets[row + 1]!, ends[row]!];
    const tokens = Math.min(size - 1, length);
    kept.ids.set(ids.subarray(from, from + tokens), at);
    kept.ids[at + tokens] = ids[to - 1]!;
    kept.weights[at + tokens] = weights[to - 1]!;
  });
  return kept;
}
