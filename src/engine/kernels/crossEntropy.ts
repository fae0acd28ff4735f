/**
 * Softmax cross-entropy over the rows of logits [N, V] against target ids (−1: the row has no label):
 *   nll = log Σ e^x − x[target];  loss = scale · Σ nll;  dlogits = scale · (softmax(x) − onehot(target)), zero without label
 * The logits are the largest tensor of a step, so their gradient is written over them in the forward kernel, which has everything at hand:
 * nothing else needs the logits, and no second tensor of their size exists.
 * A few invocations per row find maximum, sum and argmax in one pass (the sum is rescaled when the maximum grows), then a single workgroup
 * adds the rows. All sums are trees of fixed shape: the same bits every time. A logit that is not finite makes the loss NaN; that is tested by its
 * bits, because exp(NaN) is a number on some adapters (SwiftShader), and a run that diverged must be seen.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, flatIndex, gpu, grid1d, zeros, type CpuTensor } from './kernel';
import { lanesPerRow, ROW_GROUP } from './rowSum';
import type { StepNumbers } from './stepNumbers';

type Lanes = 1 | 4;

interface Attrs {
  step: Pick<StepNumbers, 'lossScale'>;
  /** Whether the gradient is written over the logits. */
  train: boolean;
}

/** Below every f32 that occurs, with room to be subtracted from. */
const LOWEST = '-3.0e38';
/** Rows from this many logits on take a workgroup of 256 each. */
const LONG_ROW = 2048;
const SUM_GROUP = 256;

/** WGSL for one vector of logits: its largest element, that element's first place, the sum of exponentials. */
const pieces = (lanes: Lanes) =>
  lanes === 4
    ? {
        type: 'vec4f',
        broken: 'any((bitcast<vec4u>(x) & vec4u(INFINITE)) == vec4u(INFINITE))',
        top: 'max(max(x.x, x.y), max(x.z, x.w))',
        place: 'select(select(select(3u, 2u, x.z == top), 1u, x.y == top), 0u, x.x == top)',
        total: (e: string) => `dot(${e}, vec4f(1.0))`,
        element: 'logits[at / 4u][at % 4u]',
        hot: 'select(vec4f(0.0), vec4f(1.0), vec4u(4u * i, 4u * i + 1u, 4u * i + 2u, 4u * i + 3u) == vec4u(at))',
      }
    : {
        type: 'f32',
        broken: '(bitcast<u32>(x) & INFINITE) == INFINITE',
        top: 'x',
        place: '0u',
        total: (e: string) => e,
        element: 'logits[at]',
        hot: 'select(0.0, 1.0, i == at)',
      };

/**
 * Workgroups of `group` invocations, `per` to a row. Few to a short row, so that they meet seldom: 512 rows of 256 take 0.1 of the CPU time
 * on SwiftShader that a workgroup of 64 for each row took, most of which was spent at barriers.
 */
const rowShader = (lanes: Lanes, group: number, per: number, train: boolean): string => {
  const { type, broken, top, place, total, element, hot } = pieces(lanes);
  return `
struct Params { rows: u32, width: u32, scale: f32 };
@group(0) @binding(0) var<storage, read_write> rows: array<vec2f>;
@group(0) @binding(1) var<storage, ${train ? 'read_write' : 'read'}> logits: array<${type}>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;
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
  if (row < p.rows) { label = targets[row]; }
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
    if (lane == 0u) { rows[row] = vec2f(0.0); }
    return;
  }
  var all = best[t - lane];
  var nll = log(all.sum) + (all.top - labelled);
  if (all.broken != 0u) { // NaN, written so that it is no constant expression, in which WGSL forbids it
    nll = bitcast<f32>(all.broken);
    all.sum = nll;
  }
  if (lane == 0u) { rows[row] = vec2f(nll, select(0.0, 1.0, all.place == u32(label))); }
  ${train ? gradientLoop(lanes, per, hot) : ''}
}`;
};

const gradientLoop = (lanes: Lanes, per: number, hot: string): string => `
  let at = ${lanes}u * first + u32(label);
  let share = p.scale / all.sum;
  for (var i = first + lane; i < end; i += ${per}u) { logits[i] = exp(logits[i] - all.top) * share - p.scale * ${hot}; }`;

const sumShader = `
struct Params { rows: u32, scale: f32 };
@group(0) @binding(0) var<storage, read_write> loss: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<vec2f>;
@group(0) @binding(3) var<storage, read> targets: array<i32>;
@group(0) @binding(4) var<uniform> p: Params;
var<workgroup> sums: array<vec3f, ${SUM_GROUP}>;
@compute @workgroup_size(${SUM_GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var own = vec3f(0.0);
  for (var i = t; i < p.rows; i += ${SUM_GROUP}u) { own += vec3f(rows[i], select(0.0, 1.0, targets[i] >= 0)); }
  sums[t] = own;
  workgroupBarrier();
  for (var half = ${SUM_GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) { sums[t] += sums[t + half]; }
    workgroupBarrier();
  }
  if (t > 0u) { return; }
  let all = sums[0];
  loss[0] = p.scale * all.x;
  stats[0] = all.x;
  stats[1] = all.y;
  stats[2] = all.z;
}`;

/** Per row [nll, hit], and dlogits over the logits when training. */
function rowsOnGpu(logits: TensorInfo, targets: TensorInfo, { step, train }: Attrs): TensorInfo {
  const [count, vocab] = [logits.shape[0]!, logits.shape[1]!];
  const lanes: Lanes = vocab % 4 === 0 ? 4 : 1;
  const [group, per] = vocab < LONG_ROW ? [ROW_GROUP, lanesPerRow(vocab / lanes, count)] : [256, 256];
  const rows = gpu().alloc([count, 2]);
  gpu().run({
    key: `crossEntropy ${lanes} ${per} ${train}`,
    wgsl: () => rowShader(lanes, group, per, train),
    binds: [{ tensor: rows, write: true }, { tensor: logits, ...(train ? { write: true } : {}) }, { tensor: targets }],
    params: (view) => {
      view.setUint32(0, count, true);
      view.setUint32(4, vocab / lanes, true);
    },
    live: (view) => view.setFloat32(8, step.lossScale, true),
    workgroups: grid1d(Math.ceil((count * per) / group), 1),
  });
  return rows;
}

function onGpu(logits: TensorInfo, targets: TensorInfo, attrs: Attrs): TensorInfo[] {
  const rows = rowsOnGpu(logits, targets, attrs);
  const [loss, stats] = [gpu().alloc([1]), gpu().alloc([3])];
  gpu().run({
    key: 'crossEntropy sum',
    wgsl: () => sumShader,
    binds: [{ tensor: loss, write: true }, { tensor: stats, write: true }, { tensor: rows }, { tensor: targets }],
    params: (view) => view.setUint32(0, logits.shape[0]!, true),
    live: (view) => view.setFloat32(4, attrs.step.lossScale, true),
    workgroups: [1, 1, 1],
  });
  gpu().dispose(rows);
  return [loss, stats];
}

/** One labelled row in plain loops; writes its gradient over it when training. */
function referenceRow(x: CpuTensor['data'], label: number, { step, train }: Attrs): { nll: number; hit: boolean } {
  let best = 0;
  for (let v = 1; v < x.length; v++) if (x[v]! > x[best]!) best = v;
  const top = x[best]!;
  let sum = 0;
  for (const v of x) sum += Math.exp(v - top);
  const nll = Math.log(sum) + top - x[label]!;
  if (train) x.forEach((v, i) => (x[i] = step.lossScale * (Math.exp(v - top) / sum - Number(i === label))));
  return { nll, hit: best === label };
}

function reference(logits: CpuTensor, targets: CpuTensor, attrs: Attrs): CpuTensor[] {
  const vocab = logits.shape[1]!;
  const [loss, stats] = [zeros([1], logits), zeros([3], logits)];
  const sums = [0, 0, 0];
  targets.data.forEach((label, n) => {
    const row = logits.data.subarray(n * vocab, (n + 1) * vocab);
    if (label < 0) return void (attrs.train && row.fill(0));
    const { nll, hit } = referenceRow(row, label, attrs);
    sums[0]! += nll;
    sums[1]! += Number(hit);
    sums[2]!++;
  });
  stats.data.set(sums);
  loss.data[0] = attrs.step.lossScale * sums[0]!;
  return [loss, stats];
}

const crossEntropyOp = defineOp<'logits' | 'targets', Attrs>({
  name: 'AtelierCrossEntropy',
  gpu: ({ logits, targets }, attrs) => onGpu(logits, targets, attrs),
  reference: ({ logits, targets }, attrs) => reference(logits, targets, attrs),
  save: { inputs: ['logits'] },
  // What was saved is dlogits by now. dy is not read: the loss is where the backward walk starts, with dy = 1.
  gradient: (_dys, [dlogits]) => ({ logits: () => dlogits! }),
});

/**
 * Loss of logits [N, V] against targets int32 [N] (below V, or −1 for none), for training. OVERWRITES the logits with their gradient, and
 * takes dy as 1: differentiate `loss` itself and put every factor into `scale`.
 * @param scale usually 1 / labels of the whole step; numbers of a step are read when the params are written, so that a replay has its own
 * @returns loss [1] = scale·Σ nll; stats [3] = Σ nll, rows whose largest logit (the first of equals) is the target, rows with a label
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  scale: number | Pick<StepNumbers, 'lossScale'>,
): { loss: Tensor; stats: Tensor } {
  const step = typeof scale === 'number' ? { lossScale: scale } : scale;
  const [loss, stats] = crossEntropyOp({ logits, targets }, { step, train: true });
  return { loss: loss!, stats: stats! };
}

/** The stats of `crossEntropy` [3] without gradient; the logits stay as they are. */
export function crossEntropyStats(logits: Tensor, targets: Tensor): Tensor {
  const [loss, stats] = crossEntropyOp({ logits, targets }, { step: { lossScale: 1 }, train: false });
  loss!.dispose();
  return stats!;
}
