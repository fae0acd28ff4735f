/**
 * Causal attention on the heap; the maths is in kernels/attention.ts. One head of one window at a time, some of its
 * queries together: XNNPACK multiplies them by all keys, a softmax over whole rows in which the keys that a query does
 * not see are −∞ gives P, and the next product gathers the values. Operands are laid out as each product reads them,
 * and dk, dv are computed turned, so that no length × length matrix is ever turned:
 *   dvᵀ = dyᵀ P,  dkᵀ = qᵀ dS
 * Keys that no query of a block sees, before or after all of them, are left out of its products: over 512 tokens, 6
 * heads of 64, it takes
 * 10.6 and 26.6 ms, forward and backward, with all keys in every block 19.6 and 53.4; up to 128 tokens, one block, it
 * is the same.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { scaleOf, type AttentionShape } from './attentionShape';
import { wasmMemory } from '../../device/wasmMemory';
import { transpose } from '../matmul/matmul.cpu';

/** Queries that are multiplied together: their scores stay in the cache. */
const MOST_QUERIES = 128;

/** One query head of one window, and the key/value head that it reads. */
interface Head {
  window: number;
  head: number;
  kv: number;
}

function forEachHead({ batch, heads, kvHeads }: AttentionShape, visit: (head: Head) => void): void {
  for (let window = 0; window < batch; window++)
    for (let head = 0; head < heads; head++) visit({ window, head, kv: Math.floor((head * kvHeads) / heads) });
}

/** Copies a head's vectors [count, D] out of rows that are `stride` apart, times `factor`. */
function gather(to: number, from: number, stride: number, count: number, size: number, factor = 1): void {
  const m = wasmMemory().f32;
  for (let n = 0; n < count; n++)
    for (let d = 0; d < size; d++) m[to + n * size + d] = factor * m[from + n * stride + d]!;
}

/** The same, turned: [D, count]. */
function gatherTurned(to: number, from: number, stride: number, count: number, size: number): void {
  const m = wasmMemory().f32;
  for (let d = 0; d < size; d++) for (let n = 0; n < count; n++) m[to + d * count + n] = m[from + n * stride + d]!;
}

/** Adds [count, D] into rows that are `stride` apart, times `factor`. */
function scatter(to: number, from: number, stride: number, count: number, size: number, factor = 1): void {
  const m = wasmMemory().f32;
  for (let n = 0; n < count; n++)
    for (let d = 0; d < size; d++) m[to + n * stride + d]! += factor * m[from + n * size + d]!;
}

/** Adds [D, count], turned. */
function scatterTurned(to: number, from: number, stride: number, count: number, size: number): void {
  const m = wasmMemory().f32;
  for (let n = 0; n < count; n++) for (let d = 0; d < size; d++) m[to + n * stride + d]! += m[from + d * count + n]!;
}

/** Where a head's vectors stand: in qkv [N, (H+2K)·D], and in y and dy [N, H·D]. */
function places({ length, heads, kvHeads, headDim }: AttentionShape, { window, head, kv }: Head) {
  const stride = (heads + 2 * kvHeads) * headDim;
  const first = window * length;
  return {
    stride,
    wide: heads * headDim,
    query: first * stride + head * headDim,
    key: first * stride + (heads + kv) * headDim,
    value: first * stride + (heads + kvHeads + kv) * headDim,
    out: first * heads * headDim + head * headDim,
  };
}

/** Queries `first` … of one window, and the keys that any of them sees: `span` from `from` on. */
interface Block {
  first: number;
  count: number;
  from: number;
  span: number;
  /** The first key that each query sees; one after the query itself: it sees none. */
  lows: Int32Array;
}

/** Blocks of queries of one window. */
function* blocks({ length, window: latest = length }: AttentionShape, window: number, starts?: TensorInfo) {
  for (let first = 0; first < length; first += MOST_QUERIES) {
    const count = Math.min(MOST_QUERIES, length - first);
    const lows = new Int32Array(count);
    const [m, at] = [wasmMemory().i32, starts ? wasmMemory().at(starts) + window * length + first : 0];
    let from = first;
    for (let n = 0; n < count; n++) {
      lows[n] = Math.max(0, first + n + 1 - latest, starts ? m[at + n]! : 0);
      from = Math.min(from, lows[n]!);
    }
    yield { first, count, from, span: first + count - from, lows };
  }
}

/** Where the largest score of each query is, among the keys that it sees. */
function largest(s: number, { first, count, from, span, lows }: Block): Int32Array {
  const m = wasmMemory().f32;
  const places = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const row = s + n * span - from;
    let best = row + lows[n]!;
    let top = m[best]!;
    for (let i = best + 1; i <= row + first + n; i++)
      if (m[i]! > top) {
        top = m[i]!;
        best = i;
      }
    places[n] = best;
  }
  return places;
}

/** The scores s [count, span] of a block become probabilities, those of keys that a query does not see zero. */
function maskedSoftmax(s: number, { first, count, from, span, lows }: Block): void {
  const m = wasmMemory().f32;
  const isBlind = (n: number): boolean => lows[n]! > first + n;
  for (let n = 0; n < count; n++) {
    const row = s + n * span;
    // a row of −∞ alone would become NaN
    if (isBlind(n)) continue;
    m.fill(-Infinity, row, row + lows[n]! - from);
    m.fill(-Infinity, row + first + n + 1 - from, row + span);
  }
  wasmMemory().softmax(s, s, count, span);
  for (let n = 0; n < count; n++) if (isBlind(n)) wasmMemory().f32.fill(0, s + n * span, s + (n + 1) * span);
}

const room = (name: string, size: number): number => wasmMemory().scratch(`attention ${name}`, size);

/** y [N, H·D] and lse [N, H]. */
export function attentionOnHeap(qkv: TensorInfo, shape: AttentionShape, starts?: TensorInfo): TensorInfo[] {
  const { length, heads, headDim } = shape;
  const [y, lse] = [wasmMemory().alloc([qkv.shape[0]!, heads * headDim]), wasmMemory().alloc([qkv.shape[0]!, heads])];
  wasmMemory().view(y).fill(0);
  const rows = Math.min(MOST_QUERIES, length);
  const [turnedKeys, values] = [room('keys', length * headDim), room('values', length * headDim)];
  const [queries, scores] = [room('queries', rows * headDim), room('scores', rows * length)];
  const gathered = room('gathered', rows * headDim);
  const [data, to, logs] = [wasmMemory().at(qkv), wasmMemory().at(y), wasmMemory().at(lse)];
  forEachHead(shape, (head) => {
    const at = places(shape, head);
    for (const block of blocks(shape, head.window, starts)) {
      const { first, count, from, span } = block;
      gatherTurned(turnedKeys, data + at.key + from * at.stride, at.stride, span, headDim);
      gather(values, data + at.value + from * at.stride, at.stride, span, headDim);
      gather(queries, data + at.query + first * at.stride, at.stride, count, headDim, scaleOf(shape));
      wasmMemory().product(scores, queries, turnedKeys, count, span, headDim);
      const best = largest(scores, block);
      const top = Float64Array.from(best, (i) => wasmMemory().f32[i]!);
      maskedSoftmax(scores, block);
      wasmMemory().product(gathered, scores, values, count, headDim, span);
      scatter(to + at.out + first * at.wide, gathered, at.wide, count, headDim);
      writeLogs(logs + (head.window * length + first) * heads + head.head, heads, best, top, block);
    }
  });
  return [y, lse];
}

/**
 * lse of a block's queries, `heads` apart; that of one which sees nothing is 0. P of the largest score is 1 / Σ e^(s −
 * top).
 */
function writeLogs(to: number, heads: number, best: Int32Array, top: Float64Array, { first, lows }: Block): void {
  const m = wasmMemory().f32;
  for (let n = 0; n < best.length; n++) m[to + n * heads] = lows[n]! > first + n ? 0 : top[n]! - Math.log(m[best[n]!]!);
}

/** dS = P (dP − δ) over dP [count, length], with δ the dot products of the rows of dy and y. */
function toSlopes(dp: number, p: number, dy: number, y: number, count: number, length: number, size: number): void {
  const m = wasmMemory().f32;
  for (let n = 0; n < count; n++) {
    let delta = 0;
    for (let d = 0; d < size; d++) delta += m[dy + n * size + d]! * m[y + n * size + d]!;
    for (let i = n * length; i < (n + 1) * length; i++) m[dp + i] = m[p + i]! * (m[dp + i]! - delta);
  }
}

/** Scratch of the gradient: of all keys, then of a block of queries. */
function gradientRooms(length: number, headDim: number) {
  const rows = Math.min(MOST_QUERIES, length);
  const [all, some] = [length * headDim, rows * headDim];
  return {
    k: room('k', all),
    keysTurned: room('keys', all),
    valuesTurned: room('values', all),
    sum: room('sum', all),
    q: room('queries', some),
    qTurned: room('queries turned', some),
    y: room('y', some),
    dy: room('dy', some),
    dyTurned: room('dy turned', some),
    p: room('scores', rows * length),
    slopes: room('slopes', rows * length),
  };
}

/** dqkv of qkv, y and dy. */
export function attentionGradientOnHeap(
  t: Record<'qkv' | 'y' | 'dy', TensorInfo> & { starts?: TensorInfo },
  shape: AttentionShape,
): TensorInfo {
  const { length, headDim: D } = shape;
  const dqkv = wasmMemory().alloc(t.qkv.shape);
  wasmMemory().view(dqkv).fill(0);
  const r = gradientRooms(length, D);
  const [data, to, out, above] = [
    wasmMemory().at(t.qkv),
    wasmMemory().at(dqkv),
    wasmMemory().at(t.y),
    wasmMemory().at(t.dy),
  ];
  const scale = scaleOf(shape);
  forEachHead(shape, (head) => {
    const at = places(shape, head);
    for (const block of blocks(shape, head.window, t.starts)) {
      const { first, count, from, span } = block;
      const [query, wide] = [at.query + first * at.stride, at.out + first * at.wide];
      const [key, value] = [at.key + from * at.stride, at.value + from * at.stride];
      gather(r.k, data + key, at.stride, span, D);
      gatherTurned(r.keysTurned, data + key, at.stride, span, D);
      gatherTurned(r.valuesTurned, data + value, at.stride, span, D);
      gather(r.q, data + query, at.stride, count, D, scale);
      gather(r.y, out + wide, at.wide, count, D);
      gather(r.dy, above + wide, at.wide, count, D);
      transpose(wasmMemory().f32, r.qTurned, r.q, count, D);
      transpose(wasmMemory().f32, r.dyTurned, r.dy, count, D);
      wasmMemory().product(r.p, r.q, r.keysTurned, count, span, D);
      maskedSoftmax(r.p, block);
      wasmMemory().product(r.sum, r.dyTurned, r.p, D, span, count);
      scatterTurned(to + value, r.sum, at.stride, span, D);
      wasmMemory().product(r.slopes, r.dy, r.valuesTurned, count, span, D);
      toSlopes(r.slopes, r.p, r.dy, r.y, count, span, D);
      wasmMemory().product(r.sum, r.qTurned, r.slopes, D, span, count);
      scatterTurned(to + key, r.sum, at.stride, span, D);
      wasmMemory().product(r.sum, r.slopes, r.k, count, D, span);
      scatter(to + query, r.sum, at.stride, count, D, scale);
    }
  });
  return dqkv;
}
