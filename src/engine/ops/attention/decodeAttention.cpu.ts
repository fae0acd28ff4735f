/**
 * Attention of new tokens over their cache on the heap; the maths is in kernels/decodeAttention.ts. Plain loops: with
 * one query there is nothing to reuse.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { scaleOf, type AttentionShape } from './attentionShape';
import { wasmMemory } from '../../device/wasmMemory';

type Inputs = Record<'qkv' | 'keys' | 'values', TensorInfo>;

/** Keys and values of qkv [length, (H+2K)·D] go into the caches [K, capacity, D], from position `start` on. */
export function fillCacheOnHeap({ qkv, keys, values }: Inputs, shape: AttentionShape, start: number): void {
  const { length, heads, kvHeads, headDim } = shape;
  const [m, from, toKeys, toValues] = [
    wasmMemory().f32,
    wasmMemory().at(qkv),
    wasmMemory().at(keys),
    wasmMemory().at(values),
  ];
  const stride = (heads + 2 * kvHeads) * headDim;
  for (let token = 0; token < length; token++)
    for (let head = 0; head < kvHeads; head++) {
      const key = from + token * stride + (heads + head) * headDim;
      const value = key + kvHeads * headDim;
      const to = (head * keys.shape[1]! + start + token) * headDim;
      m.copyWithin(toKeys + to, key, key + headDim);
      m.copyWithin(toValues + to, value, value + headDim);
    }
}

/**
 * y [length, H·D]: the token at each position, from `position` on, over the latest positions of the cache that it sees.
 */
export function decodeAttentionOnHeap(
  inputs: Inputs,
  shape: AttentionShape,
  position: number,
  seenAt: (position: number) => number,
) {
  const { length, heads, kvHeads, headDim } = shape;
  const y = wasmMemory().alloc([length, heads * headDim]);
  const weights = wasmMemory().scratch('decode attention', seenAt(position + length - 1));
  const [queries, to, capacity] = [wasmMemory().at(inputs.qkv), wasmMemory().at(y), inputs.keys.shape[1]!];
  for (let token = 0; token < length; token++) {
    const seen = seenAt(position + token);
    for (let head = 0; head < heads; head++) {
      const kv = Math.floor((head * kvHeads) / heads);
      const first = (kv * capacity + position + token + 1 - seen) * headDim;
      const query = queries + (token * (heads + 2 * kvHeads) + head) * headDim;
      scoresOnHeap(weights, query, wasmMemory().at(inputs.keys) + first, seen, headDim, scaleOf(shape));
      wasmMemory().softmax(weights, weights, 1, seen);
      gatherOnHeap(
        to + (token * heads + head) * headDim,
        weights,
        wasmMemory().at(inputs.values) + first,
        seen,
        headDim,
      );
    }
  }
  return y;
}

function scoresOnHeap(to: number, query: number, keys: number, seen: number, size: number, scale: number): void {
  const m = wasmMemory().f32;
  for (let j = 0; j < seen; j++) {
    let sum = 0;
    for (let d = 0; d < size; d++) sum += m[query + d]! * m[keys + j * size + d]!;
    m[to + j] = scale * sum;
  }
}

/** Σ weight · value. */
function gatherOnHeap(to: number, weights: number, values: number, seen: number, size: number): void {
  const m = wasmMemory().f32;
  m.fill(0, to, to + size);
  for (let j = 0; j < seen; j++) {
    const weight = m[weights + j]!;
    for (let d = 0; d < size; d++) m[to + d]! += weight * m[values + j * size + d]!;
  }
}
