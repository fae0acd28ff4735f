/**
 * Rows of a matrix by an index, as many as a part of them: xs[i] = x[rows[from + i]], and back. An index of −1 is no
 * row: zeros are read there, and nothing is written. No row is named twice, so nothing is added and the order does not
 * matter.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { wasmMemory } from '../../device/wasmMemory';
import { defineOp, flatIndex, gpu, grid1d, zeros } from '../../device/kernel';

const GROUP = 64;
type Lanes = 1 | 4;
type Way = 'gather' | 'scatter' | 'clear';

const shader = (lanes: Lanes, way: Way): string => {
  const type = lanes === 4 ? 'vec4f' : 'f32';
  return `
struct Params { n: u32, width: u32, start: u32 };
@group(0) @binding(0) var<storage, read_write> y: array<${type}>;
@group(0) @binding(1) var<storage, read> rows: array<i32>;
@group(0) @binding(2) var<storage, read> x: array<${type}>;
@group(0) @binding(3) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let row = rows[p.start + i / p.width];
  let at = u32(row) * p.width + i % p.width;
  ${
    way === 'gather'
      ? `y[i] = ${type}(0.0);
  if (row >= 0) { y[i] = x[at]; }`
      : 'if (row >= 0) { y[at] = x[i]; }'
  }
}`;
};

const clearShader = (lanes: Lanes): string => `
struct Params { n: u32 };
@group(0) @binding(0) var<storage, read_write> y: array<${lanes === 4 ? 'vec4f' : 'f32'}>;
@group(0) @binding(1) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i < p.n) { y[i] = ${lanes === 4 ? 'vec4f' : 'f32'}(0.0); }
}`;

/** One invocation per (vector) element of `counted`, a matrix. */
function dispatch(way: Way, y: TensorInfo, reads: TensorInfo[], counted: TensorInfo, from: number): void {
  const [count, columns] = [counted.shape[0]!, counted.shape[1]!];
  const lanes: Lanes = columns % 4 === 0 ? 4 : 1;
  const width = columns / lanes;
  gpu().run({
    key: `rows ${way} ${lanes}`,
    wgsl: () => (way === 'clear' ? clearShader(lanes) : shader(lanes, way)),
    binds: [{ tensor: y, write: true }, ...reads.map((tensor) => ({ tensor }))],
    params: (view) => [count * width, width, from].forEach((n, i) => view.setUint32(4 * i, n, true)),
    workgroups: grid1d(count * width, GROUP),
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
