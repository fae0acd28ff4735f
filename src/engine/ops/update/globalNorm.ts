/**
 * The global L2 norm of all gradients and the factor that clips it, without a read-back: every gradient leaves a few
 * partial sums of squares, one workgroup adds them in a fixed order (no atomics, so the bits are the same each time):
 *   norm = √Σ g²;  scale = min(1, clip / (norm + 1e-6)), 1 where clip is 0          (as torch.nn.utils.clip_grad_norm_)
 * A norm that is not finite is told by its bits, and the update of the step then leaves weights and moments as they
 * are.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { wasmMemory } from '../../device/wasmMemory';
import { squaresOnHeap } from '../pointwise/pointwise.cpu';
import { onCpu } from '../../device/currentDevice';
import { gpu, grid1d } from '../../device/kernel';
import { adjustScaling, FINITE } from '../../device/lossScaling';
import { bindingLimit, byParts, findSegment, layOut, perSegment } from '../../device/manyTensors';

/**
 * Small, as most gradients of a small model are: on SwiftShader 256 with one number at a time took 4 times as long, at
 * barriers.
 */
const GROUP = 64;
/**
 * Numbers that one workgroup squares before another is worth starting, and the most workgroups for one gradient. A
 * quarter of them took 2 (weights of
 * 0.1M) to 2.5 times (of a block of 124M) the CPU time on SwiftShader, at the barriers.
 */
const PER_GROUP = 256 * GROUP;
const MOST_GROUPS = 1024;
/** Keeps the factor finite for a norm of zero; PyTorch's value. */
const TINY = 1e-6;

/**
 * Elements of the state that a step leaves behind, further stats behind them; `skipped` is 1 where nothing is updated,
 * the two after it are those of `lossScaling.ts`, for the next step.
 */
export const STATE = {
  ...{ loss: 0, correct: 1, labels: 2, norm: 3, scale: 4 },
  ...{ skipped: 5, lossScale: 6, clean: 7, size: 8 },
} as const;

/** The stats that a step's state holds, in their order. */
export const statsIn = (state: Float32Array): Float32Array =>
  Float32Array.of(...state.subarray(0, STATE.norm), ...state.subarray(STATE.size));

const groupsFor = (size: number): number => Math.min(MOST_GROUPS, Math.ceil(size / PER_GROUP));

const treeSum = `
var<workgroup> sums: array<f32, ${GROUP}>;
fn treeSum(t: u32, own: f32) -> f32 {
  sums[t] = own;
  workgroupBarrier();
  for (var span = ${GROUP / 2}u; span > 0u; span /= 2u) {
    if (t < span) { sums[t] += sums[t + span]; }
    workgroupBarrier();
  }
  return sums[0];
}`;

type Lanes = 1 | 4;

/** The gradients of one dispatch, each in numbers or in quads, as its size allows. */
const squares = (lanes: readonly Lanes[]): string => `
struct Segment { first: u32, n: u32, workgroups: u32, pad: u32 };
struct Params { offset: u32, pad0: u32, pad1: u32, pad2: u32, segments: array<Segment, ${lanes.length}> };
@group(0) @binding(0) var<storage, read_write> partials: array<f32>;
${lanes.map((l, s) => `@group(0) @binding(${1 + s}) var<storage, read> gradient${s}: array<${l === 4 ? 'vec4f' : 'f32'}>;`).join('\n')}
@group(0) @binding(${1 + lanes.length}) var<uniform> p: Params;
${treeSum}
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  ${findSegment(lanes.length)}
  let a = p.segments[segment];
  let begin = (workgroup - a.first) * ${GROUP}u + t;
  let step = a.workgroups * ${GROUP}u;
  var own = 0.0;
  ${perSegment(
    lanes.length,
    (s) =>
      `for (var i = begin; i < a.n; i += step) { let g = gradient${s}[i]; own += ${lanes[s] === 4 ? 'dot(g, g)' : 'g * g'}; }`,
  )}
  let sum = treeSum(t, own);
  if (t == 0u) { partials[p.offset + workgroup] = sum; }
}`;

/** `scaled`: the gradients are those of a scaled loss. A power of two leaves norm and factor their bits. */
const finish = (scaled: boolean): string => `
struct Params { n: u32, clip: f32, stats: u32 };
@group(0) @binding(0) var<storage, read_write> state: array<f32>;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
${scaled ? '@group(0) @binding(3) var<storage, read_write> scaling: array<f32>;' : ''}
@group(0) @binding(${scaled ? 4 : 3}) var<uniform> p: Params;
${treeSum}
${FINITE}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var own = 0.0;
  for (var i = t; i < p.n; i += ${GROUP}u) { own += partials[i]; }
  let total = treeSum(t, own);
  if (t < p.stats) { state[select(t, t + ${STATE.size - STATE.norm}u, t >= ${STATE.norm}u)] = stats[t]; }
  if (t > 0u) { return; }
  let inverse = ${scaled ? 'scaling[1]' : '1.0'};
  let norm = sqrt(total) * inverse;
  let clean = isFinite(total);
  state[${STATE.norm}] = norm;
  state[${STATE.scale}] = select(1.0, min(1.0, p.clip / (norm + ${TINY})), p.clip > 0.0) * inverse;
  state[${STATE.skipped}] = select(1.0, 0.0, clean);
  ${scaled ? adjustScaling : ''}
  state[${STATE.lossScale}] = ${scaled ? 'scaling[0]' : '1.0'};
  state[${STATE.clean}] = ${scaled ? 'scaling[2]' : '0.0'};
}`;

/** Floats of scratch for `globalNorm` over gradients of these sizes. */
export const partialCount = (sizes: readonly number[]): number => sizes.reduce((n, size) => n + groupsFor(size), 0);

/**
 * Queues the norm of `gradients` and writes the state of the step.
 * @param stats [3 … 64]: sum of losses, right predictions, labels, others; copied into the state, so that one read-back
 * fetches all
 * @param clip the largest norm; 0 turns clipping off
 * @param partials scratch of `partialCount` floats
 * @param state [STATE.size + stats − 3]
 * @param scaling of the loss, if it is scaled; set for the next step
 */
export function globalNorm(
  gradients: readonly TensorInfo[],
  stats: TensorInfo,
  clip: number,
  partials: TensorInfo,
  state: TensorInfo,
  scaling?: TensorInfo,
): void {
  if (onCpu()) return normOnHeap(gradients, stats, clip, state);
  let offset = 0;
  for (const some of byParts(gradients, bindingLimit() - 1)) offset += sumsOfSquares(some, partials, offset);
  gpu().run({
    key: `globalNorm finish ${!!scaling}`,
    wgsl: () => finish(!!scaling),
    binds: [
      { tensor: state, write: true },
      { tensor: partials },
      { tensor: stats },
      ...(scaling ? [{ tensor: scaling, write: true as const }] : []),
    ],
    params: (view) => {
      view.setUint32(0, offset, true);
      view.setFloat32(4, clip, true);
      view.setUint32(8, stats.shape[0]!, true);
    },
    workgroups: [1, 1, 1],
  });
}

/** Partial sums of some gradients from `offset` on; returns how many. */
function sumsOfSquares(gradients: readonly TensorInfo[], partials: TensorInfo, offset: number): number {
  const sizes = gradients.map(({ shape }) => shape.reduce((n, d) => n * d, 1));
  const lanes = sizes.map((size): Lanes => (size % 4 === 0 ? 4 : 1));
  const workgroups = sizes.map(groupsFor);
  const { firsts, total } = layOut(workgroups);
  gpu().run({
    key: `globalNorm squares ${lanes.join('')}`,
    wgsl: () => squares(lanes),
    binds: [{ tensor: partials, write: true }, ...gradients.map((tensor) => ({ tensor }))],
    params: (view) => {
      view.setUint32(0, offset, true);
      sizes.forEach((size, s) =>
        [firsts[s]!, size / lanes[s]!, workgroups[s]!].forEach((x, i) => view.setUint32(16 * (1 + s) + 4 * i, x, true)),
      );
    },
    workgroups: grid1d(total, 1),
  });
  return total;
}

function normOnHeap(gradients: readonly TensorInfo[], stats: TensorInfo, clip: number, state: TensorInfo): void {
  const norm = Math.sqrt(gradients.reduce((sum, g) => sum + squaresOnHeap(g), 0));
  const [m, from] = [wasmMemory().f32, wasmMemory().at(stats)];
  const skipped = Number(!Number.isFinite(norm));
  const [first, others] = [m.subarray(from, from + 3), m.subarray(from + 3, from + stats.shape[0]!)];
  m.set([...first, norm, scaleFor(norm, clip), skipped, 1, 0, ...others], wasmMemory().at(state));
}

const scaleFor = (norm: number, clip: number): number => (clip > 0 ? Math.min(1, clip / (norm + TINY)) : 1);

/** The same in plain loops, in f64: what the tests compare with. */
export function globalNormReference(gradients: readonly Float32Array[], clip: number): { norm: number; scale: number } {
  const norm = Math.sqrt(gradients.reduce((sum, g) => g.reduce((a, x) => a + x * x, sum), 0));
  return { norm, scale: scaleFor(norm, clip) };
}
