/**
 * Sums over all rows of a matrix whose elements are computed on the way: Σ over rows of term(row, column). The
 * gradients of norm weights and of biases are such sums. Two stages, first over chunks of rows, then over the chunks:
 * always one order, whatever the adapter.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { flatIndex, gpu, grid1d } from '../../device/kernel';

export interface ColumnTerms {
  /** Names the WGSL below, with every constant in it. */
  key: string;
  /** The bindings of `reads`, from 1 on, and `fn term(row: u32, column: u32) -> f32`; the params are `p`. */
  wgsl: () => string;
  reads: TensorInfo[];
  rows: number;
  columns: number;
  /**
   * Fields of the params struct after `rows`, `width` (columns), `chunk` and `n`, and what writes them from byte 16 on.
   */
  fields?: string;
  params?: (view: DataView) => void;
  live?: (view: DataView) => void;
}

const GROUP = 64;
/** Rows that one invocation adds up at least, and the most chunks that the second stage adds. */
const LEAST_CHUNK = 32;
const MOST_CHUNKS = 128;

/** Stage one: an invocation per column and chunk; neighbours read neighbouring columns. */
const partsShader = ({ wgsl, fields = '', reads }: ColumnTerms): string => `
struct Params { rows: u32, width: u32, chunk: u32, n: u32, ${fields} };
@group(0) @binding(0) var<storage, read_write> parts: array<f32>;
@group(0) @binding(${reads.length + 1}) var<uniform> p: Params;
${wgsl()}
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let column = i % p.width;
  let begin = i / p.width * p.chunk;
  var sum = 0.0;
  for (var row = begin; row < min(begin + p.chunk, p.rows); row++) { sum += term(row, column); }
  parts[i] = sum;
}`;

const chunksShader = `
struct Params { width: u32, n: u32 };
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let column = ${flatIndex(GROUP)};
  if (column >= p.width) { return; }
  var sum = 0.0;
  for (var i = column; i < p.n; i += p.width) { sum += parts[i]; }
  sums[column] = sum;
}`;

/** The sums [columns]; to be called in an op's kernel. */
export function columnSum(terms: ColumnTerms): TensorInfo {
  const { rows, columns } = terms;
  const chunk = Math.max(LEAST_CHUNK, Math.ceil(rows / MOST_CHUNKS));
  const n = Math.ceil(rows / chunk) * columns;
  const parts = gpu().alloc([n]);
  const sums = gpu().alloc([columns]);
  gpu().run({
    key: `${terms.key} parts`,
    wgsl: () => partsShader(terms),
    binds: [{ tensor: parts, write: true }, ...terms.reads.map((tensor) => ({ tensor }))],
    params: (view) => {
      [rows, columns, chunk, n].forEach((v, i) => view.setUint32(4 * i, v, true));
      terms.params?.(view);
    },
    ...(terms.live ? { live: terms.live } : {}),
    workgroups: grid1d(n, GROUP),
  });
  gpu().run({
    key: 'columnSum chunks',
    wgsl: () => chunksShader,
    binds: [{ tensor: sums, write: true }, { tensor: parts }],
    params: (view) => [columns, n].forEach((v, i) => view.setUint32(4 * i, v, true)),
    workgroups: grid1d(columns, GROUP),
  });
  gpu().dispose(parts);
  return sums;
}
