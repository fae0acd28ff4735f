/**
 * Log-probabilities of labels under a linear head, without the logits of the whole batch (see `linearCrossEntropy`):
 * y[rows[i]] = w[i]·log p[i], zero in rows without a label. Differentiable by anything, as a preference loss needs it:
 * the backward pass computes the logits again, where
 *   ∂L/∂logits[i] = w[i]·dy[rows[i]]·(onehot − p)
 * is that of a cross-entropy of scale −1 with the weights w·dy.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { crossEntropyRows } from './crossEntropy';
import { defineOp, fixedShader, flatGrid, flatMain, gpu, struct, zeros } from '../../device/kernel';
import { eachPart, gradedIn, HeadGradients, headInputs, type Graded, type LabelIndex } from './linearCrossEntropy';
import type { Matrix } from '../matrix/matrix';
import { recordAs } from '../../device/recording';
import { empty } from '../rows/gatherRows';

const SpreadParams = struct('Params', { n: 'u32', labels: 'u32' });
const TimesParams = struct('Params', { n: 'u32' });

/** One invocation per row of the batch; its label, if any, is found in the ascending `rows` by a binary search. */
const spread = fixedShader(
  'logProbs spread',
  `
${SpreadParams.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> losses: array<vec2f>;
@group(0) @binding(2) var<storage, read> rows: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;
${flatMain(`var low = 0u;
  var high = p.labels;
  while (low < high) {
    let middle = (low + high) / 2u;
    let row = rows[middle];
    if (row >= 0 && row < i32(i)) { low = middle + 1u; } else { high = middle; }
  }
  y[i] = 0.0;
  if (low < p.labels && rows[low] == i32(i)) { y[i] = -losses[low].x; }`)}`,
);

/** One invocation per label. */
const times = fixedShader(
  'logProbs times',
  `
${TimesParams.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> rows: array<i32>;
@group(0) @binding(4) var<uniform> p: Params;
${flatMain(`let row = rows[i];
  y[i] = 0.0;
  if (row >= 0) { y[i] = weights[i] * dy[row]; }`)}`,
);

/** y [count]: minus the first column of losses [L, 2], each at its row; zero elsewhere. */
const spreadOp = defineOp<'losses' | 'rows', { count: number }>({
  name: 'AtelierSpreadLogProbs',
  gpu: ({ losses, rows }, { count }) => {
    const y = gpu().alloc([count]);
    gpu().run({
      shader: spread,
      binds: [{ tensor: y, write: true }, { tensor: losses }, { tensor: rows }],
      params: SpreadParams.all({ n: count, labels: rows.shape[0]! }),
      workgroups: flatGrid(count),
    });
    return [y];
  },
  reference: ({ losses, rows }, { count }) => {
    const y = zeros([count], losses);
    rows.data.forEach((row, i) => {
      if (row >= 0) y.data[row] = -losses.data[2 * i]!;
    });
    return [y];
  },
});

/** y [L]: weights · dy[rows], zero without a row. */
const timesOp = defineOp<'weights' | 'dy' | 'rows'>({
  name: 'AtelierTimesRows',
  gpu: ({ weights, dy, rows }) => {
    const y = gpu().alloc(weights.shape);
    const n = rows.shape[0]!;
    gpu().run({
      shader: times,
      binds: [{ tensor: y, write: true }, ...[weights, dy, rows].map((tensor) => ({ tensor }))],
      params: TimesParams.all({ n }),
      workgroups: flatGrid(n),
    });
    return [y];
  },
  reference: ({ weights, dy, rows }) => {
    const y = zeros(weights.shape, weights);
    rows.data.forEach((row, i) => (y.data[i] = row < 0 ? 0 : weights.data[i]! * dy.data[row]!));
    return [y];
  },
});

/**
 * w·log p of each label of states x [N, C] under a head [V, C]: [N].
 * @param bytes of one part's logits; tests have smaller ones
 */
export function tokenLogProbs(x: Tensor, head: Matrix, labels: LabelIndex, bytes?: number): Tensor {
  const [y] = recordAs(() => {
    const graded = gradedIn(x, head, labels, bytes);
    const outputs = [tf.tidy(() => logProbs(graded))];
    const kept = tf.keep(tf.clone(x));
    return {
      kernelName: 'tokenLogProbs',
      inputs: headInputs(x, head),
      outputs,
      saved: [kept],
      backward: ([dy]) => gradientsOf({ ...graded, x: kept }, dy!),
    };
  });
  return y!;
}

function logProbs(graded: Graded): Tensor {
  const { x, labels } = graded;
  const losses = empty(x, [labels.rows.shape[0], 2]);
  const step = { lossScale: 1 };
  eachPart(graded, (logits, _xs, from) => crossEntropyRows(losses, logits, labels, { step, train: false, from }));
  return spreadOp({ losses, rows: labels.rows }, { count: x.shape[0] })[0]!;
}

function gradientsOf(graded: Graded, dy: Tensor): Record<string, Tensor> {
  const { targets, weights, rows } = graded.labels;
  const compared = { targets, weights: timesOp({ weights, dy, rows })[0]! };
  const losses = empty(graded.x, [rows.shape[0], 2]); // not read: only the gradient is wanted here
  const gradients = new HeadGradients(graded);
  eachPart(graded, (logits, xs, from) => {
    crossEntropyRows(losses, logits, compared, { step: { lossScale: -1 }, train: true, from });
    gradients.add(logits, xs, from);
  });
  return gradients.named();
}
