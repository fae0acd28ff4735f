/**
 * Windows of answers as sums, and back: s − s⁰ and Σ w of each window from the log-probabilities of its tokens, and the
 * gradient of the tokens from one slope for each window. What is made of the sums, the losses beside say.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  defineOp,
  fixedShader,
  flatGrid,
  flatIndex,
  flatMain,
  gpu,
  grid1d,
  shader,
  struct,
  zeros,
  type CpuTensor,
} from '../../device/kernel';

/**
 * Log-probabilities [windows·length], by `rows` and `weights` of labels; those of the reference model and the texts of
 * the labels beside.
 */
export type OfWindows<T> = Record<'logProbs' | 'rows' | 'weights', T> & { reference?: T; origins?: T };

/** Invocations that share a sum. */
export const SUM_GROUP = 64;

export const sumsType = (mixed: boolean): string => (mixed ? 'vec4f' : 'vec2f');

const WindowParams = struct('Params', { length: 'u32', labels: 'u32' });
const SpreadParams = struct('Params', { n: 'u32', length: 'u32' });

/** [windows, 2]: s − s⁰ and n of each window; of mixed texts [windows, 4], behind them the window's text from 1. */
const windowSums = shader(
  'answer sums',
  ({ referenced, mixed }: { referenced: boolean; mixed: boolean }) => `
${WindowParams.wgsl}
alias Sums = ${sumsType(mixed)};
@group(0) @binding(0) var<storage, read_write> sums: array<Sums>;
@group(0) @binding(1) var<storage, read> logProbs: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<i32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
${referenced ? '@group(0) @binding(4) var<storage, read> reference: array<f32>;' : ''}
${mixed ? `@group(0) @binding(${referenced ? 5 : 4}) var<storage, read> origins: array<i32>;` : ''}
@group(0) @binding(${4 + Number(referenced) + Number(mixed)}) var<uniform> p: Params;
var<workgroup> parts: array<Sums, ${SUM_GROUP}>;
@compute @workgroup_size(${SUM_GROUP})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let window = ${flatIndex(1)};
  var own = Sums();
  for (var i = t; i < p.length; i += ${SUM_GROUP}u) {
    let at = window * p.length + i;
    own.x += logProbs[at]${referenced ? ' - reference[at]' : ''};
  }
  for (var i = t; i < p.labels; i += ${SUM_GROUP}u) {
    let row = rows[i];
    if (row >= 0 && u32(row) / p.length == window) {
      own.y += weights[i];
      ${mixed ? 'own.z = f32(origins[i] + 1);' : ''}
    }
  }
  parts[t] = own;
  workgroupBarrier();
  for (var half = ${SUM_GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) {
      let more = parts[t + half];
      ${mixed ? 'parts[t] = Sums(parts[t].xy + more.xy, max(parts[t].z, more.z), 0.0);' : 'parts[t] += more;'}
    }
    workgroupBarrier();
  }
  if (t == 0u) { sums[window] = parts[0]; }
}`,
);

const spread = fixedShader(
  'answer gradient',
  `
${SpreadParams.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> slopes: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;
${flatMain('y[i] = dy[0] * slopes[i / p.length];')}`,
);

/** [windows, 2]: s − s⁰ and n = Σ w of each window; of mixed texts [windows, 4]. */
export function sumWindows(inputs: OfWindows<TensorInfo>, length: number): TensorInfo {
  const { logProbs, rows, weights, reference, origins } = inputs;
  const windows = logProbs.shape[0]! / length;
  const sums = gpu().alloc([windows, origins ? 4 : 2]);
  gpu().run({
    shader: windowSums({ referenced: reference !== undefined, mixed: origins !== undefined }),
    binds: [
      { tensor: sums, write: true },
      ...[logProbs, rows, weights, reference ?? [], origins ?? []].flat().map((tensor) => ({ tensor })),
    ],
    params: WindowParams.all({ length, labels: rows.shape[0]! }),
    workgroups: grid1d(windows, 1),
  });
  return sums;
}

/** The sums of a window: s − s⁰ and n. */
export interface WindowSums {
  s: number;
  n: number;
  /** −1: none. */
  text: number;
}

/** The same on the CPU. */
export function windowSumsIn(
  { logProbs, rows, weights, reference, origins }: OfWindows<CpuTensor>,
  length: number,
): WindowSums[] {
  const answers = Array.from({ length: logProbs.shape[0]! / length }, () => ({ s: 0, n: 0, text: -1 }));
  logProbs.data.forEach((v, i) => (answers[Math.floor(i / length)]!.s += v - (reference?.data[i] ?? 0)));
  rows.data.forEach((row, i) => {
    if (row < 0) return;
    const answer = answers[Math.floor(row / length)]!;
    answer.n += weights.data[i]!;
    answer.text = origins?.data[i] ?? -1;
  });
  return answers;
}

/** dL/dlogProbs: the slope of each token's window. */
export const spreadOp = defineOp<'slopes' | 'dy', { length: number }>({
  name: 'AtelierAnswerGradient',
  gpu: ({ slopes, dy }, { length }) => {
    const n = slopes.shape[0]! * length;
    const y = gpu().alloc([n]);
    gpu().run({
      shader: spread,
      binds: [{ tensor: y, write: true }, { tensor: slopes }, { tensor: dy }],
      params: SpreadParams.all({ n, length }),
      workgroups: flatGrid(n),
    });
    return [y];
  },
  reference: ({ slopes, dy }, { length }) => {
    const y = zeros([slopes.shape[0]! * length], slopes);
    y.data.forEach((_, i) => (y.data[i] = dy.data[0]! * slopes.data[Math.floor(i / length)]!));
    return [y];
  },
});
