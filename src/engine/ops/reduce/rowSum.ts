/**
 * WGSL of kernels that sum over each row of a matrix: a workgroup of 64 takes several rows, as many invocations to each
 * as the row is worth, so that short rows do not leave most of them idle and neighbours read neighbouring words.
 */
import { grid1d } from '../../device/grid';
import { lanesOf, type Lanes } from '../../device/lanes';

/** Invocations of a workgroup. */
export const ROW_GROUP = 64;

/** The sum of a·b over the lanes of a vector. */
export const product = (lanes: Lanes, a: string, b: string): string =>
  lanes === 4 ? `dot(${a}, ${b})` : `${a} * ${b}`;

/** What a kernel over rows is made for. */
export interface RowConstants {
  lanes: Lanes;
  /** Invocations to a row. */
  per: number;
}

/** From this many rows on there is work enough for all of a GPU, however few invocations a row gets. */
const MANY_ROWS = 256;

/**
 * Invocations for each of `rows` rows of `n` (vector) elements: a power of two, about four elements to each; of many
 * rows sixteen, because the fewer share a row, the fewer barriers they meet at (rmsNorm of 512 rows of 64 on
 * SwiftShader: 0.6 of the CPU time).
 */
export function lanesPerRow(n: number, rows: number): number {
  const each = rows < MANY_ROWS ? 4 : 16;
  let lanes = 1;
  while (lanes < ROW_GROUP && lanes * each < n) lanes *= 2;
  return lanes;
}

/**
 * `rowSum(t, own)`: the sum of `own` over the `lanes` invocations of one row, as a tree, so always in the same order.
 * To be called by the whole workgroup; `t` is the local index, and the lanes of a row are neighbours. Between two calls
 * belongs a barrier.
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

/** A row's place in the grid: its `first` element of this invocation, `end` of the row, and a sum to collect in. */
export const rowHead = (per: number): string => `
@compute @workgroup_size(${ROW_GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = (group.x + group.y * groups.x) * ${ROW_GROUP / per}u + t / ${per}u;
  let inside = row < p.rows;
  let first = row * p.width + t % ${per}u;
  let end = select(first, (row + 1u) * p.width, inside);
  var own = 0.0;`;

/** How [rows, columns] is gone over: in vectors of `lanes`, `width` of them to a row, by `per` invocations. */
export function planRows(rows: number, columns: number) {
  const lanes = lanesOf(columns);
  const width = columns / lanes;
  const per = lanesPerRow(width, rows);
  return { rows, columns, lanes, width, per, workgroups: grid1d(Math.ceil(rows / (ROW_GROUP / per)), 1) };
}
