/**
 * Causal grouped-query attention (Vaswani et al., 2017; Ainslie et al., 2023) on qkv [N, (H+2K)·D], N = batch·length,
 * whose columns are H query, K key and K value heads; query head h reads key/value head ⌊h·K/H⌋. For query i of a head,
 * over the keys j ≤ i of its window:
 *   s_j = scale q·k_j, scale = 1 / √D unless said;  P_j = e^(s_j − lse),  lse = log Σ e^(s_j);  y = Σ P_j v_j
 * and backward, with δ = dy·y:
 *   dv_j = Σ P_j dy;  dS_j = P_j (dy·v_j − δ);  dq = scale Σ dS_j k_j;  dk_j = scale Σ dS_j q
 * With a sliding window of w tokens, query i sees i − w < j only; with `starts`, of sequences packed into one window,
 * starts_i ≤ j only. A query that sees no key, which is padding, gets zeros and gives none. Tiles of keys that no query
 * of a workgroup sees are skipped. No length × length matrix is stored: the forward pass keeps lse, the backward pass
 * computes P again (Dao et al., 2022). dq has an invocation per query, dk and dv one per key, so every sum has one
 * owner and one order: no atomics, the same bits every time. Variants: `staged` through workgroup memory
 * (attentionForward, attentionBackward), `direct` and `quads` from storage (attentionDirect).
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { attentionGradientOnHeap, attentionOnHeap } from './attention.cpu';
import { delta, DeltaParams, keyGradientText, queryGradientText } from './attentionBackward.wgsl';
import { forwardText } from './attentionForward.wgsl';
import {
  directForwardText,
  directFor,
  directGroups,
  directKeyGradientText,
  directQueryGradientText,
  LONGEST_DIRECT,
  type Direct,
} from './attentionDirect.wgsl';
import { scaleOf, type AttentionShape } from './attentionShape';
import { attentionParams, tileFor, type Tile } from './attentionTile';
import { defineOp, gpu, grid1d, shader, zeros, type CpuTensor } from '../../device/kernel';
import type { Shader } from '../../device/shader';
import { lanesPerRow, ROW_GROUP } from '../reduce/rowSum';
import { suiting, variantOf, withSubgroups, type VariantOf } from '../../device/variants';

export type { AttentionShape } from './attentionShape';
export type AttentionVariant = VariantOf<'attention'>;
export { decodeAttention, fillCache, type Place } from './decodeAttention';

/** A kernel in the variant that is in use, and the workgroups that cover the rows of a window. */
interface Chosen {
  kernel: Shader;
  groups: number;
}

type Masked<In extends string, T> = Record<In, T> & { starts?: T };

/** A kernel in all its variants. */
interface Variants {
  /** Sums that it takes over a head at once. */
  dots: 1 | 2;
  staged: (tile: Tile, packed: boolean) => string;
  direct: (rows: Direct, packed: boolean) => string;
}

interface Constants {
  variant: AttentionVariant;
  headDim: number;
  packed: boolean;
}

/** By which of an adapter's registers and memory the text of a variant is made. */
const rowsFor = ({ headDim, variant }: Constants, dots: 1 | 2): Direct => directFor(headDim, dots, variant === 'quads');

const inVariants = (name: string, { dots, staged, direct }: Variants) => ({
  dots,
  shader: shader(name, (constants: Constants) =>
    constants.variant === 'staged'
      ? staged(tileFor(constants.headDim, dots), constants.packed)
      : direct(rowsFor(constants, dots), constants.packed),
  ),
});

const KERNELS = {
  forward: inVariants('attention', { dots: 1, staged: forwardText, direct: directForwardText }),
  dq: inVariants('attention dq', { dots: 2, staged: queryGradientText, direct: directQueryGradientText }),
  dkdv: inVariants('attention dk dv', { dots: 2, staged: keyGradientText, direct: directKeyGradientText }),
};

/**
 * The class of shapes for which there is a choice: heads of at most `LONGEST_DIRECT` numbers. Longer ones are `staged`.
 */
const SHORT = 'short heads';
/** Its name, as checkpoints keep it. */
export const ATTENTION = `attention ${SHORT}`;

const choices = (): Record<'software' | 'gpu', AttentionVariant> => ({
  software: withSubgroups() ? 'quads' : 'direct',
  gpu: 'staged',
});

/** The variant for this adapter where nothing is recorded. */
export const usualAttention = (): AttentionVariant => suiting(choices());

function chosen(name: keyof typeof KERNELS, { headDim, length }: AttentionShape, packed: boolean): Chosen {
  const { dots, shader: kernel } = KERNELS[name];
  const variant = headDim <= LONGEST_DIRECT ? variantOf('attention', SHORT, choices()) : 'staged';
  const constants = { variant, headDim, packed };
  const groups =
    variant === 'staged'
      ? Math.ceil(length / tileFor(headDim, dots).rows)
      : directGroups(rowsFor(constants, dots), length);
  return { kernel: kernel(constants), groups };
}

/** `starts` as the last of a dispatch's inputs, where there is one. */
const withStarts = (inputs: TensorInfo[], starts?: TensorInfo) =>
  [...inputs, ...(starts ? [starts] : [])].map((tensor) => ({ tensor }));

function forwardOnGpu({ qkv, starts }: Masked<'qkv', TensorInfo>, shape: AttentionShape): TensorInfo[] {
  const { kernel, groups } = chosen('forward', shape, !!starts);
  const tokens = qkv.shape[0]!;
  const y = gpu().alloc([tokens, shape.heads * shape.headDim]);
  const lse = gpu().alloc([tokens, shape.heads]);
  gpu().run({
    shader: kernel,
    binds: [{ tensor: y, write: true }, { tensor: lse, write: true }, ...withStarts([qkv], starts)],
    params: attentionParams(shape),
    workgroups: [groups, shape.heads, shape.batch],
  });
  return [y, lse];
}

/** δ [N, H]. */
function deltaOnGpu(y: TensorInfo, dy: TensorInfo, { heads, headDim }: AttentionShape): TensorInfo {
  const sums = gpu().alloc([y.shape[0]!, heads]);
  const n = y.shape[0]! * heads;
  const lanes = lanesPerRow(headDim % 4 ? headDim : headDim / 4, n);
  gpu().run({
    shader: delta({ headDim, lanes }),
    binds: [{ tensor: sums, write: true }, { tensor: y }, { tensor: dy }],
    params: DeltaParams.all({ n }),
    workgroups: grid1d(Math.ceil(n / (ROW_GROUP / lanes)), 1),
  });
  return sums;
}

type GradientInput = 'qkv' | 'y' | 'lse' | 'dy';

function gradientOnGpu(inputs: Masked<GradientInput, TensorInfo>, shape: AttentionShape): TensorInfo[] {
  const { qkv, y, lse, dy, starts } = inputs;
  const sums = deltaOnGpu(y, dy, shape);
  const dqkv = gpu().alloc(qkv.shape);
  const binds = [{ tensor: dqkv, write: true as const }, ...withStarts([qkv, dy, lse, sums], starts)];
  const queue = (name: 'dq' | 'dkdv', heads: number): void => {
    const { kernel, groups } = chosen(name, shape, !!starts);
    gpu().run({ shader: kernel, binds, params: attentionParams(shape), workgroups: [groups, heads, shape.batch] });
  };
  queue('dq', shape.heads);
  queue('dkdv', shape.kvHeads);
  gpu().dispose(sums);
  return [dqkv];
}

type Values = CpuTensor['data'];

/** Σ a·b over one head. */
function dot(a: Values, atA: number, b: Values, atB: number, size: number): number {
  let sum = 0;
  for (let d = 0; d < size; d++) sum += a[atA + d]! * b[atB + d]!;
  return sum;
}

/** Adds factor · (head of `from`) to a head of `to`. */
function addScaled(to: Values, atTo: number, factor: number, from: Values, atFrom: number, size: number): void {
  for (let d = 0; d < size; d++) to[atTo + d]! += factor * from[atFrom + d]!;
}

/** One (query, head): where its vectors begin in qkv and y, and where those of key j do. */
interface Query {
  index: number;
  at: number;
  keys: number[];
  values: number[];
}

/** Every query of every head with the keys that it sees. */
function* queries(shape: AttentionShape, starts?: CpuTensor): Generator<Query> {
  const { batch, length, heads, kvHeads, headDim, window = length } = shape;
  const all = heads + 2 * kvHeads;
  for (let n = 0; n < batch * length; n++)
    for (let head = 0; head < heads; head++) {
      const kv = heads + Math.floor((head * kvHeads) / heads);
      const low = Math.max(starts?.data[n] ?? 0, (n % length) + 1 - window);
      const seen = Array.from({ length: Math.max(0, (n % length) + 1 - low) }, (_, j) => n - (n % length) + low + j);
      const keys = seen.map((token) => (token * all + kv) * headDim);
      const values = keys.map((at) => at + kvHeads * headDim);
      yield { index: n * heads + head, at: (n * all + head) * headDim, keys, values };
    }
}

function referenceForward({ qkv, starts }: Masked<'qkv', CpuTensor>, shape: AttentionShape): CpuTensor[] {
  const size = shape.headDim;
  const y = zeros([qkv.shape[0]!, shape.heads * size], qkv);
  const lse = zeros([qkv.shape[0]!, shape.heads], qkv);
  for (const { index, at, keys, values } of queries(shape, starts)) {
    if (!keys.length) continue;
    const scores = keys.map((key) => scaleOf(shape) * dot(qkv.data, at, qkv.data, key, size));
    const top = Math.max(...scores);
    const log = top + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - top), 0));
    lse.data[index] = log;
    scores.forEach((s, j) => addScaled(y.data, index * size, Math.exp(s - log), qkv.data, values[j]!, size));
  }
  return [y, lse];
}

function referenceGradient(inputs: Masked<GradientInput, CpuTensor>, shape: AttentionShape): CpuTensor[] {
  const { qkv, y, lse, dy, starts } = inputs;
  const size = shape.headDim;
  const scale = scaleOf(shape);
  const d = zeros(qkv.shape, qkv);
  for (const { index, at, keys, values } of queries(shape, starts)) {
    const out = index * size;
    const delta = dot(dy.data, out, y.data, out, size);
    keys.forEach((key, j) => {
      const weight = Math.exp(scale * dot(qkv.data, at, qkv.data, key, size) - lse.data[index]!);
      const slope = scale * weight * (dot(dy.data, out, qkv.data, values[j]!, size) - delta);
      addScaled(d.data, at, slope, qkv.data, key, size);
      addScaled(d.data, key, slope, qkv.data, at, size);
      addScaled(d.data, values[j]!, weight, dy.data, out, size);
    });
  }
  return [d];
}

const gradientOp = defineOp<GradientInput, AttentionShape, 'starts'>({
  name: 'AtelierAttentionGradient',
  gpu: gradientOnGpu,
  reference: referenceGradient,
  wasm: (inputs, shape) => [attentionGradientOnHeap(inputs, shape)],
});

const attentionOp = defineOp<'qkv', AttentionShape, 'starts'>({
  name: 'AtelierAttention',
  gpu: forwardOnGpu,
  reference: referenceForward,
  wasm: ({ qkv, starts }, shape) => attentionOnHeap(qkv, shape, starts),
  save: { inputs: ['qkv'], optional: ['starts'], outputs: [true, 'exact'] },
  gradient: ([dy], [qkv, starts, y, lse], shape) => ({
    qkv: () => gradientOp({ qkv: qkv!, y: y!, lse: lse!, dy: dy!, starts }, shape)[0]!,
  }),
});

/**
 * What each token gathers from itself and those before it: qkv [N, (H+2K)·D] → [N, H·D].
 * @param starts int32 [N]: for windows that hold several sequences, the index within its window of the first token of
 * each token's own sequence. Larger than a token's index hides all from it: it gets zeros.
 */
export function attention(qkv: Tensor, shape: AttentionShape, starts?: Tensor): Tensor {
  return attentionOp({ qkv, starts }, shape)[0]!;
}
