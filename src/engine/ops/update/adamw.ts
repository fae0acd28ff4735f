/**
 * One update of AdamW (Loshchilov and Hutter, 2019) or Adam with an L2 term (Kingma and Ba, 2015), in place:
 *   g ← scale·g (+ decay·p, Adam);  p ← p − rate·decay·p (AdamW);  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²
 *   p ← p − (rate / (1−β₁ᵗ)) · m / (√v / √(1−β₂ᵗ) + ε)
 * in the order of PyTorch's loops, so that the two stay together over many steps. Weight, moments and gradient are read
 * once and written once: 28 bytes per weight, which is all the time it takes. A dispatch updates the parameters of a
 * group, whose moments are one buffer each.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { adamOnHeap } from '../pointwise/pointwise.cpu';
import { onCpu } from '../../device/currentDevice';
import { gpu, grid1d } from '../../device/kernel';
import { findSegment, layOut, perSegment } from '../../device/manyTensors';
import type { StepNumbers } from '../../device/stepNumbers';

export interface AdamScalars {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** The decay is added to the gradient (Adam) instead of taken from the weight (AdamW). */
  coupled: boolean;
}

type Now = Pick<StepNumbers, 'rate' | 'update'>;

/** A parameter of a group: weight and gradient of one shape. */
export interface Updated {
  weight: TensorInfo;
  gradient: TensorInfo;
  /** Its first element in the moments of the group; a multiple of 4 where `lanes` is 4. */
  start: number;
  /** 0 for parameters that do not decay. */
  decay: number;
}

/**
 * `state` is what `globalNorm` wrote: element 4 scales the gradients, element 5 says that there is nothing to update.
 */
export interface AdamTensors {
  updated: readonly Updated[];
  moment1: TensorInfo;
  moment2: TensorInfo;
  state: TensorInfo;
}

/** Buffers that a group binds beside the two of each parameter. */
export const ADAM_SHARED = 3;

const GROUP = 256;
/** Bytes of the params before the segments, and of a segment: uniform arrays have strides of 16. */
const [HEAD, SEGMENT] = [32, 32];

const shader = (lanes: 1 | 4, count: number): string => `
alias T = ${lanes === 4 ? 'vec4f' : 'f32'};
struct Segment { first: u32, n: u32, start: u32, l2: f32, keep: f32, pad0: u32, pad1: u32, pad2: u32 };
struct Params { beta1: f32, beta2: f32, epsilon: f32, stepSize: f32, rootCorrection2: f32, pad0: u32, pad1: u32, pad2: u32, segments: array<Segment, ${count}> };
@group(0) @binding(0) var<storage, read_write> moment1: array<T>;
@group(0) @binding(1) var<storage, read_write> moment2: array<T>;
@group(0) @binding(2) var<storage, read> state: array<f32>;
${Array.from(
  { length: count },
  (_, s) => `@group(0) @binding(${3 + 2 * s}) var<storage, read_write> weight${s}: array<T>;
@group(0) @binding(${4 + 2 * s}) var<storage, read> gradient${s}: array<T>;`,
).join('\n')}
@group(0) @binding(${3 + 2 * count}) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  ${findSegment(count)}
  let own = p.segments[segment];
  let i = (workgroup - own.first) * ${GROUP}u + t;
  if (i >= own.n || state[5] != 0.0) { return; }
  var old = T(); var gradient = T();
  ${perSegment(count, (s) => `old = weight${s}[i]; gradient = gradient${s}[i];`)}
  let g = state[4] * gradient + own.l2 * old;
  let m = p.beta1 * moment1[own.start + i] + (1.0 - p.beta1) * g;
  let v = p.beta2 * moment2[own.start + i] + (1.0 - p.beta2) * g * g;
  moment1[own.start + i] = m;
  moment2[own.start + i] = v;
  let updated = own.keep * old - p.stepSize * m / (sqrt(v) / p.rootCorrection2 + p.epsilon);
  ${perSegment(count, (s) => `weight${s}[i] = updated;`)}
}`;

/** Numbers of an update that do not depend on the element, computed in f64. */
const corrections = (s: AdamScalars, { rate, update }: Now): { stepSize: number; rootCorrection2: number } => ({
  stepSize: rate / (1 - s.beta1 ** update),
  rootCorrection2: Math.sqrt(1 - s.beta2 ** update),
});

const decays = (coupled: boolean, decay: number, { rate }: Now): { l2: number; keep: number } => ({
  l2: coupled ? decay : 0,
  keep: coupled ? 1 : 1 - rate * decay,
});

function onHeap({ updated, ...shared }: AdamTensors, scalars: AdamScalars, step: Now): void {
  for (const { weight, gradient, start, decay } of updated) {
    const numbers = { ...scalars, ...corrections(scalars, step), ...decays(scalars.coupled, decay, step) };
    adamOnHeap({ weight, gradient, ...shared }, start, numbers);
  }
}

/**
 * Queues the update of a group, whose sizes are all multiples of 4 or are taken one by one; `step` is read anew at each
 * replay.
 */
export function adamInPlace(tensors: AdamTensors, lanes: 1 | 4, scalars: AdamScalars, step: Now): void {
  if (onCpu()) return onHeap(tensors, scalars, step);
  const { updated, moment1, moment2, state } = tensors;
  const sizes = updated.map(({ weight }) => weight.shape.reduce((n, d) => n * d, 1) / lanes);
  const { firsts, total } = layOut(sizes.map((n) => Math.ceil(n / GROUP)));
  gpu().run({
    key: `adam ${lanes} ${updated.length}`,
    wgsl: () => shader(lanes, updated.length),
    binds: [
      { tensor: moment1, write: true },
      { tensor: moment2, write: true },
      { tensor: state },
      ...updated.flatMap(({ weight, gradient }) => [{ tensor: weight, write: true as const }, { tensor: gradient }]),
    ],
    params: (view) => {
      [scalars.beta1, scalars.beta2, scalars.epsilon].forEach((x, i) => view.setFloat32(4 * i, x, true));
      updated.forEach(({ start }, s) =>
        [firsts[s]!, sizes[s]!, start / lanes].forEach((x, i) => view.setUint32(HEAD + SEGMENT * s + 4 * i, x, true)),
      );
    },
    live: (view) => {
      const { stepSize, rootCorrection2 } = corrections(scalars, step);
      [stepSize, rootCorrection2].forEach((x, i) => view.setFloat32(12 + 4 * i, x, true));
      updated.forEach(({ decay }, s) => {
        const { l2, keep } = decays(scalars.coupled, decay, step);
        [l2, keep].forEach((x, i) => view.setFloat32(HEAD + SEGMENT * s + 12 + 4 * i, x, true));
      });
    },
    workgroups: grid1d(total, 1),
  });
}

/**
 * The same in plain loops: what the tests compare with. Arrays of one length; `scale` is the factor of the clipping.
 */
export function adamReference(
  weight: Float32Array,
  moment1: Float32Array,
  moment2: Float32Array,
  gradient: Float32Array,
  scale: number,
  scalars: AdamScalars & Now & { decay: number },
): void {
  const { beta1, beta2, epsilon } = scalars;
  const { stepSize, rootCorrection2 } = corrections(scalars, scalars);
  const { l2, keep } = decays(scalars.coupled, scalars.decay, scalars);
  for (let i = 0; i < weight.length; i++) {
    const g = scale * gradient[i]! + l2 * weight[i]!;
    const m = beta1 * moment1[i]! + (1 - beta1) * g;
    const v = beta2 * moment2[i]! + (1 - beta2) * g * g;
    [moment1[i], moment2[i]] = [m, v];
    weight[i] = keep * weight[i]! - (stepSize * m) / (Math.sqrt(v) / rootCorrection2 + epsilon);
  }
}
