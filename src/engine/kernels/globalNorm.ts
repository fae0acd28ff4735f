/**
 * The global L2 norm of all gradients and the factor that clips it, without a read-back: every gradient leaves a few partial sums
 * of squares, one workgroup adds them in a fixed order (no atomics, so the bits are the same each time):
 *   norm = √Σ g²;  scale = min(1, clip / (norm + 1e-6)), 1 where clip is 0          (as torch.nn.utils.clip_grad_norm_)
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { heap } from '../cpu/heap';
import { squaresOnHeap } from '../cpu/pointwise';
import { onCpu } from './door';
import { gpu } from './kernel';

/** Small, as most gradients of a small model are: on SwiftShader 256 with one number at a time took 4 times as long, at barriers. */
const GROUP = 64;
/** Numbers that one workgroup squares before another is worth starting, and the most workgroups for one gradient. */
const PER_GROUP = 64 * GROUP;
const MOST_GROUPS = 1024;
/** Keeps the factor finite for a norm of zero; PyTorch's value. */
const TINY = 1e-6;

/** Elements of the state that a step leaves behind. */
export const STATE = { loss: 0, correct: 1, labels: 2, norm: 3, scale: 4, size: 5 } as const;

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

const squares = (lanes: 1 | 4): string => `
struct Params { n: u32, groups: u32, offset: u32 };
@group(0) @binding(0) var<storage, read_write> partials: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<${lanes === 4 ? 'vec4f' : 'f32'}>;
@group(0) @binding(2) var<uniform> p: Params;
${treeSum}
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  var own = 0.0;
  for (var i = group.x * ${GROUP}u + t; i < p.n; i += p.groups * ${GROUP}u) { own += ${lanes === 4 ? 'dot(gradient[i], gradient[i])' : 'gradient[i] * gradient[i]'}; }
  let sum = treeSum(t, own);
  if (t == 0u) { partials[p.offset + group.x] = sum; }
}`;

const finish = `
struct Params { n: u32, clip: f32 };
@group(0) @binding(0) var<storage, read_write> state: array<f32>;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;
${treeSum}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var own = 0.0;
  for (var i = t; i < p.n; i += ${GROUP}u) { own += partials[i]; }
  let norm = sqrt(treeSum(t, own));
  if (t == 0u) { state[${STATE.norm}] = norm; state[${STATE.scale}] = select(1.0, min(1.0, p.clip / (norm + ${TINY})), p.clip > 0.0); }
  if (t < 3u) { state[t] = stats[t]; }
}`;

/** Floats of scratch for `globalNorm` over gradients of these sizes. */
export const partialCount = (sizes: readonly number[]): number => sizes.reduce((n, size) => n + groupsFor(size), 0);

/**
 * Queues the norm of `gradients` and writes the state of the step.
 * @param stats [3]: sum of losses, right predictions, labels; copied into the state, so that one read-back fetches all
 * @param clip the largest norm; 0 turns clipping off
 * @param partials scratch of `partialCount` floats
 * @param state [5], see `STATE`
 */
export function globalNorm(
  gradients: readonly TensorInfo[],
  stats: TensorInfo,
  clip: number,
  partials: TensorInfo,
  state: TensorInfo,
): void {
  if (onCpu()) return normOnHeap(gradients, stats, clip, state);
  let offset = 0;
  for (const gradient of gradients) offset += sumOfSquares(gradient, partials, offset);
  gpu().run({
    key: 'globalNorm finish',
    wgsl: () => finish,
    binds: [{ tensor: state, write: true }, { tensor: partials }, { tensor: stats }],
    params: (view) => {
      view.setUint32(0, offset, true);
      view.setFloat32(4, clip, true);
    },
    workgroups: [1, 1, 1],
  });
}

/** Partial sums of one gradient from `offset` on; returns how many. */
function sumOfSquares(gradient: TensorInfo, partials: TensorInfo, offset: number): number {
  const size = gradient.shape.reduce((n, d) => n * d, 1);
  const groups = groupsFor(size);
  const lanes = size % 4 === 0 ? 4 : 1;
  gpu().run({
    key: `globalNorm squares ${lanes}`,
    wgsl: () => squares(lanes),
    binds: [{ tensor: partials, write: true }, { tensor: gradient }],
    params: (view) => [size / lanes, groups, offset].forEach((x, i) => view.setUint32(4 * i, x, true)),
    workgroups: [groups, 1, 1],
  });
  return groups;
}

function normOnHeap(gradients: readonly TensorInfo[], stats: TensorInfo, clip: number, state: TensorInfo): void {
  const norm = Math.sqrt(gradients.reduce((sum, g) => sum + squaresOnHeap(g), 0));
  const [m, from] = [heap().f32, heap().at(stats)];
  m.set([...m.subarray(from, from + 3), norm, scaleFor(norm, clip)], heap().at(state));
}

const scaleFor = (norm: number, clip: number): number => (clip > 0 ? Math.min(1, clip / (norm + TINY)) : 1);

/** The same in plain loops, in f64: what the tests compare with. */
export function globalNormReference(gradients: readonly Float32Array[], clip: number): { norm: number; scale: number } {
  const norm = Math.sqrt(gradients.reduce((sum, g) => g.reduce((a, x) => a + x * x, sum), 0));
  return { norm, scale: scaleFor(norm, clip) };
}
