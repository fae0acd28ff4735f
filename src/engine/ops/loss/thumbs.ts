/**
 * KTO's loss of answers that are good or bad each (Ethayarajh et al., 2024, https://arxiv.org/abs/2402.01306), as TRL
 * computes it. With r = log π(answer) − log π⁰(answer), and r′ of the same answers under other questions:
 *   z₀ = max(0, mean r′), without gradient;  z = β(r − z₀) of a good answer, β(z₀ − r) of a bad one
 *   ℓ = w·(1 − σ(z)), w by the mark;  rewards β·r;  loss = lossScale · Σ ℓ
 *   ∂ℓ/∂r = ∓w·β·σ(z)·σ(−z), − for good ones
 * Window 2p is an answer, window 2p + 1 its question with another answer. The labels of a bad answer weigh −1: its sum
 * has the other sign, so that both slopes are one. A window without labels is none, and counts nothing. One workgroup
 * takes all answers, each sum in one order. A z that is not finite makes the loss NaN by its bits: see crossEntropy.ts.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, fixedShader, gpu, struct, zeros, type CpuTensor } from '../../device/kernel';
import type { StepNumbers } from '../../device/stepNumbers';
import { windowSumsIn, spreadOp, SUM_GROUP as GROUP, sumWindows, type WindowSums, type OfWindows } from './answerSums';
import type { LabelIndex } from './linearCrossEntropy';

/** Sums over answers: ℓ, z > 0, |Σ w|, good ones, bad ones, their rewards, z₀ (of each batch by its answers). */
export const THUMB_STATS = {
  ...{ loss: 0, right: 1, labels: 2, good: 3, bad: 4, goodReward: 5, badReward: 6, kl: 7 },
  size: 8,
} as const;

export interface ThumbWeights {
  beta: number;
  /** How much the loss of a good answer counts, and of a bad one. */
  good: number;
  bad: number;
}

interface Attrs extends ThumbWeights {
  /** Tokens of a window. */
  length: number;
  /** Usually 1 / answers of the whole step; read when params are written. */
  step: Pick<StepNumbers, 'lossScale'>;
}

const Params = struct('Params', { answers: 'u32', beta: 'f32', good: 'f32', bad: 'f32', scale: 'f32' });

const thumbs = fixedShader(
  'thumbs',
  `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> loss: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read_write> slopes: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec2f>;
@group(0) @binding(4) var<uniform> p: Params;
const INFINITE = 0x7f800000u;
var<workgroup> parts: array<array<vec4f, 2>, ${GROUP}>;
fn joined(t: u32) {
  workgroupBarrier();
  for (var half = ${GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) {
      for (var i = 0u; i < 2u; i++) { parts[t][i] += parts[t + half][i]; }
    }
    workgroupBarrier();
  }
}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var own = array<vec4f, 2>();
  for (var i = t; i < p.answers; i += ${GROUP}u) {
    if (sums[2u * i].y != 0.0) { own[0] += vec4f(sums[2u * i + 1u].x, 1.0, 0.0, 0.0); }
  }
  parts[t] = own;
  joined(t);
  let mean = parts[0][0].x / max(1.0, parts[0][0].y);
  let broken = (bitcast<u32>(mean) & INFINITE) == INFINITE;
  let kl = max(0.0, mean);
  workgroupBarrier(); // all have read the sum before the next ones are written
  own = array<vec4f, 2>();
  for (var i = t; i < p.answers; i += ${GROUP}u) {
    let answer = sums[2u * i];
    slopes[2u * i] = 0.0;
    slopes[2u * i + 1u] = 0.0;
    if (answer.y == 0.0) { continue; }
    let mark = sign(answer.y);
    let isGood = mark > 0.0;
    let ratio = mark * answer.x;
    let z = p.beta * mark * (ratio - kl);
    let weight = select(p.bad, p.good, isGood);
    let e = exp(-abs(z));
    var term = weight * select(1.0, e, z > 0.0) / (1.0 + e);
    let bits = bitcast<u32>(answer.x);
    if (broken || (bits & INFINITE) == INFINITE) { term = bitcast<f32>(bits | 0x7fc00000u); }
    slopes[2u * i] = -p.scale * weight * p.beta * e / ((1.0 + e) * (1.0 + e));
    let reward = p.beta * ratio;
    own[0] += vec4f(term, select(0.0, 1.0, z > 0.0), abs(answer.y), select(0.0, 1.0, isGood));
    own[1] += vec4f(select(1.0, 0.0, isGood), select(0.0, reward, isGood), select(reward, 0.0, isGood), kl);
  }
  parts[t] = own;
  joined(t);
  if (t > 0u) { return; }
  for (var i = 0u; i < 4u; i++) {
    stats[i] = parts[0][0][i];
    stats[4u + i] = parts[0][1][i];
  }
  loss[0] = p.scale * parts[0][0].x;
}`,
);

function onGpu(inputs: OfWindows<TensorInfo>, { beta, good, bad, length, step }: Attrs): TensorInfo[] {
  const windows = inputs.logProbs.shape[0]! / length;
  const sums = sumWindows(inputs, length);
  const [loss, stats, slopes] = [gpu().alloc([1]), gpu().alloc([THUMB_STATS.size]), gpu().alloc([windows])];
  gpu().run({
    shader: thumbs,
    binds: [...[loss, stats, slopes].map((tensor) => ({ tensor, write: true as const })), { tensor: sums }],
    ...Params.split({ answers: windows / 2, beta, good, bad }, () => ({ scale: step.lossScale })),
    workgroups: [1, 1, 1],
  });
  gpu().dispose(sums);
  return [loss, stats, slopes];
}

function reference(inputs: OfWindows<CpuTensor>, { length, step, ...weights }: Attrs): CpuTensor[] {
  const windows = windowSumsIn(inputs, length);
  const like = inputs.logProbs;
  const [loss, stats, slopes] = [zeros([1], like), zeros([THUMB_STATS.size], like), zeros([windows.length], like)];
  const used = windows.flatMap(({ n }, i) => (i % 2 === 0 && n !== 0 ? [i] : []));
  const kl = Math.max(0, used.reduce((sum, i) => sum + windows[i + 1]!.s, 0) / Math.max(1, used.length));
  for (const i of used) {
    const { numbers, slope } = ofAnswer(windows[i]!, kl, weights);
    slopes.data[i] = step.lossScale * slope;
    numbers.forEach((v, at) => (stats.data[at]! += v));
  }
  loss.data[0] = step.lossScale * stats.data[THUMB_STATS.loss]!;
  return [loss, stats, slopes];
}

/** What an answer adds to the stats, and ∂ℓ/∂s. */
function ofAnswer({ s, n }: WindowSums, kl: number, { beta, good, bad }: ThumbWeights) {
  const mark = Math.sign(n);
  const isGood = mark > 0;
  const reward = beta * mark * s;
  const z = mark * (reward - beta * kl);
  const weight = isGood ? good : bad;
  const e = Math.exp(-Math.abs(z));
  const term = (weight * (z > 0 ? e : 1)) / (1 + e);
  const marked = [Number(isGood), Number(!isGood), isGood ? reward : 0, isGood ? 0 : reward];
  return { numbers: [term, Number(z > 0), Math.abs(n), ...marked, kl], slope: (-weight * beta * e) / (1 + e) ** 2 };
}

const thumbsOp = defineOp<'logProbs' | 'rows' | 'weights', Attrs, 'reference'>({
  name: 'AtelierThumbs',
  gpu: onGpu,
  reference,
  save: { outputs: [false, false, true] },
  gradient: ([dy], [slopes], { length }) => ({
    logProbs: () => spreadOp({ slopes: slopes!, dy: dy! }, { length })[0]!,
  }),
});

/**
 * loss [1] and stats [8] (see `THUMB_STATS`) of windows of answers.
 * @param logProbs [windows·length], as `tokenLogProbs` makes them from these labels
 * @param base the same of the reference model; it has no gradient
 */
export function thumbsLoss(
  logProbs: Tensor,
  { rows, weights }: Pick<LabelIndex, 'rows' | 'weights'>,
  attrs: Attrs,
  base: Tensor,
): { loss: Tensor; stats: Tensor } {
  const [loss, stats, slopes] = thumbsOp({ logProbs, rows, weights, reference: base }, attrs);
  slopes!.dispose();
  return { loss: loss!, stats: stats! };
}
