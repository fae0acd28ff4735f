/**
 * Causal attention on the heap; the maths is in kernels/attention.ts. One head of one window at a time, some of its queries together: XNNPACK multiplies
 * them by all keys, a softmax over whole rows in which the later keys are −∞ gives P, and the next product gathers the values. Operands are
 * laid out as each product reads them, and dk, dv are computed turned, so that no length × length matrix is ever turned:
 *   dvᵀ = dyᵀ P,  dkᵀ = qᵀ dS
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { heap } from './heap';
import { transpose } from './matmul';

export interface HeadsShape {
  batch: number;
  length: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  /** Of query·key; absent: 1/√headDim. */
  scale?: number | undefined;
}

const KNOWN = ['batch', 'length', 'heads', 'kvHeads', 'headDim', 'scale'];

const scaleOf = ({ scale, headDim }: HeadsShape): number => scale ?? 1 / Math.sqrt(headDim);

/** Whether these loops know the form of attention: a field more (a window, a cap) is another form, and the reference's. */
export const isPlain = (shape: HeadsShape): boolean =>
  Object.entries(shape).every(([key, value]) => KNOWN.includes(key) || value === undefined);

/** Queries that are multiplied together: their scores stay in the cache. */
const MOST_QUERIES = 128;

/** One query head of one window, and the key/value head that it reads. */
interface Head {
  window: number;
  head: number;
  kv: number;
}

function forEachHead({ batch, heads, kvHeads }: HeadsShape, visit: (head: Head) => void): void {
  for (let window = 0; window < batch; window++)
    for (let head = 0; head < heads; head++) visit({ window, head, kv: Math.floor((head * kvHeads) / heads) });
}

/** Copies a head's vectors [count, D] out of rows that are `stride` apart, times `factor`. */
function gather(to: number, from: number, stride: number, count: number, size: number, factor = 1): void {
  const m = heap().f32;
  for (let n = 0; n < count; n++)
    for (let d = 0; d < size; d++) m[to + n * size + d] = factor * m[from + n * stride + d]!;
}

/** The same, turned: [D, count]. */
function gatherTurned(to: number, from: number, stride: number, count: number, size: number): void {
  const m = heap().f32;
  for (let d = 0; d < size; d++) for (let n = 0; n < count; n++) m[to + d * count + n] = m[from + n * stride + d]!;
}

/** Adds [count, D] into rows that are `stride` apart, times `factor`. */
function scatter(to: number, from: number, stride: number, count: number, size: number, factor = 1): void {
  const m = heap().f32;
  for (let n = 0; n < count; n++)
    for (let d = 0; d < size; d++) m[to + n * stride + d]! += factor * m[from + n * size + d]!;
}

/** Adds [D, count], turned. */
function scatterTurned(to: number, from: number, stride: number, count: number, size: number): void {
  const m = heap().f32;
  for (let n = 0; n < count; n++) for (let d = 0; d < size; d++) m[to + n * stride + d]! += m[from + d * count + n]!;
}

/** Where a head's vectors stand: in qkv [N, (H+2K)·D], and in y and dy [N, H·D]. */
function places({ length, heads, kvHeads, headDim }: HeadsShape, { window, head, kv }: Head) {
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

/** Where the largest score of each query is, among the keys that it sees. */
function largest(s: number, first: number, count: number, length: number): Int32Array {
  const m = heap().f32;
  const places = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const row = s + n * length;
    let best = row;
    let top = m[row]!;
    for (let i = row + 1; i <= row + first + n; i++)
      if (m[i]! > top) {
        top = m[i]!;
        best = i;
      }
    places[n] = best;
  }
  return places;
}

/** The scores s [count, length] of queries first … become probabilities, those of later keys zero. */
function causalSoftmax(s: number, first: number, count: number, length: number): void {
  const m = heap().f32;
  for (let n = 0; n < count; n++) m.fill(-Infinity, s + n * length + first + n + 1, s + (n + 1) * length);
  heap().softmax(s, s, count, length);
}

/** Blocks of queries of one window. */
function* blocks(length: number): Generator<{ first: number; count: number }> {
  for (let first = 0; first < length; first += MOST_QUERIES)
    yield { first, count: Math.min(MOST_QUERIES, length - first) };
}

const room = (name: string, size: number): number => heap().scratch(`attention ${name}`, size);

/** y [N, H·D] and lse [N, H]. */
export function attentionOnHeap(qkv: TensorInfo, shape: HeadsShape): TensorInfo[] {
  const { length, heads, headDim } = shape;
  const [y, lse] = [heap().alloc([qkv.shape[0]!, heads * headDim]), heap().alloc([qkv.shape[0]!, heads])];
  heap().view(y).fill(0);
  const rows = Math.min(MOST_QUERIES, length);
  const [turnedKeys, values] = [room('keys', length * headDim), room('values', length * headDim)];
  const [queries, scores] = [room('queries', rows * headDim), room('scores', rows * length)];
  const gathered = room('gathered', rows * headDim);
  const [from, to, logs] = [heap().at(qkv), heap().at(y), heap().at(lse)];
  forEachHead(shape, (head) => {
    const at = places(shape, head);
    gatherTurned(turnedKeys, from + at.key, at.stride, length, headDim);
    gather(values, from + at.value, at.stride, length, headDim);
    for (const { first, count } of blocks(length)) {
      gather(queries, from + at.query + first * at.stride, at.stride, count, headDim, scaleOf(shape));
      heap().product(scores, queries, turnedKeys, count, length, headDim);
      const best = largest(scores, first, count, length);
      const top = Float64Array.from(best, (i) => heap().f32[i]!);
      causalSoftmax(scores, first, count, length);
      heap().product(gathered, scores, values, count, headDim, length);
      scatter(to + at.out + first * at.wide, gathered, at.wide, count, headDim);
      const m = heap().f32;
      for (let n = 0; n < count; n++) {
        // P of the largest score is 1 / Σ e^(s − top)
        const log = top[n]! - Math.log(m[best[n]!]!);
        m[logs + (head.window * length + first + n) * heads + head.head] = log;
      }
    }
  });
  return [y, lse];
}

/** dS = P (dP − δ) over dP [count, length], with δ the dot products of the rows of dy and y. */
function toSlopes(dp: number, p: number, dy: number, y: number, count: number, length: number, size: number): void {
  const m = heap().f32;
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
export function attentionGradientOnHeap(t: Record<'qkv' | 'y' | 'dy', TensorInfo>, shape: HeadsShape): TensorInfo {
  const { length, headDim: D } = shape;
  const dqkv = heap().alloc(t.qkv.shape);
  heap().view(dqkv).fill(0);
  const r = gradientRooms(length, D);
  const [from, to, out, above] = [heap().at(t.qkv), heap().at(dqkv), heap().at(t.y), heap().at(t.dy)];
  const scale = scaleOf(shape);
  forEachHead(shape, (head) => {
    const at = places(shape, head);
    gather(r.k, from + at.key, at.stride, length, D);
    gatherTurned(r.keysTurned, from + at.key, at.stride, length, D);
    gatherTurned(r.valuesTurned, from + at.value, at.stride, length, D);
    for (const { first, count } of blocks(length)) {
      const [query, wide] = [at.query + first * at.stride, at.out + first * at.wide];
      gather(r.q, from + query, at.stride, count, D, scale);
      gather(r.y, out + wide, at.wide, count, D);
      gather(r.dy, above + wide, at.wide, count, D);
      transpose(heap().f32, r.qTurned, r.q, count, D);
      transpose(heap().f32, r.dyTurned, r.dy, count, D);
      heap().product(r.p, r.q, r.keysTurned, count, length, D);
      causalSoftmax(r.p, first, count, length);
      heap().product(r.sum, r.dyTurned, r.p, D, length, count);
      scatterTurned(to + at.value, r.sum, at.stride, length, D);
      heap().product(r.slopes, r.dy, r.valuesTurned, count, length, D);
      toSlopes(r.slopes, r.p, r.dy, r.y, count, length, D);
      heap().product(r.sum, r.qTurned, r.slopes, D, length, count);
      scatterTurned(to + at.key, r.sum, at.stride, length, D);
      heap().product(r.sum, r.slopes, r.k, count, D, length);
      scatter(to + query, r.sum, at.stride, count, D, scale);
    }
  });
  return dqkv;
}
