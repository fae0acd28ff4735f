/**
 * What the attention kernels share. A workgroup of 64 takes `rows` rows (queries, or keys) of one head; a row belongs
 * to `parts` invocations, each of which keeps `chunk` vectors of it in registers: 32 numbers at most, so that two or
 * four such pieces fit the registers of any GPU at every head size. Rows of the other side come by tiles of `tile`
 * through workgroup memory, where all invocations of a part read the same word at once. The parts' dot products meet in
 * workgroup memory too.
 */

import { struct } from '../../device/struct';
import { scaleOf, type AttentionShape } from './attentionShape';

/** Invocations of a workgroup. */
export const GROUP = 64;
/** Vectors of four that one invocation keeps of a row. */
const LARGEST_CHUNK = 8;
/** Workgroup memory that every WebGPU adapter has, in bytes. */
const WORKGROUP_BYTES = 16_384;
/**
 * Staged rows at most. Small tiles leave room for more workgroups on a processor of the GPU, which hides the waiting at
 * barriers; and adapters zero workgroup memory in unrolled code (measured on SwiftShader: 0.7 ms of compiling per word,
 * 2 s for 12 KB).
 */
const LARGEST_TILE = 8;

/** Of `agreed`: a number per invocation, and the one that they agree on. */
const BOUND_BYTES = 4 * GROUP + 4;

export interface Tile {
  headDim: number;
  parts: number;
  /** Vectors of four per part. */
  chunk: number;
  rows: number;
  tile: number;
}

/** @param dots sums that the kernel takes over a head at once: 1 for q·k, 2 for q·k and dy·v */
export function tileFor(headDim: number, dots: 1 | 2): Tile {
  const vectors = Math.ceil(headDim / 4);
  let parts = 1;
  while (parts * LARGEST_CHUNK < vectors) parts *= 2;
  const chunk = Math.ceil(vectors / parts);
  // two staged rows, the dot products of all invocations with them, and three numbers that belong to the row
  const bytes = 2 * 16 * parts * chunk + 4 * dots * GROUP + 12;
  let tile = LARGEST_TILE;
  while (tile * bytes + BOUND_BYTES > WORKGROUP_BYTES) tile /= 2;
  return { headDim, parts, chunk, rows: GROUP / parts, tile };
}

/** Text for each vector of a chunk, with its number. */
export const each = (t: Tile, text: (c: number) => string): string =>
  Array.from({ length: t.chunk }, (_, c) => text(c)).join(' ');

/** Element type under which heads are read and written: vectors where a head divides into them. */
export const elementOf = (t: Tile): string => (t.headDim % 4 === 0 ? 'vec4f' : 'f32');

/**
 * `load_<name>(head, c)`: vector c of a head of D numbers, zeros after its end; `head` counts heads from the buffer's
 * start.
 */
export function loader(t: Tile, name: string): string {
  const vectors = t.headDim / 4;
  const body =
    t.headDim % 4
      ? `var v = vec4f(0.0);
  for (var k = 0u; k < 4u; k++) { if (4u * c + k < ${t.headDim}u) { v[k] = ${name}[head * ${t.headDim}u + 4u * c + k]; } }
  return v;`
      : `${t.parts * t.chunk > vectors ? `if (c >= ${vectors}u) { return vec4f(0.0); }` : ''}
  return ${name}[head * ${vectors}u + c];`;
  return `
fn load_${name}(head: u32, c: u32) -> vec4f {
  ${body}
}`;
}

/** `store_<name>(head, c, v)`, the reverse; what lies after the end of the head is dropped. */
export function storer(t: Tile, name: string): string {
  const vectors = t.headDim / 4;
  const body =
    t.headDim % 4
      ? `for (var k = 0u; k < 4u; k++) { if (4u * c + k < ${t.headDim}u) { ${name}[head * ${t.headDim}u + 4u * c + k] = v[k]; } }`
      : `if (c < ${vectors}u) { ${name}[head * ${vectors}u + c] = v; }`;
  return `
fn store_${name}(head: u32, c: u32, v: vec4f) {
  ${body}
}`;
}

const Params = struct('Params', {
  length: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  all: 'u32',
  perKv: 'u32',
  window: 'u32',
  scale: 'f32',
});

/** What writes the params of these kernels. */
export function attentionParams(shape: AttentionShape): (view: DataView) => void {
  const { length, heads, kvHeads, window = length } = shape;
  return Params.all({
    ...{ length, heads, kvHeads, all: heads + 2 * kvHeads, perKv: heads / kvHeads },
    ...{ window: Math.min(window, length), scale: scaleOf(shape) },
  });
}

/**
 * Params, and from binding `binding` on those of the mask; `lowest(token, i)`: the first key that query i of the window
 * at `token` sees, after i where it sees none. `window` is at most the length.
 */
export const masked = (binding: number, packed: boolean): string => `
${Params.wgsl}
${packed ? `@group(0) @binding(${binding}) var<storage, read> starts: array<i32>;` : ''}
@group(0) @binding(${packed ? binding + 1 : binding}) var<uniform> p: Params;
fn lowest(token: u32, i: u32) -> u32 {
  let low = i + 1u - min(i + 1u, p.window);
  return ${packed ? 'max(low, u32(starts[token + i]))' : 'low'};
}`;

/**
 * `agreed(t, own)`: the smallest, or largest, of what the invocations of a workgroup say. It comes by
 * workgroupUniformLoad, so it may bound a loop with barriers.
 */
export const agreement = (which: 'min' | 'max'): string => `
var<workgroup> bounds: array<u32, ${GROUP}>;
var<workgroup> bound: u32;
fn agreed(t: u32, own: u32) -> u32 {
  bounds[t] = own;
  workgroupBarrier();
  if (t == 0u) {
    var all = own;
    for (var i = 1u; i < ${GROUP}u; i++) { all = ${which}(all, bounds[i]); }
    bound = all;
  }
  return workgroupUniformLoad(&bound);
}`;

/**
 * Of a workgroup's queries: `low`, the first key that this invocation's row sees, and `origin`, the first that any of
 * them sees.
 */
const firstKeys = (packed: boolean): string => `
  let low = lowest(token, row);
  let origin = ${packed ? 'agreed(t, low)' : 'lowest(token, group.x * ROWS)'};`;

/** Constants and the two staged tiles `a` and `b`. `all` = H + 2K heads per token of qkv, `perKv` = H / K. */
export const declarations = (t: Tile, dots: 1 | 2): string => `
const PARTS = ${t.parts}u;
const CHUNK = ${t.chunk}u;
const PADDED = ${t.parts * t.chunk}u;
const ROWS = ${t.rows}u;
const TILE = ${t.tile}u;
alias Dots = ${dots === 2 ? 'vec2f' : 'f32'};
var<workgroup> a: array<vec4f, ${t.tile * t.parts * t.chunk}>;
var<workgroup> b: array<vec4f, ${t.tile * t.parts * t.chunk}>;
var<workgroup> dots: array<Dots, ${t.tile * GROUP}>;
/** The sum over the parts of row r, for the staged row j. */
fn total(r: u32, j: u32) -> Dots {
  var sum = dots[j * ${GROUP}u + r];
  for (var part = 1u; part < PARTS; part++) { sum += dots[j * ${GROUP}u + part * ROWS + r]; }
  return sum;
}`;

/** Where this invocation stands; a row after the last repeats the last one and stores nothing. */
export const place = `
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let r = t % ROWS;
  let mine = t / ROWS * CHUNK;
  let inside = group.x * ROWS + r < p.length;
  let row = min(group.x * ROWS + r, p.length - 1u);
  let token = group.z * p.length;`;

/**
 * The walk of queries over the keys that they see, tile by tile, keys in `a`, values in `b`: `sums` gives the dot
 * products with staged row `j`, `body` takes those from `unseen` to `seen` of the tile.
 */
export const walkKeys = (t: Tile, packed: boolean, sums: string, body: string): string => `
  ${firstKeys(packed)}
  let end = min((group.x + 1u) * ROWS, p.length);
  for (var first = origin; first < end; first += TILE) {
    let staged = min(TILE, end - first);
    workgroupBarrier();
    for (var i = t; i < staged * PADDED; i += ${GROUP}u) {
      let key = (token + first + i / PADDED) * p.all + p.heads + head / p.perKv;
      a[i] = load_qkv(key, i % PADDED);
      b[i] = load_qkv(key + p.kvHeads, i % PADDED);
    }
    workgroupBarrier();
    for (var j = 0u; j < staged; j++) {
      let at = j * PADDED + mine;
      dots[j * ${GROUP}u + t] = ${sums};
    }
    ${meet(t)}
    let unseen = max(low, first) - first;
    let seen = min(TILE, max(row + 1u, first) - first);
    ${body}
  }`;

/** Between writing `dots` and reading those of other parts. */
export const meet = (t: Tile): string => (t.parts > 1 ? 'workgroupBarrier();' : '');

/** The dot product of this invocation's vectors `<name>0 …` with its part of staged row j of a tile. */
export const dotWith = (t: Tile, name: string, tile: 'a' | 'b'): string =>
  each(t, (c) => `${c ? '+ ' : ''}dot(${name}${c}, ${tile}[at + ${c}u])`);
