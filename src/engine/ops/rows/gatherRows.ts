/**
 * Rows of a matrix by an index, as many as a part of them: xs[i] = x[rows[from + i]], and back. An index of −1 is no
 * row: zeros are read there, and nothing is written. No row is named twice, so nothing is added and the order does not
 * matter.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { wasmMemory } from '../../device/wasmMemory';
import { defineOp, flatGrid, flatMain, gpu, shader, struct, zeros } from '../../device/kernel';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';

interface Constants {
  lanes: Lanes;
  way: 'gather' | 'scatter';
}

const Params = struct('Params', { n: 'u32', width: 'u32', start: 'u32' });

const moved = shader(
  'rows',
  ({ lanes, way }: Constants) => `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<${typeOf(lanes)}>;
@group(0) @binding(1) var<storage, read> rows: array<i32>;
@group(0) @binding(2) var<storage, read> x: array<${typeOf(lanes)}>;
@group(0) @binding(3) var<uniform> p: Params;
${flatMain(`let row = rows[p.start + i / p.width];
  let at = u32(row) * p.width + i % p.width;
  ${
    way === 'gather'
      ? `y[i] = ${typeOf(lanes)}(0.0);
  if (row >= 0) { y[i] = x[at]; }`
      : 'if (row >= 0) { y[at] = x[i]; }'
  }`)}`,
);

const cleared = shader(
  'rows clear',
  ({ lanes }: { lanes: Lanes }) => `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<${typeOf(lanes)}>;
@group(0) @binding(1) var<uniform> p: Params;
${flatMain(`y[i] = ${typeOf(lanes)}(0.0);`)}`,
);

/** One invocation per (vector) element of `counted`, a matrix. */
function dispatch(
  way: Constants['way'] | 'clear',
  y: TensorInfo,
  reads: TensorInfo[],
  counted: TensorInfo,
  start: number,
): void {
  const [count, columns] = [counted.shape[0]!, counted.shape[1]!];
  const lanes = lanesOf(columns);
  const width = columns / lanes;
  gpu().run({
    shader: way === 'clear' ? cleared({ lanes }) : moved({ lanes, way }),
    binds: [{ tensor: y, write: true }, ...reads.map((tensor) => ({ tensor }))],
    params: Params.all({ n: count * width, width, start }),
    workgroups: flatGrid(count * width),
  });
}

const gatherOp = defineOp<'x' | 'rows', { from: number; count: number }>({
  name: 'AtelierGatherRows',
  gpu: ({ x, rows }, { from, count }) => {
    const y = gpu().alloc([count, x.shape[1]!]);
    dispatch('gather', y, [rows, x], y, from);
    return [y];
  },
  reference: ({ x, rows }, { from, count }) => {
    const width = x.shape[1]!;
    const y = zeros([count, width], x);
    for (let i = 0; i < count; i++) {
      const row = rows.data[from + i]!;
      if (row >= 0) y.data.set(x.data.subarray(row * width, (row + 1) * width), i * width);
    }
    return [y];
  },
});

const scatterOp = defineOp<'y' | 'x' | 'rows', { from: number }>({
  name: 'AtelierScatterRows',
  gpu: ({ y, x, rows }, { from }) => {
    dispatch('scatter', y, [rows, x], x, from);
    return [];
  },
  reference: ({ y, x, rows }, { from }) => {
    const width = x.shape[1]!;
    for (let i = 0; i < x.shape[0]!; i++) {
      const row = rows.data[from + i]!;
      if (row >= 0) y.data.set(x.data.subarray(i * width, (i + 1) * width), row * width);
    }
    return [];
  },
});

const emptyOp = defineOp<'like', { shape: number[] }>({
  name: 'AtelierEmpty',
  gpu: (_inputs, { shape }) => [gpu().alloc(shape)],
  reference: ({ like }, { shape }) => [zeros(shape, like)],
  wasm: (_inputs, { shape }) => [wasmMemory().alloc(shape)],
});

const clearOp = defineOp<'y'>({
  name: 'AtelierClear',
  gpu: ({ y }) => {
    dispatch('clear', y, [], y, 0);
    return [];
  },
  reference: ({ y }) => {
    y.data.fill(0);
    return [];
  },
});

/**
 * `count` rows of x [N, C] from the place `from` of the index on: [count, C]. Has no gradient: `linearCrossEntropy`
 * differentiates around it.
 */
export const gatherRows = (x: Tensor, rows: Tensor, from: number, count: number): Tensor =>
  gatherOp({ x, rows }, { from, count })[0]!;

/** Puts the rows of x [count, C] where the index has them in y [N, C], in place. */
export function scatterRows(y: Tensor, x: Tensor, rows: Tensor, from: number): void {
  scatterOp({ y, x, rows }, { from });
}

/** A tensor to be written by parts, in the precision of another; what it holds before is not defined. */
export const empty = (like: Tensor, shape: number[]): Tensor => emptyOp({ like }, { shape })[0]!;

/** Fills a matrix with zeros, in place. */
export function clear(y: Tensor): void {
  clearOp({ y });
}
