import type { GradedRows } from '../../../src/data/batches/gradedRows';

/** Rows of these lengths; ids count up from 1, the last `graded` tokens of each row are graded with `weight`. */
export function rowsOf(lengths: readonly number[], graded: readonly number[], weight = 1): GradedRows {
  const offsets = Uint32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0))]);
  const total = offsets.at(-1)!;
  const weights = new Float32Array(total);
  lengths.forEach((_, row) => weights.fill(weight, offsets[row + 1]! - graded[row]!, offsets[row + 1]));
  return { ids: Uint16Array.from({ length: total }, (_, i) => i + 1), weights, offsets };
}
