/**
 * Causal grouped-query attention (Vaswani et al., 2017; Ainslie et al., 2023) on qkv [N, (H+2K)·D], N = batch·length, whose columns are H query,
 * K key and K value heads; query head h reads key/value head ⌊h·K/H⌋. For query i of a head, over the keys j ≤ i of its window:
 *   s_j = q·k_j / √D;  P_j = e^(s_j − lse),  lse = log Σ e^(s_j);  y = Σ P_j v_j
 * and backward, with δ = dy·y:
 *   dv_j = Σ P_j dy;  dS_j = P_j (dy·v_j − δ);  dq = Σ dS_j k_j / √D;  dk_j = Σ dS_j q / √D
 * No length × length matrix is stored: the forward pass keeps lse, the backward pass computes P again (Dao et al., 2022). dq has an invocation
 * per query, dk and dv one per key, so every sum has one owner and one order: no atomics, the same bits every time.
 * Two variants: `staged` through workgroup memory (attentionForward, attentionBackward), `direct` from storage (attentionDirect).
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { attentionGradientOnHeap, attentionOnHeap, isPlain } from '../cpu/attention';
import { keyGradientShader, deltaShader, queryGradientShader } from './attentionBackward.wgsl';
import { forwardShader } from './attentionForward.wgsl';
import {
  directForwardShader,
  directFor,
  directGroups,
  directKeyGradientShader,
  directQueryGradientShader,
  LONGEST_DIRECT,
} from './attentionDirect.wgsl';
import { tileFor } from './attentionTile';
import { defineOp, gpu, grid1d, zeros, type CpuTensor } from './kernel';
import { lanesPerRow, ROW_GROUP } from './rowSum';
import { variantOf } from './variants';

export { decodeAttention, fillCache } from './decodeAttention';

export interface AttentionShape {
  /** Windows of `length` tokens, one after the other, which do not see each other. */
  batch: number;
  length: number;
  /** A multiple of `kvHeads`. */
  heads: number;
  kvHeads: number;
  headDim: number;
}

function writeParams(view: DataView, { length, heads, kvHeads, headDim }: AttentionShape): void {
  [length, heads, kvHeads, heads + 2 * kvHeads, heads / kvHeads].forEach((v, i) => view.setUint32(4 * i, v, true));
  view.setFloat32(20, 1 / Math.sqrt(headDim), true);
}

/** A kernel in the variant that is in use: what its key names, its text, and the workgroups that cover the rows of a window. */
interface Chosen {
  name: string;
  wgsl: () => string;
  groups: number;
}

const KERNELS = {
  '': { dots: 1, staged: forwardShader, direct: directForwardShader },
  ' dq': { dots: 2, staged: queryGradientShader, direct: directQueryGradientShader },
  ' dk dv': { dots: 2, staged: keyGradientShader, direct: directKeyGradientShader },
} as const;

function chosen(kernel: keyof typeof KERNELS, { headDim, length }: AttentionShape): Chosen {
  const { dots, staged, direct } = KERNELS[kernel];
  const variant =
    headDim <= LONGEST_DIRECT ? variantOf('attention', 'short heads', { software: 'direct', gpu: 'staged' }) : 'staged';
  const name = `attention${kernel} ${variant} ${headDim}`;
  if (variant === 'direct') {
    const rows = directFor(headDim, dots);
    return { name, wgsl: () => direct(rows), groups: directGroups(rows, length) };
  }
  const tile = tileFor(headDim, dots);
  return { name, wgsl: () => staged(tile), groups: Math.ceil(length / tile.rows) };
}

function forwardOnGpu(qkv: TensorInfo, shape: AttentionShape): TensorInfo[] {
  const { name, wgsl, groups } = chosen('', shape);
  const tokens = qkv.shape[0]!;
  const y = gpu().alloc([tokens, shape.heads * shape.headDim]);
  const lse = gpu().alloc([tokens, shape.heads]);
  gpu().run({
    key: name,
    wgsl,
    binds: [{ tensor: y, write: true }, { tensor: lse, write: true }, { tensor: qkv }],
    params: (view) => writeParams(view, shape),
    workgroups: [groups, shape.heads, shape.batch],
  });
  return [y, lse];
}

/** δ [N, H]. */
function deltaOnGpu(y: TensorInfo, dy: TensorInfo, { heads, headDim }: AttentionShape): TensorInfo {
  const delta = gpu().alloc([y.shape[0]!, heads]);
  const n = y.shape[0]! * heads;
  const lanes = lanesPerRow(headDim % 4 ? headDim : headDim / 4, n);
  gpu().run({
    key: `attention delta ${headDim} ${lanes}`,
    wgsl: () => deltaShader(headDim, lanes),
    binds: [{ tensor: delta, write: true }, { tensor: y }, { tensor: dy }],
    params: (view) => view.setUint32(0, n, true),
    workgroups: grid1d(Math.ceil(n / (ROW_GROUP / lanes)), 1),
  });
  return delta;
}

type GradientInput = 'qkv' | 'y' | 'lse' | 'dy';

function gradientOnGpu({ qkv, y, lse, dy }: Record<GradientInput, TensorInfo>, shape: AttentionShape): TensorInfo[] {
  const delta = deltaOnGpu(y, dy, shape);
  const dqkv = gpu().alloc(qkv.shape);
  const binds = [{ tensor: dqkv, write: true as const }, ...[qkv, dy, lse, delta].map((tensor) => ({ tensor }))];
  const queue = (kernel: ' dq' | ' dk dv', heads: number): void => {
    const { name, wgsl, groups } = chosen(kernel, shape);
    const params = (view: DataView): void => writeParams(view, shape);
    gpu().run({ key: name, wgsl, binds, params, workgroups: [groups, heads, shape.batch] });
  };
  queue(' dq', shape.heads);
  queue(' dk dv', shape.kvHeads);
  gpu().dispose(delta);
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
function* queries({ batch, length, heads, kvHeads, headDim }: AttentionShape): Generator<Query> {
  const all = heads + 2 * kvHeads;
  for (let n = 0; n < batch * length; n++)
    for (let head = 0; head < heads; head++) {
      const kv = heads + Math.floor((head * kvHeads) / heads);
      const seen = Array.from({ length: (n % length) + 1 }, (_, j) => n - (n % length) + j);
      const keys = seen.map((token) => (token * all + kv) * headDim);
      const values = keys.map((at) => at + kvHeads * headDim);
      yield { index: n * heads + head, at: (n * all + head) * headDim, keys, values };
    }
}

function referenceForward(qkv: CpuTensor, shape: AttentionShape): CpuTensor[] {
  const size = shape.headDim;
  const y = zeros([qkv.shape[0]!, shape.heads * size], qkv);
  const lse = zeros([qkv.shape[0]!, shape.heads], qkv);
  for (const { index, at, keys, values } of queries(shape)) {
    const scores = keys.map((key) => dot(qkv.data, at, qkv.data, key, size) / Math.sqrt(size));
    const top = Math.max(...scores);
    const log = top + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - top), 0));
    lse.data[index] = log;
    scores.forEach((s, j) => addScaled(y.data, index * size, Math.exp(s - log), qkv.data, values[j]!, size));
  }
  return [y, lse];
}

function referenceGradient({ qkv, y, lse, dy }: Record<GradientInput, CpuTensor>, shape: AttentionShape): CpuTensor[] {
  const size = shape.headDim;
  const scale = 1 / Math.sqrt(size);
  const d = zeros(qkv.shape, qkv);
  for (const { index, at, keys, values } of queries(shape)) {
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

const gradientOp = defineOp<GradientInput, AttentionShape>({
  name: 'AtelierAttentionGradient',
  gpu: gradientOnGpu,
  reference: referenceGradient,
  wasm: (inputs, shape) => (isPlain(shape) ? [attentionGradientOnHeap(inputs, shape)] : undefined),
});

const attentionOp = defineOp<'qkv', AttentionShape>({
  name: 'AtelierAttention',
  gpu: ({ qkv }, shape) => forwardOnGpu(qkv, shape),
  reference: ({ qkv }, shape) => referenceForward(qkv, shape),
  wasm: ({ qkv }, shape) => (isPlain(shape) ? attentionOnHeap(qkv, shape) : undefined),
  save: { inputs: ['qkv'], outputs: [true, true] },
  gradient: ([dy], [qkv, y, lse], shape) => ({
    qkv: () => gradientOp({ qkv: qkv!, y: y!, lse: lse!, dy: dy! }, shape)[0]!,
  }),
});

/** What each token gathers from itself and those before it: qkv [N, (H+2K)·D] → [N, H·D]. */
export function attention(qkv: Tensor, shape: AttentionShape): Tensor {
  return attentionOp({ qkv }, shape)[0]!;
}
