/**
 * One update of stochastic gradient descent with momentum, in place, as PyTorch defines it (no dampening, not
 * Nesterov):
 *   g ← scale·g + decay·p;  m ← μm + g;  p ← p − rate·m
 * A dispatch updates the parameters of a group, as in `adamw.ts`.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sgdOnHeap } from '../pointwise/pointwise.cpu';
import type { Updated } from './adamw';
import { onCpu } from '../../device/currentDevice';
import { gpu, grid1d } from '../../device/kernel';
import { findSegment, layOut, perSegment } from '../../device/manyTensors';
import type { StepNumbers } from '../../device/stepNumbers';

/**
 * `state` is what `globalNorm` wrote: element 4 scales the gradients, element 5 says that there is nothing to update.
 */
export interface SgdTensors {
  updated: readonly Updated[];
  moment1: TensorInfo;
  state: TensorInfo;
}

/** Buffers that a group binds beside the two of each parameter. */
export const SGD_SHARED = 2;

const GROUP = 256;
/** Bytes of the params before the segments, and of a segment: uniform arrays have strides of 16. */
const HEAD = 16;
const SEGMENT = 16;

const shader = (lanes: 1 | 4, count: number): string => `
alias T = ${lanes === 4 ? 'vec4f' : 'f32'};
struct Segment { first: u32, n: u32, start: u32, decay: f32 };
struct Params { rate: f32, momentum: f32, pad0: u32, pad1: u32, segments: array<Segment, ${count}> };
@group(0) @binding(0) var<storage, read_write> moment1: array<T>;
@group(0) @binding(1) var<storage, read> state: array<f32>;
${Array.from(
  { length: count },
  (_, s) => `@group(0) @binding(${2 + 2 * s}) var<storage, read_write> weight${s}: array<T>;
@group(0) @binding(${3 + 2 * s}) var<storage, read> gradient${s}: array<T>;`,
).join('\n')}
@group(0) @binding(${2 + 2 * count}) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  ${findSegment(count)}
  let own = p.segments[segment];
  let i = (workgroup - own.first) * ${GROUP}u + t;
  if (i >= own.n || state[5] != 0.0) { return; }
  var old = T(); var gradient = T();
  ${perSegment(count, (s) => `old = weight${s}[i]; gradient = gradient${s}[i];`)}
  let m = p.momentum * moment1[own.start + i] + (state[4] * gradient + own.decay * old);
  moment1[own.start + i] = m;
  let updated = old - p.rate * m;
  ${perSegment(count, (s) => `weight${s}[i] = updated;`)}
}`;

type Now = Pick<StepNumbers, 'rate'>;

/**
 * Queues the update of a group, whose sizes are all multiples of 4 or are taken one by one; `step` is read anew at each
 * replay.
 */
export function sgdInPlace(
  { updated, moment1, state }: SgdTensors,
  lanes: 1 | 4,
  { momentum }: { momentum: number },
  step: Now,
): void {
  if (onCpu()) {
    for (const { weight, gradient, start, decay } of updated)
      sgdOnHeap({ weight, gradient, moment1, state }, start, { rate: step.rate, momentum, decay });
    return;
  }
  const sizes = updated.map(({ weight }) => weight.shape.reduce((n, d) => n * d, 1) / lanes);
  const { firsts, total } = layOut(sizes.map((n) => Math.ceil(n / GROUP)));
  gpu().run({
    key: `sgd ${lanes} ${updated.length}`,
    wgsl: () => shader(lanes, updated.length),
    binds: [
      { tensor: moment1, write: true },
      { tensor: state },
      ...updated.flatMap(({ weight, gradient }) => [{ tensor: weight, write: true as const }, { tensor: gradient }]),
    ],
    params: (view) => {
      view.setFloat32(4, momentum, true);
      updated.forEach(({ start, decay }, s) => {
        const at = HEAD + SEGMENT * s;
        [firsts[s]!, sizes[s]!, start / lanes].forEach((x, i) => view.setUint32(at + 4 * i, x, true));
        view.setFloat32(at + 12, decay, true);
      });
    },
    live: (view) => view.setFloat32(0, step.rate, true),
    workgroups: grid1d(total, 1),
  });
}

/** The same in plain loops: what the tests compare with. */
export function sgdReference(
  weight: Float32Array,
  moment1: Float32Array,
  gradient: Float32Array,
  scale: number,
  { rate, momentum, decay }: { momentum: number; decay: number } & Now,
): void {
  for (let i = 0; i < weight.length; i++) {
    moment1[i] = momentum * moment1[i]! + scale * gradient[i]! + decay * weight[i]!;
    weight[i]! -= rate * moment1[i]!;
  }
}
