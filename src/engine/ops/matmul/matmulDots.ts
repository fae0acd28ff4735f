/**
 * One row times a matrix, x[1,K] Wᵀ: a token being written. Every weight is read once, so reading is all that takes
 * time: neighbouring invocations read neighbouring 16 bytes of a row of W (4 weights in f32, 32 in q4), several share a
 * column of C and add up as a tree. For GPUs: on SwiftShader, which pays for barriers and lets no neighbours share a
 * read, it takes 4 (512 × 128) to 14 times (49,152 × 576) the CPU time of `registers`.
 */
import { grid1d } from '../../device/grid';
import { bindings, finished, openWindow, quad, single, type MatmulSpec } from './matmulSpec';
import { dequantSetup, dequantFunctions, type RightKind } from '../matrix/dequantWgsl';
import { ROW_GROUP, rowSum } from '../reduce/rowSum';

/** Weights in 16 bytes. */
const WEIGHTS: Record<RightKind, number> = { f32: 4, f16: 8, q8: 16, q4: 32 };
/** Invocations that share a column read so often each, that the sum over them costs less than the reading. */
const READS = 4;
/** Fewer neighbours than these would leave parts of what memory gives at once unused. */
const FEWEST = 8;

/** Invocations to a column, a power of two. */
export function lanesFor(right: RightKind, K: number): number {
  let lanes = FEWEST;
  while (lanes < ROW_GROUP && lanes * READS * WEIGHTS[right] < K) lanes *= 2;
  return lanes;
}

export const dotsWorkgroups = (N: number, lanes: number): [number, number, number] =>
  grid1d(Math.ceil(N / (ROW_GROUP / lanes)), 1);

/** WGSL that adds the product of the weights in the 16 bytes `v` with x from k on. */
function product(s: MatmulSpec): string {
  const x = (from: number): string => quad(s, 'A', 'w.at.y', `k + ${from}u`);
  const scale = (shift: number): string =>
    `let at = p.scales + (k >> ${shift}u); let scale = bitcast<f32>(B[row + (at >> 2u)][at & 3u]);`;
  const four = (term: (i: number) => string): string => [0, 1, 2, 3].map(term).join(' + ');
  const halves = (i: number): string => `vec4f(unpack2x16float(v[${i}]), unpack2x16float(v[${i + 1}]))`;
  const codes = (i: number): string => `dot(coded(v[${i}]), ${x(8 * i)}) + dot(coded(v[${i}] >> 16u), ${x(8 * i + 4)})`;
  return {
    f32: `sum += dot(v, ${x(0)});`,
    f16: `sum += dot(${halves(0)}, ${x(0)}) + dot(${halves(2)}, ${x(4)});`,
    q8: `${scale(5)} sum += scale * (${four((i) => `dot(signed(v[${i}]), ${x(4 * i)})`)});`,
    q4: `${scale(6)} sum += scale * (${four(codes)});`,
  }[s.right];
}

/** The loop over K of one invocation; rows in f32 that do not begin at 16 bytes are read one by one. */
function loop(s: MatmulSpec, lanes: number): string {
  if (s.right === 'f32' && !(s.quadA && s.quadB))
    return `let row = w.at.z + column * w.step.z;
  for (var k = lane; k < K; k += ${lanes}u) { sum += ${single(s, 'A', 'w.at.y', 'k')} * ${single(s, 'B', 'row', 'k')}; }`;
  const each = WEIGHTS[s.right];
  return `let row = (w.at.z + column * w.step.z) >> 2u;
  for (var k = lane * ${each}u; k < K; k += ${lanes * each}u) { let v = B[row + k / ${each}u]; ${product(s)} }`;
}

export function dotsWGSL(s: MatmulSpec, lanes: number): string {
  // one number a column: C, bias and residual are read and written one by one
  const spec = { ...s, quadC: false };
  return `${bindings(spec, true)}
${s.right === 'f32' ? '' : dequantFunctions(s.right)}
${rowSum(lanes)}
@compute @workgroup_size(${ROW_GROUP})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  ${dequantSetup(s.right, 't')}
  ${openWindow(s, 'id.z')}
  let at = (id.x + id.y * groups.x) * ${ROW_GROUP / lanes}u + t / ${lanes}u;
  let column = min(at, N - 1u);
  let lane = t % ${lanes}u;
  var sum = 0.0;
  ${loop(s, lanes)}
  let v = rowSum(t, sum);
  if (lane > 0u || at >= N) { return; }
  let b = w.at.w + at;
  let i = w.at.x + at;
  C[i] = ${finished(spec, 'v')};
}`;
}
