/**
 * One update of stochastic gradient descent with momentum, in place, as PyTorch defines it (no dampening, not Nesterov):
 *   g ← scale·g + decay·p;  m ← μm + g;  p ← p − rate·m
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sgdOnHeap } from '../cpu/pointwise';
import { onCpu } from './door';
import { flatIndex, gpu, grid1d } from './kernel';
import type { StepNumbers } from './stepNumbers';

export interface SgdScalars {
  momentum: number;
  /** 0 for parameters that do not decay. */
  decay: number;
}

/** Tensors of one shape; `state` is what `finishNorm` wrote, whose element 4 scales the gradient. */
export interface SgdTensors {
  weight: TensorInfo;
  moment1: TensorInfo;
  gradient: TensorInfo;
  state: TensorInfo;
}

const GROUP = 256;

const shader = (lanes: 1 | 4): string => `
alias T = ${lanes === 4 ? 'vec4f' : 'f32'};
struct Params { n: u32, rate: f32, momentum: f32, decay: f32 };
@group(0) @binding(0) var<storage, read_write> weight: array<T>;
@group(0) @binding(1) var<storage, read_write> moment1: array<T>;
@group(0) @binding(2) var<storage, read> gradient: array<T>;
@group(0) @binding(3) var<storage, read> state: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let old = weight[i];
  let m = p.momentum * moment1[i] + (state[4] * gradient[i] + p.decay * old);
  moment1[i] = m;
  weight[i] = old - p.rate * m;
}`;

type Now = Pick<StepNumbers, 'rate'>;

/** Queues the update of one parameter; `step` is read anew at each replay. */
export function sgdInPlace(tensors: SgdTensors, scalars: SgdScalars, step: Now): void {
  if (onCpu()) return sgdOnHeap(tensors, { ...scalars, rate: step.rate });
  const { weight, moment1, gradient, state } = tensors;
  const size = weight.shape.reduce((n, d) => n * d, 1);
  const lanes = size % 4 === 0 ? 4 : 1;
  gpu().run({
    key: `sgd ${lanes}`,
    wgsl: () => shader(lanes),
    binds: [{ tensor: weight, write: true }, { tensor: moment1, write: true }, { tensor: gradient }, { tensor: state }],
    params: (view) => {
      view.setUint32(0, size / lanes, true);
      [scalars.momentum, scalars.decay].forEach((x, i) => view.setFloat32(8 + 4 * i, x, true));
    },
    live: (view) => view.setFloat32(4, step.rate, true),
    workgroups: grid1d(size / lanes, GROUP),
  });
}

/** The same in plain loops: what the tests compare with. */
export function sgdReference(
  weight: Float32Array,
  moment1: Float32Array,
  gradient: Float32Array,
  scale: number,
  { rate, momentum, decay }: SgdScalars & Now,
): void {
  for (let i = 0; i < weight.length; i++) {
    moment1[i] = momentum * moment1[i]! + scale * gradient[i]! + decay * weight[i]!;
    weight[i]! -= rate * moment1[i]!;
  }
}
