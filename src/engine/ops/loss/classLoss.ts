/**
 * Losses of a classifier's logits x [N, K] against labels with a weight w for each row (−1: the row has no label), and
 * their gradient, written over the logits:
 *   one class     ℓ = log Σ e^x − x[label];  dx = w · (softmax(x) − onehot(label))
 *   several       ℓ = Σ_k (y_k ? v_k · softplus(−x_k) : softplus(x_k)) / K, y_k bit k of the label and v_k how much a
 *                 class counts where it is there (torch's BCEWithLogitsLoss with pos_weight)
 *   loss = scale · Σ w·ℓ;  stats = Σ w·ℓ, right rows, Σ w, rows
 * A row is right where the likeliest class is the label, or where just the classes above ½ are. Right rows are counted
 * without their weights: an accuracy is a share of texts. A row has few classes, so one invocation takes it. A logit
 * that is not finite makes the loss NaN by its bits: see crossEntropy.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  defineOp,
  flatGrid,
  flatMain,
  fixedShader,
  gpu,
  shader,
  struct,
  zeros,
  type CpuTensor,
} from '../../device/kernel';
import { SCALING } from '../../device/lossScaling';
import { recordAs } from '../../device/recording';
import type { Matrix } from '../matrix/matrix';
import { empty } from '../rows/gatherRows';
import type { LossStep } from './crossEntropy';
import { eachPart, gradedIn, HeadGradients, headInputs, type LabelIndex } from './linearCrossEntropy';
import { LOG1P } from './log1p';

/** How labels are read. */
export interface ClassLabels {
  several: boolean;
  /** Of several: how much each class counts where it is there; absent: 1. */
  positives?: readonly number[] | undefined;
}

interface Attrs extends ClassLabels {
  step: LossStep;
  train: boolean;
  /** The place of the first row of the logits among all rows. */
  from: number;
}

/** Numbers of a row: w·ℓ, whether it is right, w, 1. */
const COLUMNS = 4;
const SUM_GROUP = 256;

const RowParams = struct('Params', { n: 'u32', width: 'u32', start: 'u32', scale: 'f32' });
const SumParams = struct('Params', { rows: 'u32', scale: 'f32' });

interface Constants {
  /** Of several classes how much each counts, as WGSL; else empty. */
  positives: string;
  train: boolean;
  scaled: boolean;
}

const ONE = (train: boolean): string => `
  var top = logits[first];
  var place = 0u;
  for (var k = 1u; k < p.width; k++) { if (logits[first + k] > top) { top = logits[first + k]; place = k; } }
  var sum = 0.0;
  for (var k = 0u; k < p.width; k++) { sum += exp(logits[first + k] - top); }
  var nll = log(sum) + (top - logits[first + u32(label)]);
  let right = place == u32(label);
  ${
    train
      ? `for (var k = 0u; k < p.width; k++) {
    logits[first + k] = factor * (exp(logits[first + k] - top) / sum - select(0.0, 1.0, k == u32(label)));
  }`
      : ''
  }`;

const SEVERAL = (positives: string, train: boolean): string => `
  var counts = array(${positives});
  var nll = 0.0;
  var right = true;
  for (var k = 0u; k < p.width; k++) {
    let x = logits[first + k];
    let there = ((u32(label) >> k) & 1u) == 1u;
    let term = max(select(x, -x, there), 0.0) + log1p(exp(-abs(x)));
    nll += select(1.0, counts[k], there) * term;
    right = right && (x > 0.0) == there;
    ${
      train
        ? `let slope = select(1.0 / (1.0 + exp(-x)), -counts[k] / (1.0 + exp(x)), there);
    logits[first + k] = factor / f32(p.width) * slope;`
        : ''
    }
  }
  nll /= f32(p.width);`;

const rowsShader = shader(
  'classLoss',
  ({ positives, train, scaled }: Constants) => `
${RowParams.wgsl}
@group(0) @binding(0) var<storage, read_write> rows: array<vec4f>;
@group(0) @binding(1) var<storage, ${train ? 'read_write' : 'read'}> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
${scaled ? '@group(0) @binding(4) var<storage, read> scaling: array<f32>;' : ''}
@group(0) @binding(${scaled ? 5 : 4}) var<uniform> p: Params;
const INFINITE = 0x7f800000u; // the exponent of infinities and NaNs
${positives ? LOG1P : ''}
${flatMain(`let first = i * p.width;
  let label = targets[p.start + i];
  if (label < 0) {
    ${train ? 'for (var k = 0u; k < p.width; k++) { logits[first + k] = 0.0; }' : ''}
    rows[p.start + i] = vec4f(0.0);
    return;
  }
  var broken = 0u;
  for (var k = 0u; k < p.width; k++) {
    broken |= select(0u, ~0u, (bitcast<u32>(logits[first + k]) & INFINITE) == INFINITE);
  }
  let weight = weights[p.start + i];
  ${train ? `let factor = p.scale * weight${scaled ? ` * scaling[${SCALING.scale}]` : ''};` : ''}
  ${positives ? SEVERAL(positives, train) : ONE(train)}
  if (broken != 0u) { nll = bitcast<f32>(broken); }
  rows[p.start + i] = vec4f(weight * nll, select(0.0, 1.0, right), weight, 1.0);`)}`,
);

const sumShader = fixedShader(
  'classLoss sum',
  `
${SumParams.wgsl}
@group(0) @binding(0) var<storage, read_write> loss: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;
var<workgroup> sums: array<vec4f, ${SUM_GROUP}>;
@compute @workgroup_size(${SUM_GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var own = vec4f(0.0);
  for (var i = t; i < p.rows; i += ${SUM_GROUP}u) { own += rows[i]; }
  sums[t] = own;
  workgroupBarrier();
  for (var half = ${SUM_GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) { sums[t] += sums[t + half]; }
    workgroupBarrier();
  }
  if (t > 0u) { return; }
  for (var i = 0u; i < ${COLUMNS}u; i++) { stats[i] = sums[0][i]; }
  loss[0] = p.scale * sums[0].x;
}`,
);

const countsOf = ({ several, positives }: ClassLabels, classes: number): readonly number[] =>
  several ? (positives ?? Array.from({ length: classes }, () => 1)) : [];

/** A number as a WGSL literal. */
const literal = (value: number): string => {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
};

/** ℓ of one class of several, and its slope. */
function termOf(x: number, there: boolean, counts: number): [term: number, slope: number] {
  const term = Math.max(there ? -x : x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  return there ? [counts * term, -counts / (1 + Math.exp(x))] : [term, 1 / (1 + Math.exp(-x))];
}

function severalRow(x: number[], label: number, counts: readonly number[]) {
  const terms = x.map((v, k) => termOf(v, ((label >> k) & 1) === 1, counts[k]!));
  const nll = terms.reduce((sum, [term]) => sum + term, 0) / x.length;
  const right = x.every((v, k) => v > 0 === (((label >> k) & 1) === 1));
  return { nll, right, slopes: terms.map(([, slope]) => slope / x.length) };
}

function oneRow(x: number[], label: number) {
  const top = Math.max(...x);
  const exps = x.map((v) => Math.exp(v - top));
  const sum = exps.reduce((total, e) => total + e, 0);
  const slopes = exps.map((e, k) => e / sum - Number(k === label));
  return { nll: Math.log(sum) + top - x[label]!, right: x.indexOf(top) === label, slopes };
}

type Rows = 'rows' | 'logits' | 'targets' | 'weights';

function referenceRows(inputs: Record<Rows, CpuTensor> & { scaling?: CpuTensor }, attrs: Attrs): CpuTensor[] {
  const { rows, logits, targets, weights, scaling } = inputs;
  const [count, width] = [logits.shape[0]!, logits.shape[1]!];
  const counts = countsOf(attrs, width);
  for (let n = 0, at = attrs.from; n < count; n++, at++) {
    const row = logits.data.subarray(n * width, (n + 1) * width);
    const [label, weight] = [targets.data[at]!, weights.data[at]!];
    if (label < 0) {
      if (attrs.train) row.fill(0);
      rows.data.set([0, 0, 0, 0], COLUMNS * at);
      continue;
    }
    const { nll, right, slopes } = attrs.several ? severalRow([...row], label, counts) : oneRow([...row], label);
    const factor = attrs.step.lossScale * weight * (scaling?.data[SCALING.scale] ?? 1);
    if (attrs.train) slopes.forEach((slope, k) => (row[k] = factor * slope));
    rows.data.set([weight * nll, Number(right), weight, 1], COLUMNS * at);
  }
  return [];
}

const rowsOp = defineOp<Rows, Attrs, 'scaling'>({
  name: 'AtelierClassLossRows',
  gpu: ({ rows, logits, targets, weights, scaling }, { step, train, from, ...labels }) => {
    const [n, width] = [logits.shape[0]!, logits.shape[1]!];
    const overwritten = train ? ({ write: true } as const) : {};
    gpu().run({
      shader: rowsShader({
        positives: countsOf(labels, width).map(literal).join(),
        train,
        scaled: train && scaling !== undefined,
      }),
      binds: [
        { tensor: rows, write: true },
        { tensor: logits, ...overwritten },
        { tensor: targets },
        { tensor: weights },
        ...(train && scaling ? [{ tensor: scaling }] : []),
      ],
      ...RowParams.split({ n, width, start: from }, () => ({ scale: step.lossScale })),
      workgroups: flatGrid(n),
    });
    return [];
  },
  reference: referenceRows,
});

const sumOp = defineOp<'rows', { step: LossStep }>({
  name: 'AtelierClassLossSum',
  gpu: ({ rows }, { step }) => {
    const [loss, stats] = [gpu().alloc([1]), gpu().alloc([COLUMNS])];
    gpu().run({
      shader: sumShader,
      binds: [{ tensor: loss, write: true }, { tensor: stats, write: true }, { tensor: rows }],
      ...SumParams.split({ rows: rows.shape[0]! }, () => ({ scale: step.lossScale })),
      workgroups: [1, 1, 1],
    });
    return [loss, stats];
  },
  reference: ({ rows }, { step }) => {
    const [loss, stats] = [zeros([1], rows), zeros([COLUMNS], rows)];
    rows.data.forEach((value, i) => (stats.data[i % COLUMNS]! += value));
    loss.data[0] = step.lossScale * stats.data[0]!;
    return [loss, stats];
  },
});

/** Numbers of `stats`. */
export const CLASS_STATS = COLUMNS;

/**
 * The loss [1] of states x [N, C] under a classifier's head [K, C], for training, and stats [4]; of the states only
 * those with a label go through the head. Takes dy as 1, as `linearCrossEntropy` does: put every factor into the scale.
 * @param scaling its first number multiplies the gradients, though not the loss: see `lossScaling.ts`
 */
export function classLoss(
  x: Tensor,
  head: Matrix,
  labels: LabelIndex,
  { step, ...read }: ClassLabels & { step: LossStep },
  scaling?: Tensor,
): { loss: Tensor; stats: Tensor } {
  const [loss, stats] = recordAs(() => {
    const gradients = new HeadGradients(gradedIn(x, head, labels));
    const outputs = tf.tidy(() => {
      const rows = empty(x, [labels.rows.shape[0], COLUMNS]);
      eachPart(gradients.graded, (logits, xs, from) => {
        rowsOp({ rows, logits, ...comparedWith(labels), scaling }, { ...read, step, train: true, from });
        gradients.add(logits, xs, from);
      });
      return sumOp({ rows }, { step });
    });
    const named = gradients.named();
    return {
      kernelName: 'classLoss',
      inputs: headInputs(x, head),
      outputs,
      saved: Object.values(named),
      backward: () => named,
    };
  });
  return { loss: loss!, stats: stats! };
}

const comparedWith = ({ targets, weights }: LabelIndex) => ({ targets, weights });

/** The stats of `classLoss` [4], without gradient. */
export function classStats(x: Tensor, head: Matrix, labels: LabelIndex, read: ClassLabels): Tensor {
  return tf.tidy(() => {
    const step = { lossScale: 1 };
    const rows = empty(x, [labels.rows.shape[0], COLUMNS]);
    eachPart(gradedIn(x, head, labels), (logits, _xs, from) =>
      rowsOp({ rows, logits, ...comparedWith(labels) }, { ...read, step, train: false, from }),
    );
    return sumOp({ rows }, { step })[1]!;
  });
}
