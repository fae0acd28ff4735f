/**
 * Losses of pairs of answers, a chosen one (c) and a rejected one (r), from the log-probabilities of their tokens. With
 * s = Σ w·log p over the labels of an answer, n = Σ w, and s⁰ of the model that is the reference:
 *   DPO (Rafailov et al., 2023)   ℓ = −log σ(Δ), Δ = β((s_c − s⁰_c) − (s_r − s⁰_r));  rewards β(s − s⁰)
 * ORPO (Hong et al., 2024)      ℓ = −β·log σ(o), o = log odds(s_c/n_c) − log odds(s_r/n_r), log odds(a) = a − log(1 −
 * eᵃ);  rewards β·s/n
 *                                 and the likelihood of the chosen answers, −Σ s_c, by label
 *   loss = lossScale · Σ ℓ − labelScale · Σ s_c (ORPO alone)
 *   ∂ℓ/∂s_c = −β σ(−Δ), ∂ℓ/∂s_r = β σ(−Δ);  ORPO with o for Δ, over n·(1 − e^{s/n})
 * Windows 2p and 2p + 1 are the answers of pair p. A pair of which one answer has no label is none, and counts nothing.
 * A workgroup sums a window, then one takes all pairs, each sum in one order. A Δ that is not finite makes the loss NaN
 * by its bits: see crossEntropy.ts.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, gpu, shader, struct, zeros, type CpuTensor } from '../../device/kernel';
import {
  spreadOp,
  SUM_GROUP as GROUP,
  sumsType,
  sumWindows,
  windowSumsIn,
  type OfWindows,
  type WindowSums,
} from './answerSums';
import type { LabelIndex } from './linearCrossEntropy';
import { LOG1P } from './log1p';
import type { StepNumbers } from '../../device/stepNumbers';

export type PreferenceKind = 'dpo' | 'orpo';

/**
 * Sums over pairs: ℓ, pairs whose chosen reward is the larger one, Σ w of both answers, rewards, −Σ s_c, pairs, Σ w of
 * chosen answers, Δ or o.
 */
export const PAIR_STATS = {
  ...{ loss: 0, preferred: 1, labels: 2, chosen: 3, rejected: 4, nll: 5, pairs: 6, chosenLabels: 7, delta: 8 },
  size: 9,
} as const;

/** Behind them, of each text that a batch mixes: Σ ℓ, −Σ s_c, pairs, Σ w of chosen answers. */
export const TEXT_PAIR_STATS = { loss: 0, nll: 1, pairs: 2, chosenLabels: 3, size: 4 } as const;

/** Numbers of the stats for so many texts. */
export const pairStatsOf = (texts: number): number => PAIR_STATS.size + TEXT_PAIR_STATS.size * texts;

export type PreferenceStep = Pick<StepNumbers, 'lossScale' | 'labelScale'>;

export interface PreferenceAttrs {
  kind: PreferenceKind;
  beta: number;
  /** Tokens of a window. */
  length: number;
  /** Usually 1 / pairs and 1 / Σ w of chosen answers of the whole step; read when params are written. */
  step: PreferenceStep;
}

interface Attrs extends PreferenceAttrs {
  /** How many are mixed; 0: no window says which it is of. */
  texts: number;
}

const PairParams = struct('Params', { pairs: 'u32', beta: 'f32', scale: 'f32', labelScale: 'f32' });

/** Rewards and Δ of a pair from `c` and `r`, and what σ(−Δ) is to be multiplied by for the slopes. */
const PAIR = {
  dpo: `let rewards = p.beta * vec2f(c.x, r.x);
    let delta = rewards.x - rewards.y;
    let factor = p.scale * p.beta;
    let slope = vec2f(-1.0, 1.0);
    let nll = 0.0;`,
  orpo: `let mean = vec2f(c.x / c.y, r.x / r.y);
    let rest = vec2f(oneMinusExp(mean.x), oneMinusExp(mean.y));
    let rewards = p.beta * mean;
    let delta = (mean.x - mean.y) - (log(rest.x) - log(rest.y));
    let factor = p.scale * p.beta;
    let slope = vec2f(-1.0, 1.0) / (rest * vec2f(c.y, r.y));
    let nll = -c.x;`,
};

const pairs = shader(
  'preference pairs',
  ({ kind, texts }: { kind: PreferenceKind; texts: number }) => `
${PairParams.wgsl}
@group(0) @binding(0) var<storage, read_write> loss: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read_write> slopes: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<${sumsType(texts > 0)}>;
@group(0) @binding(4) var<uniform> p: Params;
const INFINITE = 0x7f800000u;
/** 1 − eᵃ for a ≤ 0, also where eᵃ is nearly 1; never zero, whose logarithm is not finite. */
fn oneMinusExp(a: f32) -> f32 {
  return max(1e-12, select(1.0 - exp(a), -a * (1.0 + a * (0.5 + a * (1.0 / 6.0 + a / 24.0))), a > -0.1));
}
${LOG1P}
var<workgroup> parts: array<array<vec4f, ${3 + texts}>, ${GROUP}>;
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var own = array<vec4f, ${3 + texts}>();
  for (var pair = t; pair < p.pairs; pair += ${GROUP}u) {
    let c = sums[2u * pair];
    let r = sums[2u * pair + 1u];
    slopes[2u * pair] = 0.0;
    slopes[2u * pair + 1u] = 0.0;
    if (c.y <= 0.0 || r.y <= 0.0) { continue; }
    ${PAIR[kind]}
    var term = max(-delta, 0.0) + log1p(exp(-abs(delta)));
    let bits = bitcast<u32>(delta);
    if ((bits & INFINITE) == INFINITE) { term = bitcast<f32>(bits | 0x7fc00000u); }
    let pull = factor / (1.0 + exp(delta));
    slopes[2u * pair] = pull * slope.x - p.labelScale * ${kind === 'orpo' ? '1.0' : '0.0'};
    slopes[2u * pair + 1u] = pull * slope.y;
    let first = ${kind === 'orpo' ? 'p.beta * term' : 'term'};
    own[0] += vec4f(first, select(0.0, 1.0, rewards.x > rewards.y), c.y + r.y, rewards.x);
    own[1] += vec4f(rewards.y, nll, 1.0, c.y);
    own[2].x += delta;
    ${texts ? 'own[2u + u32(c.z)] += vec4f(first, nll, 1.0, c.y);' : ''}
  }
  parts[t] = own;
  workgroupBarrier();
  for (var half = ${GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) {
      for (var i = 0u; i < ${3 + texts}u; i++) { parts[t][i] += parts[t + half][i]; }
    }
    workgroupBarrier();
  }
  if (t > 0u) { return; }
  for (var i = 0u; i < 4u; i++) {
    stats[i] = parts[0][0][i];
    stats[4u + i] = parts[0][1][i];
  }
  stats[${PAIR_STATS.delta}] = parts[0][2].x;
  ${texts ? textStats(texts) : ''}
  loss[0] = p.scale * parts[0][0].x + p.labelScale * parts[0][1].y;
}`,
);

const textStats = (texts: number): string => `
  for (var i = 0u; i < ${texts}u; i++) {
    for (var j = 0u; j < ${TEXT_PAIR_STATS.size}u; j++) {
      stats[${PAIR_STATS.size}u + ${TEXT_PAIR_STATS.size}u * i + j] = parts[0][3u + i][j];
    }
  }`;

function onGpu(inputs: OfWindows<TensorInfo>, { kind, beta, length, step, texts }: Attrs): TensorInfo[] {
  const windows = inputs.logProbs.shape[0]! / length;
  const sums = sumWindows(inputs, length);
  const [loss, stats, slopes] = [gpu().alloc([1]), gpu().alloc([pairStatsOf(texts)]), gpu().alloc([windows])];
  gpu().run({
    shader: pairs({ kind, texts }),
    binds: [...[loss, stats, slopes].map((tensor) => ({ tensor, write: true as const })), { tensor: sums }],
    ...PairParams.split({ pairs: windows / 2, beta }, () => ({
      scale: step.lossScale,
      labelScale: kind === 'orpo' ? step.labelScale! : 0,
    })),
    workgroups: [1, 1, 1],
  });
  gpu().dispose(sums);
  return [loss, stats, slopes];
}

/** Rewards, Δ and the slopes beside σ(−Δ) of a pair. */
function pairOf(kind: PreferenceKind, beta: number, c: WindowSums, r: WindowSums) {
  if (kind === 'dpo')
    return { rewards: [beta * c.s, beta * r.s] as const, delta: beta * (c.s - r.s), slope: [-1, 1] as const };
  const [a, b] = [c.s / c.n, r.s / r.n];
  const [restA, restB] = [-Math.expm1(a), -Math.expm1(b)];
  return {
    rewards: [beta * a, beta * b] as const,
    delta: a - b - (Math.log(restA) - Math.log(restB)),
    slope: [-1 / (restA * c.n), 1 / (restB * r.n)] as const,
  };
}

function reference(inputs: OfWindows<CpuTensor>, { kind, beta, length, step, texts }: Attrs): CpuTensor[] {
  const answers = windowSumsIn(inputs, length);
  const labelScale = kind === 'orpo' ? step.labelScale! : 0;
  const like = inputs.logProbs;
  const [loss, stats, slopes] = [zeros([1], like), zeros([pairStatsOf(texts)], like), zeros([answers.length], like)];
  for (let at = 0; at < answers.length; at += 2) {
    const [c, r] = [answers[at]!, answers[at + 1]!];
    if (c.n <= 0 || r.n <= 0) continue;
    const { rewards, delta, slope } = pairOf(kind, beta, c, r);
    const pull = (step.lossScale * beta) / (1 + Math.exp(delta));
    slopes.data[at] = pull * slope[0] - labelScale;
    slopes.data[at + 1] = pull * slope[1];
    const term = (kind === 'orpo' ? beta : 1) * (Math.max(-delta, 0) + Math.log1p(Math.exp(-Math.abs(delta))));
    const nll = kind === 'orpo' ? -c.s : 0;
    const preferred = Number(rewards[0] > rewards[1]);
    [term, preferred, c.n + r.n, ...rewards, nll, 1, c.n, delta].forEach((v, i) => (stats.data[i]! += v));
    const ofText = pairStatsOf(c.text);
    if (texts > 0) [term, nll, 1, c.n].forEach((v, i) => (stats.data[ofText + i]! += v));
  }
  loss.data[0] = step.lossScale * stats.data[PAIR_STATS.loss]! + labelScale * stats.data[PAIR_STATS.nll]!;
  return [loss, stats, slopes];
}

const preferenceOp = defineOp<'logProbs' | 'rows' | 'weights', Attrs, 'reference' | 'origins'>({
  name: 'AtelierPreference',
  gpu: onGpu,
  reference,
  save: { outputs: [false, false, true] },
  gradient: ([dy], [slopes], { length }) => ({
    logProbs: () => spreadOp({ slopes: slopes!, dy: dy! }, { length })[0]!,
  }),
});

/**
 * loss [1] and stats [9] (see `PAIR_STATS`) of windows of answers; of mixed texts more stats (see `TEXT_PAIR_STATS`).
 * @param logProbs [windows·length], as `tokenLogProbs` makes them from these labels
 * @param reference the same of the reference model, which DPO needs; it has no gradient
 */
export function preferenceLoss(
  logProbs: Tensor,
  { rows, weights, origins }: Pick<LabelIndex, 'rows' | 'weights' | 'origins'>,
  attrs: PreferenceAttrs,
  reference?: Tensor,
): { loss: Tensor; stats: Tensor } {
  const { of, count: texts = 0 } = origins ?? {};
  const inputs = { logProbs, rows, weights, reference, origins: of };
  const [loss, stats, slopes] = preferenceOp(inputs, { ...attrs, texts });
  slopes!.dispose();
  return { loss: loss!, stats: stats! };
}
