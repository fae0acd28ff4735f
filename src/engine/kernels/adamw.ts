/**
 * One update of AdamW (Loshchilov and Hutter, 2019) or Adam with an L2 term (Kingma and Ba, 2015), in place:
 *   g ← scale·g (+ decay·p, Adam);  p ← p − rate·decay·p (AdamW);  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²
 *   p ← p − (rate / (1−β₁ᵗ)) · m / (√v / √(1−β₂ᵗ) + ε)
 * in the order of PyTorch's loops, so that the two stay together over many steps. Weight, moments and gradient are read once and
 * written once: 28 bytes per weight, which is all the time it takes.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { adamOnHeap } from '../cpu/pointwise';
import { onCpu } from './door';
import { flatIndex, gpu, grid1d } from './kernel';
import type { StepNumbers } from './stepNumbers';

export interface AdamScalars {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** 0 for parameters that do not decay. */
  decay: number;
  /** The decay is added to the gradient (Adam) instead of taken from the weight (AdamW). */
  coupled: boolean;
}

type Now = Pick<StepNumbers, 'rate' | 'update'>;

/** Tensors of one shape; `state` is what `finishNorm` wrote, whose element 4 scales the gradient. */
export interface AdamTensors {
  weight: TensorInfo;
  moment1: TensorInfo;
  moment2: TensorInfo;
  gradient: TensorInfo;
  state: TensorInfo;
}

const GROUP = 256;

const shader = (lanes: 1 | 4): string => `
alias T = ${lanes === 4 ? 'vec4f' : 'f32'};
struct Params { n: u32, beta1: f32, beta2: f32, epsilon: f32, l2: f32, keep: f32, stepSize: f32, rootCorrection2: f32 };
@group(0) @binding(0) var<storage, read_write> weight: array<T>;
@group(0) @binding(1) var<storage, read_write> moment1: array<T>;
@group(0) @binding(2) var<storage, read_write> moment2: array<T>;
@group(0) @binding(3) var<storage, read> gradient: array<T>;
@group(0) @binding(4) var<storage, read> state: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let old = weight[i];
  let g = state[4] * gradient[i] + p.l2 * old;
  let m = p.beta1 * moment1[i] + (1.0 - p.beta1) * g;
  let v = p.beta2 * moment2[i] + (1.0 - p.beta2) * g * g;
  moment1[i] = m;
  moment2[i] = v;
  weight[i] = p.keep * old - p.stepSize * m / (sqrt(v) / p.rootCorrection2 + p.epsilon);
}`;

/** Numbers of an update that do not depend on the element, computed in f64. */
function derived(
  s: AdamScalars,
  { rate, update }: Now,
): { l2: number; keep: number; stepSize: number; rootCorrection2: number } {
  return {
    l2: s.coupled ? s.decay : 0,
    keep: s.coupled ? 1 : 1 - rate * s.decay,
    stepSize: rate / (1 - s.beta1 ** update),
    rootCorrection2: Math.sqrt(1 - s.beta2 ** update),
  };
}

/** Queues the update of one parameter; `step` is read anew at each replay. */
export function adamInPlace(tensors: AdamTensors, scalars: AdamScalars, step: Now): void {
  if (onCpu()) return adamOnHeap(tensors, { ...scalars, ...derived(scalars, step) });
  const { weight, moment1, moment2, gradient, state } = tensors;
  const size = weight.shape.reduce((n, d) => n * d, 1);
  const lanes = size % 4 === 0 ? 4 : 1;
  const { beta1, beta2, epsilon } = scalars;
  gpu().run({
    key: `adam ${lanes}`,
    wgsl: () => shader(lanes),
    binds: [
      { tensor: weight, write: true },
      { tensor: moment1, write: true },
      { tensor: moment2, write: true },
      { tensor: gradient },
      { tensor: state },
    ],
    params: (view) => {
      view.setUint32(0, size / lanes, true);
      [beta1, beta2, epsilon].forEach((x, i) => view.setFloat32(4 + 4 * i, x, true));
    },
    live: (view) => {
      const { l2, keep, stepSize, rootCorrection2 } = derived(scalars, step);
      view.setFloat32(16, l2, true);
      view.setFloat32(20, keep, true);
      view.setFloat32(24, stepSize, true);
      view.setFloat32(28, rootCorrection2, true);
    },
    workgroups: grid1d(size / lanes, GROUP),
  });
}

/** The same in plain loops: what the tests compare with. Arrays of one length; `scale` is the factor of the clipping. */
export function adamReference(
  weight: Float32Array,
  moment1: Float32Array,
  moment2: Float32Array,
  gradient: Float32Array,
  scale: number,
  scalars: AdamScalars & Now,
): void {
  const { beta1, beta2, epsilon } = scalars;
  const { l2, keep, stepSize, rootCorrection2 } = derived(scalars, scalars);
  for (let i = 0; i < weight.length; i++) {
    const g = scale * gradient[i]! + l2 * weight[i]!;
    const m = beta1 * moment1[i]! + (1 - beta1) * g;
    const v = beta2 * moment2[i]! + (1 - beta2) * g * g;
    [moment1[i], moment2[i]] = [m, v];
    weight[i] = keep * weight[i]! - (stepSize * m) / (Math.sqrt(v) / rootCorrection2 + epsilon);
  }
}
