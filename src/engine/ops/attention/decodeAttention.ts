/**
 * Attention of new tokens, mostly one, over a cache of keys and values, [K, capacity, D] each. A workgroup takes one
 * head of one token and up to 128 positions: it scores them, and adds the values by weights relative to its own largest
 * score. With more positions a second kernel joins the pieces: y = Σ_c y_c · (z_c / Σ z) with z_c = sum_c · e^(top_c −
 * top). All sums have one fixed order. The position is live, so that one captured step serves many tokens: the pieces
 * then cover `room` positions, and those that are not yet reached are empty, with z_c = 0, which changes no bit of the
 * sums.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { decodeAttentionOnHeap, fillCacheOnHeap } from './decodeAttention.cpu';
import { scaleOf, type AttentionShape } from './attentionShape';
import { elementOf, GROUP, loader, tileFor } from './attentionTile';
import {
  defineOp,
  fixedShader,
  flatGrid,
  flatMain,
  gpu,
  shader,
  struct,
  zeros,
  type CpuTensor,
} from '../../device/kernel';

/** Positions per workgroup: two for each invocation. */
const PIECE = 128;

const FillParams = struct('Params', {
  n: 'u32',
  width: 'u32',
  all: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  capacity: 'u32',
  start: 'u32',
});
const PieceParams = struct('Params', {
  capacity: 'u32',
  perKv: 'u32',
  all: 'u32',
  window: 'u32',
  scale: 'f32',
  count: 'u32',
});
const JoinParams = struct('Params', { n: 'u32', width: 'u32', pieces: 'u32' });

const fill = fixedShader(
  'fillCache',
  `
${FillParams.wgsl}
@group(0) @binding(0) var<storage, read_write> keys: array<f32>;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;
${flatMain(`let d = i % p.width;
  let head = i / p.width % p.kvHeads;
  let token = i / p.width / p.kvHeads;
  let source = (token * p.all + p.heads + head) * p.width + d;
  let goal = (head * p.capacity + p.start + token) * p.width + d;
  keys[goal] = qkv[source];
  values[goal] = qkv[source + p.kvHeads * p.width];`)}`,
);

/** Grid: pieces, heads, tokens. `pieces` [T, H, pieces, D] is y itself when there is one piece. */
const piece = shader('decodeAttention', ({ headDim }: { headDim: number }) => {
  const tile = tileFor(headDim, 1);
  const vectors = Math.ceil(headDim / 4);
  return `
${PieceParams.wgsl}
@group(0) @binding(0) var<storage, read_write> pieces: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(2) var<storage, read> qkv: array<${elementOf(tile)}>;
@group(0) @binding(3) var<storage, read> keys: array<${elementOf(tile)}>;
@group(0) @binding(4) var<storage, read> values: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;
var<workgroup> query: array<vec4f, ${vectors}>;
var<workgroup> weights: array<f32, ${PIECE}>;
var<workgroup> tree: array<f32, ${GROUP}>;
${loader(tile, 'qkv')}${loader(tile, 'keys')}
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let head = group.y;
  let seen = p.count + group.z;
  let low = seen - min(seen, p.window);
  let first = max(low, (low / ${PIECE}u + group.x) * ${PIECE}u);
  let start = head / p.perKv * p.capacity + first;
  let piece = (group.z * groups.y + head) * groups.x + group.x;
  let count = min((first / ${PIECE}u + 1u) * ${PIECE}u, max(first, seen)) - first;
  for (var c = t; c < ${vectors}u; c += ${GROUP}u) { query[c] = load_qkv(group.z * p.all + head, c) * p.scale; }
  workgroupBarrier();
  var top = -3.0e38;
  for (var j = t; j < count; j += ${GROUP}u) {
    var score = 0.0;
    for (var c = 0u; c < ${vectors}u; c++) { score += dot(query[c], load_keys(start + j, c)); }
    weights[j] = score;
    top = max(top, score);
  }
  tree[t] = top;
  workgroupBarrier();
  for (var half = ${GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) { tree[t] = max(tree[t], tree[t + half]); }
    workgroupBarrier();
  }
  top = tree[0];
  workgroupBarrier();
  var own = 0.0;
  for (var j = t; j < count; j += ${GROUP}u) {
    weights[j] = exp(weights[j] - top);
    own += weights[j];
  }
  tree[t] = own;
  workgroupBarrier();
  for (var half = ${GROUP / 2}u; half > 0u; half >>= 1u) {
    if (t < half) { tree[t] += tree[t + half]; }
    workgroupBarrier();
  }
  let sum = tree[0];
  if (t == 0u) { stats[piece] = vec2f(top, sum); }
  for (var d = t; d < ${headDim}u; d += ${GROUP}u) {
    var gathered = 0.0;
    for (var j = 0u; j < count; j++) { gathered += weights[j] * values[(start + j) * ${headDim}u + d]; }
    pieces[piece * ${headDim}u + d] = gathered / select(1.0, sum, count > 0u);
  }
}`;
});

const joined = fixedShader(
  'decodeAttention join',
  `
${JoinParams.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> pieces: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<vec2f>;
@group(0) @binding(3) var<uniform> p: Params;
${flatMain(`let first = i / p.width * p.pieces;
  var top = -3.0e38;
  for (var c = first; c < first + p.pieces; c++) { top = max(top, stats[c].x); }
  var all = 0.0;
  for (var c = first; c < first + p.pieces; c++) { all += stats[c].y * exp(stats[c].x - top); }
  var sum = 0.0;
  for (var c = first; c < first + p.pieces; c++) {
    let weight = stats[c].y * exp(stats[c].x - top);
    // the only piece that is not empty passes as it is, as where it is the only one; a division may be off by a
    // rounding
    sum += select(weight / all, 1.0, weight == all) * pieces[c * p.width + i % p.width];
  }
  y[i] = sum;`)}`,
);

/** A position that is read when a dispatch is encoded or replayed. */
export interface Place {
  readonly position: number;
}

interface FillAttrs extends AttentionShape {
  start: Place;
}

interface DecodeAttrs extends AttentionShape {
  place: Place;
  room: number;
}

/** Positions that the token at this position sees. */
const seenAt = (position: number, { window = position + 1 }: DecodeAttrs): number => Math.min(window, position + 1);

/** Pieces that cover `room` positions, or of those the latest `window`, wherever they begin. */
const piecesFor = ({ room, window = room }: DecodeAttrs): number =>
  Math.min(Math.ceil(room / PIECE), Math.ceil((window - 1) / PIECE) + 1);

const fillOp = defineOp<'qkv' | 'keys' | 'values', FillAttrs>({
  name: 'AtelierFillCache',
  gpu: ({ qkv, keys, values }, { length, heads, kvHeads, headDim, start }) => {
    const n = length * kvHeads * headDim;
    gpu().run({
      shader: fill,
      binds: [{ tensor: keys, write: true }, { tensor: values, write: true }, { tensor: qkv }],
      ...FillParams.split(
        { n, width: headDim, all: heads + 2 * kvHeads, heads, kvHeads, capacity: keys.shape[1]! },
        () => ({ start: start.position }),
      ),
      workgroups: flatGrid(n),
    });
    return [];
  },
  reference: ({ qkv, keys, values }, { length, heads, kvHeads, headDim, start }) => {
    const all = heads + 2 * kvHeads;
    const copy = (cache: CpuTensor, from: number, to: number): void =>
      cache.data.set(qkv.data.subarray(from, from + headDim), to);
    for (let token = 0; token < length; token++)
      for (let head = 0; head < kvHeads; head++) {
        const from = (token * all + heads + head) * headDim;
        const to = (head * keys.shape[1]! + start.position + token) * headDim;
        copy(keys, from, to);
        copy(values, from + kvHeads * headDim, to);
      }
    return [];
  },
  wasm: (inputs, { start, ...shape }) => {
    fillCacheOnHeap(inputs, shape, start.position);
    return [];
  },
});

/** The pieces [T·H, pieces, D], each a mean of its own positions, and their [largest score, sum]. */
function piecesOnGpu(
  { qkv, keys, values }: Record<'qkv' | 'keys' | 'values', TensorInfo>,
  attrs: DecodeAttrs,
): { pieces: TensorInfo; stats: TensorInfo; count: number } {
  const { length, heads, kvHeads, headDim, place, room, window = room } = attrs;
  const count = piecesFor(attrs);
  // with one piece these are the result, so they have its shape
  const pieces = gpu().alloc(count === 1 ? [length, heads * headDim] : [length * heads, count, headDim]);
  const stats = gpu().alloc([length * heads, count, 2]);
  gpu().run({
    shader: piece({ headDim }),
    binds: [
      { tensor: pieces, write: true },
      { tensor: stats, write: true },
      ...[qkv, keys, values].map((tensor) => ({ tensor })),
    ],
    ...PieceParams.split(
      {
        ...{ capacity: keys.shape[1]!, perKv: heads / kvHeads, all: heads + 2 * kvHeads },
        ...{ window: Math.min(window, room), scale: scaleOf(attrs) },
      },
      () => ({ count: place.position + 1 }),
    ),
    workgroups: [count, heads, length],
  });
  return { pieces, stats, count };
}

/** The sum of several pieces by their shares. */
function join(pieces: TensorInfo, stats: TensorInfo, tokens: number): TensorInfo {
  const [rows, count, headDim] = pieces.shape as [number, number, number];
  const y = gpu().alloc([tokens, (rows / tokens) * headDim]);
  gpu().run({
    shader: joined,
    binds: [{ tensor: y, write: true }, { tensor: pieces }, { tensor: stats }],
    params: JoinParams.all({ n: rows * headDim, width: headDim, pieces: count }),
    workgroups: flatGrid(rows * headDim),
  });
  gpu().dispose(pieces);
  return y;
}

const decodeOp = defineOp<'qkv' | 'keys' | 'values', DecodeAttrs>({
  name: 'AtelierDecodeAttention',
  gpu: (inputs, attrs) => {
    const { pieces, stats, count } = piecesOnGpu(inputs, attrs);
    const y = count === 1 ? pieces : join(pieces, stats, attrs.length);
    gpu().dispose(stats);
    return [y];
  },
  reference: ({ qkv, keys, values }, attrs) => {
    const { length, heads, headDim, kvHeads, place } = attrs;
    const y = zeros([length, heads * headDim], qkv);
    for (let token = 0; token < length; token++)
      for (let head = 0; head < heads; head++) {
        const seen = seenAt(place.position + token, attrs);
        const first = Math.floor((head * kvHeads) / heads) * keys.shape[1]! + place.position + token + 1 - seen;
        const from = (token * (heads + 2 * kvHeads) + head) * headDim;
        const scores = Array.from({ length: seen }, (_, j) => {
          let sum = 0;
          for (let d = 0; d < headDim; d++) sum += qkv.data[from + d]! * keys.data[(first + j) * headDim + d]!;
          return sum * scaleOf(attrs);
        });
        const top = Math.max(...scores);
        const weights = scores.map((s) => Math.exp(s - top));
        const all = weights.reduce((sum, w) => sum + w, 0);
        for (let d = 0; d < headDim; d++) {
          const sum = weights.reduce((total, w, j) => total + w * values.data[(first + j) * headDim + d]!, 0);
          y.data[(token * heads + head) * headDim + d] = sum / all;
        }
      }
    return [y];
  },
  wasm: (inputs, attrs) => [
    decodeAttentionOnHeap(inputs, attrs, attrs.place.position, (position) => seenAt(position, attrs)),
  ],
});

/**
 * Copies the key and value heads of qkv [length, (H+2K)·D], one window, into the caches [K, capacity, D] from position
 * `start` on, in place.
 * @throws RangeError where they do not fit
 */
export function fillCache(qkv: Tensor, keys: Tensor, values: Tensor, shape: AttentionShape & { start?: number }): void {
  const { length, start = 0 } = shape;
  const capacity = keys.shape[1]!;
  if (shape.batch !== 1) throw new RangeError(`a cache holds one window, not ${shape.batch}`);
  if (start < 0 || start + length > capacity)
    throw new RangeError(`${length} tokens from position ${start} do not fit a cache of ${capacity}`);
  fillOp({ qkv, keys, values }, { ...shape, start: { position: start } });
}

/**
 * Puts keys and values of the next tokens, qkv [T, (H+2K)·D], T = length, into the caches from `place` on, then gathers
 * for each over the positions up to it, or the latest `window` of them: [T, H·D]. A captured call follows the place as
 * it changes below `room`, with the bits of a call of its own. Has no gradient.
 * @throws RangeError for a position outside the cache or the room
 */
export function decodeAttention(
  qkv: Tensor,
  keys: Tensor,
  values: Tensor,
  shape: AttentionShape,
  place: Place,
  room = place.position + shape.length,
): Tensor {
  const last = place.position + shape.length - 1;
  if (place.position < 0 || last >= room || room > keys.shape[1]!)
    throw new RangeError(`position ${last} of ${room} does not fit a cache of ${keys.shape[1]!}`);
  fillOp({ qkv, keys, values }, { ...shape, batch: 1, start: place });
  return decodeOp({ qkv, keys, values }, { ...shape, place, room })[0]!;
}
