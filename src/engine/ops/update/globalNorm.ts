/**
 * The global L2 norm of all gradients and the factor that clips it, without a read-back: every gradient leaves a few
 * partial sums of squares, one workgroup adds them in a fixed order (no atomics, so the bits are the same each time):
 *   norm = √Σ g²;  scale = min(1, clip / (norm + 1e-6)), 1 where clip is 0          (as torch.nn.utils.clip_grad_norm_)
 * A norm that is not finite is told by its bits, and the update of the step then leaves weights and moments as they
 * are.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, gpu, grid1d, shader, struct, type CpuTensor } from '../../device/kernel';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';
import { adjustScaling, FINITE, SCALING } from '../../device/lossScaling';
import { bindingLimit, byParts, findSegment, layOut, perSegment } from '../../device/manyTensors';
import { arrayOf } from '../../device/struct';
import { STATE } from './stepState';

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

const Segment = struct('Segment', { first: 'u32', n: 'u32', workgroups: 'u32' });
const squaresParams = (count: number) => struct('Params', { offset: 'u32', segments: arrayOf(Segment, count) });
const FinishParams = struct('Params', { n: 'u32', clip: 'f32', stats: 'u32' });

/** The gradients of one dispatch, each in numbers or in quads, as its size allows. */
const squares = shader(
  'globalNorm squares',
  ({ lanes }: { lanes: readonly Lanes[] }) => `
${squaresParams(lanes.length).wgsl}
@group(0) @binding(0) var<storage, read_write> partials: array<f32>;
${lanes.map((l, s) => `@group(0) @binding(${1 + s}) var<storage, read> gradient${s}: array<${typeOf(l)}>;`).join('\n')}
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
}`,
);

/** `scaled`: the gradients are those of a scaled loss. A power of two leaves norm and factor their bits. */
const finish = shader(
  'globalNorm finish',
  ({ scaled }: { scaled: boolean }) => `
${FinishParams.wgsl}
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
  let inverse = ${scaled ? `scaling[${SCALING.inverse}]` : '1.0'};
  let norm = sqrt(total) * inverse;
  let clean = isFinite(total);
  state[${STATE.norm}] = norm;
  state[${STATE.scale}] = select(1.0, min(1.0, p.clip / (norm + ${TINY})), p.clip > 0.0) * inverse;
  state[${STATE.skipped}] = select(1.0, 0.0, clean);
  ${scaled ? adjustScaling : ''}
  state[${STATE.lossScale}] = ${scaled ? `scaling[${SCALING.scale}]` : '1.0'};
  state[${STATE.clean}] = ${scaled ? `scaling[${SCALING.clean}]` : '0.0'};
}`,
);

/** Floats of scratch for `globalNorm` over gradients of these sizes. */
export const partialCount = (sizes: readonly number[]): number => sizes.reduce((n, size) => n + groupsFor(size), 0);

/** Partial sums of some gradients from `offset` on; returns how many. */
function sumsOfSquares(gradients: readonly TensorInfo[], partials: TensorInfo, offset: number): number {
  const sizes = gradients.map(({ shape }) => shape.reduce((n, d) => n * d, 1));
  const lanes = sizes.map(lanesOf);
  const workgroups = sizes.map(groupsFor);
  const { firsts, total } = layOut(workgroups);
  gpu().run({
    shader: squares({ lanes }),
    binds: [{ tensor: partials, write: true }, ...gradients.map((tensor) => ({ tensor }))],
    params: squaresParams(sizes.length).all({
      offset,
      segments: sizes.map((size, s) => ({ first: firsts[s]!, n: size / lanes[s]!, workgroups: workgroups[s]! })),
    }),
    workgroups: grid1d(total, 1),
  });
  return total;
}

const scaleFor = (norm: number, clip: number): number => (clip > 0 ? Math.min(1, clip / (norm + TINY)) : 1);

/** The same in plain loops, in f64. */
export function globalNormReference(
  gradients: readonly CpuTensor['data'][],
  clip: number,
): { norm: number; scale: number } {
  const norm = Math.sqrt(gradients.reduce((sum, g) => sum + squaresOf(g), 0));
  return { norm, scale: scaleFor(norm, clip) };
}

function squaresOf(data: CpuTensor['data']): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!;
  return sum;
}

const gradientsIn = <T>(inputs: Record<string, T>, count: number): T[] =>
  Array.from({ length: count }, (_, i) => inputs[`gradient${i}`]!);

/** A loss that is scaled has the fourth tensor, `scaling`; the CPU trains with none. */
const normOp = defineOp<string, { count: number; clip: number }>({
  name: 'AtelierGlobalNorm',
  gpu: ({ state, partials, stats, scaling, ...inputs }, { count, clip }) => {
    let n = 0;
    for (const some of byParts(gradientsIn(inputs, count), bindingLimit() - 1)) n += sumsOfSquares(some, partials!, n);
    gpu().run({
      shader: finish({ scaled: scaling !== undefined }),
      binds: [
        { tensor: state!, write: true },
        { tensor: partials! },
        { tensor: stats! },
        ...(scaling ? [{ tensor: scaling, write: true as const }] : []),
      ],
      params: FinishParams.all({ n, clip, stats: stats!.shape[0]! }),
      workgroups: [1, 1, 1],
    });
    return [];
  },
  reference: ({ state, stats, ...inputs }, { count, clip }) => {
    const gradients = gradientsIn(inputs, count).map(({ data }) => data);
    const { norm, scale } = globalNormReference(gradients, clip);
    const { data } = state!;
    data.set(stats!.data.subarray(0, STATE.norm));
    data.set(stats!.data.subarray(STATE.norm), STATE.size);
    data.set([norm, scale, Number(!Number.isFinite(norm)), 1, 0], STATE.norm);
    return [];
  },
});

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
  gradients: readonly Tensor[],
  stats: Tensor,
  clip: number,
  partials: Tensor,
  state: Tensor,
  scaling?: Tensor,
): void {
  const named = Object.fromEntries(gradients.map((gradient, i) => [`gradient${i}`, gradient]));
  normOp({ ...named, stats, partials, state, ...(scaling && { scaling }) }, { count: gradients.length, clip });
}
