/**
 * Sums over all rows of a matrix whose elements are computed on the way: Σ over rows of term(row, column). The
 * gradients of norm weights and of biases are such sums. Two stages, first over chunks of rows, then over the chunks:
 * always one order, whatever the adapter.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { fixedShader, flatGrid, flatMain, gpu, struct, type Dispatch } from '../../device/kernel';
import type { Shader } from '../../device/shader';
import type { FieldValues } from '../../device/struct';

/** What the params of every term begin with: `width` columns, `n` sums. */
export const COLUMN_FIELDS = { rows: 'u32', width: 'u32', chunk: 'u32', n: 'u32' } as const;
const Params = struct('Params', COLUMN_FIELDS);
type ColumnValues = FieldValues<typeof COLUMN_FIELDS>;
const Chunks = struct('Params', { width: 'u32', n: 'u32' });

export interface ColumnTerms {
  /** Made by `partsShader`, around `fn term(row: u32, column: u32) -> f32`. */
  shader: Shader;
  reads: TensorInfo[];
  rows: number;
  columns: number;
  /** For a term whose params have more fields. */
  params?: (own: ColumnValues) => Pick<Dispatch, 'params' | 'live'>;
}

/** Rows that one invocation adds up at least, and the most chunks that the second stage adds. */
const LEAST_CHUNK = 32;
const MOST_CHUNKS = 128;

/**
 * Stage one: an invocation per column and chunk; neighbours read neighbouring columns.
 * @param reads bindings of the term, from 1 on
 * @param term the declarations of these, and the function
 * @param declared the params `p`
 */
export const partsShader = (reads: number, term: string, declared = Params.wgsl): string => `
${declared}
@group(0) @binding(0) var<storage, read_write> parts: array<f32>;
@group(0) @binding(${reads + 1}) var<uniform> p: Params;
${term}
${flatMain(`let column = i % p.width;
  let begin = i / p.width * p.chunk;
  var sum = 0.0;
  for (var row = begin; row < min(begin + p.chunk, p.rows); row++) { sum += term(row, column); }
  parts[i] = sum;`)}`;

const chunks = fixedShader(
  'columnSum chunks',
  `
${Chunks.wgsl}
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
${flatMain(`if (i >= p.width) { return; }
  var sum = 0.0;
  for (var part = i; part < p.n; part += p.width) { sum += parts[part]; }
  sums[i] = sum;`)}`,
);

const ownParams = (own: ColumnValues) => ({ params: Params.all(own) });

/** The sums [columns]; to be called in an op's kernel. */
export function columnSum({ shader, reads, rows, columns, params = ownParams }: ColumnTerms): TensorInfo {
  const chunk = Math.max(LEAST_CHUNK, Math.ceil(rows / MOST_CHUNKS));
  const n = Math.ceil(rows / chunk) * columns;
  const parts = gpu().alloc([n]);
  const sums = gpu().alloc([columns]);
  gpu().run({
    shader,
    binds: [{ tensor: parts, write: true }, ...reads.map((tensor) => ({ tensor }))],
    ...params({ rows, width: columns, chunk, n }),
    workgroups: flatGrid(n),
  });
  gpu().run({
    shader: chunks,
    binds: [{ tensor: sums, write: true }, { tensor: parts }],
    params: Chunks.all({ width: columns, n }),
    workgroups: flatGrid(columns),
  });
  gpu().dispose(parts);
  return sums;
}
