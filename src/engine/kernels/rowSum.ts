/**
 * WGSL of sums over the rows of a matrix: a workgroup of 64 takes several rows, as many invocations to each as the row is worth, so
 * that short rows do not leave most of them idle and neighbours read neighbouring words.
 */
export const ROW_GROUP = 64;

/** From this many rows on there is work enough for all of a GPU, however few invocations a row gets. */
const MANY_ROWS = 256;

/**
 * Invocations for each of `rows` rows of `n` (vector) elements: a power of two, about four elements to each; of many rows sixteen, because
 * the fewer share a row, the fewer barriers they meet at (rmsNorm of 512 rows of 64 on SwiftShader: 0.6 of the CPU time).
 */
export function lanesPerRow(n: number, rows: number): number {
  const each = rows < MANY_ROWS ? 4 : 16;
  let lanes = 1;
  while (lanes < ROW_GROUP && lanes * each < n) lanes *= 2;
  return lanes;
}

/**
 * `rowSum(t, own)`: the sum of `own` over the `lanes` invocations of one row, as a tree, so always in the same order. To be called by
 * the whole workgroup; `t` is the local index, and the lanes of a row are neighbours.
 */
export const rowSum = (lanes: number): string => `
var<workgroup> rowSums: array<f32, ${ROW_GROUP}>;
fn rowSum(t: u32, own: f32) -> f32 {
  rowSums[t] = own;
  workgroupBarrier();
  for (var half = ${lanes >> 1}u; half > 0u; half >>= 1u) {
    if (t % ${lanes}u < half) { rowSums[t] += rowSums[t + half]; }
    workgroupBarrier();
  }
  return rowSums[t - t % ${lanes}u];
}`;
