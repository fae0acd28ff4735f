/**
 * Softmax cross-entropy over the rows of logits [count, V] against target ids (−1: the row has no label) with a weight
 * w for each row:
 * nll = log Σ e^x − x[target];  loss = scale · Σ w·nll;  dlogits = scale · w · (softmax(x) − onehot(target)), zero
 * without label The logits are the largest tensor of a step, so their gradient is written over them in the forward
 * kernel, which has everything at hand: nothing else needs the logits, and no second tensor of their size exists. They
 * may be a part of all rows: `linearCrossEntropy` computes them in parts.
 * A few invocations per row find maximum, sum and argmax in one pass (the sum is rescaled when the maximum grows), then
 * a single workgroup adds the rows. All sums are trees of fixed shape: the same bits every time. A logit that is not
 * finite makes the loss NaN; that is tested by its bits, because exp(NaN) is a number on some adapters (SwiftShader),
 * and a run that diverged must be seen.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { crossEntropyRowsOnHeap } from './crossEntropy.cpu';
import { defineOp, flatIndex, gpu, grid1d, shader, struct, zeros, type CpuTensor } from '../../device/kernel';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';
import { SCALING } from '../../device/lossScaling';
import { lanesPerRow, ROW_GROUP } from '../reduce/rowSum';
import type { StepNumbers } from '../../device/stepNumbers';

/** What is read of the step's numbers, when params are written: a replay has its own. */
export type LossStep = Pick<StepNumbers, 'lossScale'>;

interface Attrs {
  step: LossStep;
  /** Whether the gradient is written over the logits. */
  train: boolean;
  /** The place of the first row of the logits among all rows. */
  from: number;
}

/** Below every f32 that occurs, with room to be subtracted from. */
const LOWEST = '-3.0e38';
/** Rows from this many logits on take a workgroup of `LONG_GROUP` each. */
const LONG_ROW = 2048;
const LONG_GROUP = 256;
const SUM_GROUP = 256;

/** WGSL for one vector of logits: its largest element, that element's first place, the sum of exponentials. */
const pieces = (lanes: Lanes) =>
  lanes === 4
    ? {
        broken: 'any((bitcast<vec4u>(x) & vec4u(INFINITE)) == vec4u(INFINITE))',
        top: 'max(max(x.x, x.y), max(x.z, x.w))',
        place: 'select(select(select(3u, 2u, x.z == top), 1u, x.y == top), 0u, x.x == top)',
        total: (e: string) => `dot(${e}, vec4f(1.0))`,
        element: 'logits[at / 4u][at % 4u]',
        hot: 'select(vec4f(0.0), vec4f(1.0), vec4u(4u * i, 4u * i + 1u, 4u * i + 2u, 4u * i + 3u) == vec4u(at))',
      }
    : {
        broken: '(bitcast<u32>(x) & INFINITE) == INFINITE',
        top: 'x',
        place: '0u',
        total: (e: string) => e,
        element: 'logits[at]',
        hot: 'select(0.0, 1.0, i == at)',
      };

const RowParams = struct('Params', { rows: 'u32', width: 'u32', start: 'u32', scale: 'f32' });

interface Constants {
  lanes: Lanes;
  group: number;
  per: number;
  /** The gradient is written over the logits. */
  train: boolean;
  /** By the loss scaling too. */
  scaled: boolean;
}

/**
 * Workgroups of `group` invocations, `per` to a row. Few to a short row, so that they meet seldom: 512 rows of 256 take
 * 0.1 of the CPU time on SwiftShader that a workgroup of 64 for each row took, most of which was spent at barriers.
 */
const rowsShader = shader('crossEntropy', ({ lanes, group, per, train, scaled }: Constants) => {
  const type = typeOf(lanes);
  const { broken, top, place, total, element, hot } = pieces(lanes);
  return `
${RowParams.wgsl}
@group(0) @binding(0) var<storage, read_write> rows: array<vec2f>;
@group(0) @binding(1) var<storage, ${train ? 'read_write' : 'read'}> logits: array<${type}>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
${scaled ? '@group(0) @binding(4) var<storage, read> scaling: array<f32>;' : ''}
@group(0) @binding(${scaled ? 5 : 4}) var<uniform> p: Params;
const INFINITE = 0x7f800000u; // the exponent of infinities and NaNs
struct Best { top: f32, sum: f32, place: u32, broken: u32 };
var<workgroup> best: array<Best, ${group}>;
fn joined(a: Best, b: Best) -> Best {
  let top = max(a.top, b.top);
  let second = b.top > a.top || (b.top == a.top && b.place < a.place);
  let sum = a.sum * exp(a.top - top) + b.sum * exp(b.top - top);
  return Best(top, sum, select(a.place, b.place, second), a.broken | b.broken);
}
@compute @workgroup_size(${group})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = ${flatIndex(1)} * ${group / per}u + t / ${per}u;
  let lane = t % ${per}u;
  let first = row * p.width;
  let end = first + p.width;
  var label = -1;
  if (row < p.rows) { label = targets[p.start + row]; }
  var own = Best(${LOWEST}, 0.0, 0xffffffffu, 0u);
  var labelled = 0.0; // read before any invocation of the row writes a gradient
  if (label >= 0) {
    let at = ${lanes}u * first + u32(label);
    if (lane == 0u) { labelled = ${element}; }
    for (var i = first + lane; i < end; i += ${per}u) {
      let x = logits[i];
      let top = ${top};
      own.broken |= select(0u, ~0u, ${broken});
      if (top > own.top) {
        own.sum *= exp(own.top - top);
        own.top = top;
        own.place = ${lanes}u * (i - first) + ${place};
      }
      own.sum += ${total('exp(x - own.top)')};
    }
  }
  best[t] = own;
  workgroupBarrier();
  for (var half = ${per >> 1}u; half > 0u; half >>= 1u) {
    if (lane < half) { best[t] = joined(best[t], best[t + half]); }
    workgroupBarrier();
  }
  if (row >= p.rows) { return; }
  if (label < 0) {
    ${train ? `for (var i = first + lane; i < end; i += ${per}u) { logits[i] = ${type}(0.0); }` : ''}
    if (lane == 0u) { rows[p.start + row] = vec2f(0.0); }
    return;
  }
  var all = best[t - lane];
  var nll = log(all.sum) + (all.top - labelled);
  if (all.broken != 0u) { // NaN, written so that it is no constant expression, in which WGSL forbids it
    nll = bitcast<f32>(all.broken);
    all.sum = nll;
  }
  let weight = weights[p.start + row];
  if (lane == 0u) { rows[p.start + row] = weight * vec2f(nll, select(0.0, 1.0, all.place == u32(label))); }
  ${train ? gradientLoop(lanes, per, hot, scaled) : ''}
}`;
});

const gradientLoop = (lanes: Lanes, per: number, hot: string, scaled: boolean): string => `
  let at = ${lanes}u * first + u32(label);
  let scale = p.scale * weight${scaled ? ` * scaling[${SCALING.scale}]` : ''};
  let share = scale / all.sum;
  for (var i = first + lane; i < end; i += ${per}u) { logits[i] = exp(logits[i] - all.top) * share - scale * ${hot}; }`;

const SumParams = struct('Params', { rows: 'u32', scale: 'f32' });

/** With `origins` texts mixed in a batch, their sums are added one text after the other by the same tree. */
const sumShader = shader(
  'crossEntropy sum',
  ({ origins }: { origins: number }) => `
${SumParams.wgsl}
@group(0) @binding(0) var<storage, read_write> loss: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<vec2f>;
@group(0) @binding(3) var<storage, read> targets: array<i32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
${origins ? '@group(0) @binding(5) var<storage, read> origins: array<i32>;' : ''}
@group(0) @binding(${origins ? 6 : 5}) var<uniform> p: Params;
var<workgroup> sums: array<vec3f, ${SUM_GROUP}>;
fn numbersOf(i: u32) -> vec3f { return vec3f(rows[i], select(0.0, weights[i], targets[i] >= 0)); }
fn treeSum(t: u32, own: vec3f) -> vec3f {
  sums[t] = own;
  workgroupBarrier();
  for (var half = ${SUM_GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) { sums[t] += sums[t + half]; }
    workgroupBarrier();
  }
  return sums[0];
}
@compute @workgroup_size(${SUM_GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var own = vec3f(0.0);
  for (var i = t; i < p.rows; i += ${SUM_GROUP}u) { own += numbersOf(i); }
  let all = treeSum(t, own);
  if (t == 0u) {
    loss[0] = p.scale * all.x;
    stats[0] = all.x;
    stats[1] = all.y;
    stats[2] = all.z;
  }
  ${origins ? originSums(origins) : ''}
}`,
);

const originSums = (origins: number): string => `
  for (var o = 0u; o < ${origins}u; o++) {
    var part = vec3f(0.0);
    for (var i = t; i < p.rows; i += ${SUM_GROUP}u) { if (origins[i] == i32(o)) { part += numbersOf(i); } }
    workgroupBarrier(); // the sum before is read by all before its place is written again
    let sum = treeSum(t, part);
    if (t == 0u) {
      stats[3u + 2u * o] = sum.x;
      stats[4u + 2u * o] = sum.z;
    }
  }`;

/** One labelled row in plain loops; writes its gradient over it when training. */
function referenceRow(
  x: CpuTensor['data'],
  label: number,
  weight: number,
  { step, train }: Attrs,
  factor: number,
): [number, number] {
  let best = 0;
  for (let v = 1; v < x.length; v++) if (x[v]! > x[best]!) best = v;
  const top = x[best]!;
  let sum = 0;
  for (const v of x) sum += Math.exp(v - top);
  const nll = Math.log(sum) + top - x[label]!;
  const scale = step.lossScale * weight * factor;
  if (train) x.forEach((v, i) => (x[i] = scale * (Math.exp(v - top) / sum - Number(i === label))));
  return [weight * nll, weight * Number(best === label)];
}

const rowsOp = defineOp<'rows' | 'logits' | 'targets' | 'weights', Attrs, 'scaling'>({
  name: 'AtelierCrossEntropyRows',
  gpu: ({ rows, logits, targets, weights, scaling }, { step, train, from }) => {
    const [count, vocab] = [logits.shape[0]!, logits.shape[1]!];
    const lanes = lanesOf(vocab);
    const [group, per] = vocab < LONG_ROW ? [ROW_GROUP, lanesPerRow(vocab / lanes, count)] : [LONG_GROUP, LONG_GROUP];
    const overwritten = train ? ({ write: true } as const) : {};
    gpu().run({
      shader: rowsShader({ lanes, group, per, train, scaled: !!scaling }),
      binds: [
        { tensor: rows, write: true },
        { tensor: logits, ...overwritten },
        { tensor: targets },
        { tensor: weights },
        ...(scaling ? [{ tensor: scaling }] : []),
      ],
      ...RowParams.split({ rows: count, width: vocab / lanes, start: from }, () => ({ scale: step.lossScale })),
      workgroups: grid1d(Math.ceil((count * per) / group), 1),
    });
    return [];
  },
  reference: ({ rows, logits, targets, weights, scaling }, attrs) => {
    const factor = scaling?.data[SCALING.scale] ?? 1;
    const [count, vocab] = [logits.shape[0]!, logits.shape[1]!];
    for (let n = 0, at = attrs.from; n < count; n++, at++) {
      const row = logits.data.subarray(n * vocab, (n + 1) * vocab);
      const label = targets.data[at]!;
      if (label < 0 && attrs.train) row.fill(0);
      rows.data.set(label < 0 ? [0, 0] : referenceRow(row, label, weights.data[at]!, attrs, factor), 2 * at);
    }
    return [];
  },
  wasm: (inputs, attrs) => {
    if (inputs.scaling) return undefined;
    crossEntropyRowsOnHeap(inputs, attrs);
    return [];
  },
});

/** Numbers of `stats` for so many texts. */
export const statsOf = (origins: number): number => 3 + 2 * origins;

/** Σ w·nll and Σ w of one text, in stats. */
export const sumsOfText = (stats: ArrayLike<number>, text: number): [nll: number, weight: number] => [
  stats[statsOf(text)]!,
  stats[statsOf(text) + 1]!,
];

const sumOp = defineOp<'rows' | 'targets' | 'weights', { step: LossStep; count: number }, 'origins'>({
  name: 'AtelierCrossEntropySum',
  gpu: ({ rows, targets, weights, origins }, { step, count }) => {
    const [loss, stats] = [gpu().alloc([1]), gpu().alloc([statsOf(count)])];
    gpu().run({
      shader: sumShader({ origins: count }),
      binds: [
        { tensor: loss, write: true },
        { tensor: stats, write: true },
        { tensor: rows },
        { tensor: targets },
        { tensor: weights },
        ...(origins ? [{ tensor: origins }] : []),
      ],
      ...SumParams.split({ rows: rows.shape[0]! }, () => ({ scale: step.lossScale })),
      workgroups: [1, 1, 1],
    });
    return [loss, stats];
  },
  reference: ({ rows, targets, weights, origins }, { step, count }) => {
    const [loss, stats] = [zeros([1], rows), zeros([statsOf(count)], rows)];
    targets.data.forEach((label, n) => {
      const [nll, hit, weight] = [rows.data[2 * n]!, rows.data[2 * n + 1]!, label >= 0 ? weights.data[n]! : 0];
      stats.data[0]! += nll;
      stats.data[1]! += hit;
      stats.data[2]! += weight;
      const origin = origins?.data[n] ?? -1;
      if (origin < 0) return;
      stats.data[3 + 2 * origin]! += nll;
      stats.data[4 + 2 * origin]! += weight;
    });
    loss.data[0] = step.lossScale * stats.data[0]!;
    return [loss, stats];
  },
});

/** What the rows of the logits are compared with. */
export interface Targets {
  /** int32 [N]: ids below V, or −1 where there is no label. */
  targets: Tensor;
  /** f32 [N]: the weight of each label. */
  weights: Tensor;
  /** Of texts that are mixed: int32 [N], the text of each label below `count`, or −1. */
  origins?: { of: Tensor; count: number };
}

/**
 * Writes [w·nll, w·hit] of logits [count, V] into `rows` [N, 2] from row `from` on; a hit is a row whose largest logit
 * (the first of equals) is the target. When training, OVERWRITES the logits with their gradient, times the first number
 * of `scaling` if given. In place: neither has a gradient.
 */
export function crossEntropyRows(
  rows: Tensor,
  logits: Tensor,
  { targets, weights }: Targets,
  attrs: { step: LossStep; train: boolean; from: number },
  scaling?: Tensor,
): void {
  rowsOp({ rows, logits, targets, weights, scaling }, attrs);
}

/**
 * The sums over all rows: loss [1] = scale · Σ w·nll; stats [3] = Σ w·nll, Σ w·hit, Σ w of the rows with a label; where
 * texts are mixed, behind them Σ w·nll and Σ w of each text.
 */
export function crossEntropySum(
  rows: Tensor,
  { targets, weights, origins }: Targets,
  step: LossStep,
): [loss: Tensor, stats: Tensor] {
  const { of, count = 0 } = origins ?? {};
  const [loss, stats] = sumOp({ rows, targets, weights, origins: of }, { step, count });
  return [loss!, stats!];
}
