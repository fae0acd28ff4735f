/**
 * Root mean square normalisation (Zhang and Sennrich, 2019), over the rows of x [N, C]:
 *   y = x·r·w,  r = 1 / √(mean(x²) + ε)
 *   dx = r·(dy·w − x·r²·mean(dy·w·x));  dw = Σ over rows of dy·x·r
 * r is kept from the forward pass. dw is summed in two stages, first over chunks of rows, then over the chunks, always in one order.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, flatIndex, gpu, grid1d, zeros } from './kernel';
import { lanesPerRow, ROW_GROUP, rowSum } from './rowSum';

type Lanes = 1 | 4;

/** A row's place in the grid and the loop of one invocation over it. */
const rowHead = (per: number): string => `
@compute @workgroup_size(${ROW_GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = (group.x + group.y * groups.x) * ${ROW_GROUP / per}u + t / ${per}u;
  let inside = row < p.rows;
  let first = row * p.width + t % ${per}u;
  let end = select(first, (row + 1u) * p.width, inside);
  var own = 0.0;`;

const square = (lanes: Lanes, v: string): string => (lanes === 4 ? `dot(${v}, ${v})` : `${v} * ${v}`);
const product = (lanes: Lanes, a: string, b: string): string => (lanes === 4 ? `dot(${a}, ${b})` : `${a} * ${b}`);
const typeOf = (lanes: Lanes): string => (lanes === 4 ? 'vec4f' : 'f32');

const forwardShader = (lanes: Lanes, per: number): string => `
alias T = ${typeOf(lanes)};
struct Params { rows: u32, width: u32, eps: f32 };
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read_write> r: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<T>;
@group(0) @binding(3) var<storage, read> w: array<T>;
@group(0) @binding(4) var<uniform> p: Params;
${rowSum(per)}${rowHead(per)}
  for (var i = first; i < end; i += ${per}u) { own += ${square(lanes, 'x[i]')}; }
  let scale = 1.0 / sqrt(rowSum(t, own) / f32(p.width * ${lanes}u) + p.eps);
  for (var i = first; i < end; i += ${per}u) { y[i] = x[i] * scale * w[i - row * p.width]; }
  if (inside && t % ${per}u == 0u) { r[row] = scale; }
}`;

const dxShader = (lanes: Lanes, per: number): string => `
alias T = ${typeOf(lanes)};
struct Params { rows: u32, width: u32 };
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> w: array<T>;
@group(0) @binding(3) var<storage, read> r: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<T>;
@group(0) @binding(5) var<uniform> p: Params;
${rowSum(per)}${rowHead(per)}
  for (var i = first; i < end; i += ${per}u) { own += ${product(lanes, 'dy[i] * w[i - row * p.width]', 'x[i]')}; }
  let mean = rowSum(t, own) / f32(p.width * ${lanes}u);
  if (!inside) { return; }
  let scale = r[row];
  let along = mean * scale * scale;
  for (var i = first; i < end; i += ${per}u) { dx[i] = scale * (dy[i] * w[i - row * p.width] - x[i] * along); }
}`;

/** Stage one of dw: an invocation per column and chunk; neighbours read neighbouring columns. */
const dwPartsShader = `
struct Params { rows: u32, width: u32, chunk: u32, n: u32 };
@group(0) @binding(0) var<storage, read_write> parts: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> r: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;
@compute @workgroup_size(${ROW_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(ROW_GROUP)};
  if (i >= p.n) { return; }
  let column = i % p.width;
  let begin = i / p.width * p.chunk;
  var sum = 0.0;
  for (var row = begin; row < min(begin + p.chunk, p.rows); row++) {
    sum += dy[row * p.width + column] * x[row * p.width + column] * r[row];
  }
  parts[i] = sum;
}`;

const dwShader = `
struct Params { width: u32, n: u32 };
@group(0) @binding(0) var<storage, read_write> dw: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
@compute @workgroup_size(${ROW_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let column = ${flatIndex(ROW_GROUP)};
  if (column >= p.width) { return; }
  var sum = 0.0;
  for (var i = column; i < p.n; i += p.width) { sum += parts[i]; }
  dw[column] = sum;
}`;

/** Rows that one invocation adds up at least, and the most chunks that the second stage adds. */
const LEAST_CHUNK = 32;
const MOST_CHUNKS = 128;

function plan(x: TensorInfo) {
  const [rows, columns] = [x.shape[0]!, x.shape[1]!];
  const lanes: Lanes = columns % 4 === 0 ? 4 : 1;
  const width = columns / lanes;
  const per = lanesPerRow(width, rows);
  return { rows, columns, lanes, width, per, workgroups: grid1d(Math.ceil(rows / (ROW_GROUP / per)), 1) };
}

const dxOp = defineOp<'x' | 'w' | 'r' | 'dy'>({
  name: 'AtelierRmsNormDx',
  gpu: ({ x, w, r, dy }) => {
    const { rows, lanes, width, per, workgroups } = plan(x);
    const dx = gpu().alloc(x.shape);
    gpu().run({
      key: `rmsNorm dx ${lanes} ${per}`,
      wgsl: () => dxShader(lanes, per),
      binds: [{ tensor: dx, write: true }, ...[x, w, r, dy].map((tensor) => ({ tensor }))],
      params: (view) => [rows, width].forEach((v, i) => view.setUint32(4 * i, v, true)),
      workgroups,
    });
    return [dx];
  },
  reference: ({ x, w, r, dy }) => {
    const [rows, width] = [x.shape[0]!, x.shape[1]!];
    const dx = zeros(x.shape, x);
    for (let n = 0; n < rows; n++) {
      const base = n * width;
      let along = 0;
      for (let c = 0; c < width; c++) along += dy.data[base + c]! * w.data[c]! * x.data[base + c]!;
      along *= r.data[n]! ** 2 / width;
      for (let i = base; i < base + width; i++)
        dx.data[i] = r.data[n]! * (dy.data[i]! * w.data[i - base]! - x.data[i]! * along);
    }
    return [dx];
  },
});

/** Sums chunks of rows into a scratch [chunks, C], the chunks into dw. */
function dwOnGpu(x: TensorInfo, r: TensorInfo, dy: TensorInfo): TensorInfo {
  const { rows, columns } = plan(x);
  const chunk = Math.max(LEAST_CHUNK, Math.ceil(rows / MOST_CHUNKS));
  const size = Math.ceil(rows / chunk) * columns;
  const parts = gpu().alloc([size]);
  const dw = gpu().alloc([columns]);
  gpu().run({
    key: 'rmsNorm dw parts',
    wgsl: () => dwPartsShader,
    binds: [{ tensor: parts, write: true }, ...[x, r, dy].map((tensor) => ({ tensor }))],
    params: (view) => [rows, columns, chunk, size].forEach((v, i) => view.setUint32(4 * i, v, true)),
    workgroups: grid1d(size, ROW_GROUP),
  });
  gpu().run({
    key: 'rmsNorm dw',
    wgsl: () => dwShader,
    binds: [{ tensor: dw, write: true }, { tensor: parts }],
    params: (view) => [columns, size].forEach((v, i) => view.setUint32(4 * i, v, true)),
    workgroups: grid1d(columns, ROW_GROUP),
  });
  gpu().dispose(parts);
  return dw;
}

const dwOp = defineOp<'x' | 'r' | 'dy'>({
  name: 'AtelierRmsNormDw',
  gpu: ({ x, r, dy }) => [dwOnGpu(x, r, dy)],
  reference: ({ x, r, dy }) => {
    const width = x.shape[1]!;
    const sums = new Float64Array(width);
    dy.data.forEach((d, i) => (sums[i % width]! += d * x.data[i]! * r.data[Math.floor(i / width)]!));
    const dw = zeros([width], x);
    dw.data.set(sums);
    return [dw];
  },
});

const rmsNormOp = defineOp<'x' | 'w', { eps: number }>({
  name: 'AtelierRmsNorm',
  gpu: ({ x, w }, { eps }) => {
    const { rows, lanes, width, per, workgroups } = plan(x);
    const [y, r] = [gpu().alloc(x.shape), gpu().alloc([rows])];
    gpu().run({
      key: `rmsNorm ${lanes} ${per}`,
      wgsl: () => forwardShader(lanes, per),
      binds: [{ tensor: y, write: true }, { tensor: r, write: true }, { tensor: x }, { tensor: w }],
      params: (view) => {
        view.setUint32(0, rows, true);
        view.setUint32(4, width, true);
        view.setFloat32(8, eps, true);
      },
      workgroups,
    });
    return [y, r];
  },
  reference: ({ x, w }, { eps }) => {
    const [rows, width] = [x.shape[0]!, x.shape[1]!];
    const [y, r] = [zeros(x.shape, x), zeros([rows], x)];
    for (let n = 0; n < rows; n++) {
      let sum = 0;
      for (let i = n * width; i < (n + 1) * width; i++) sum += x.data[i]! ** 2;
      const scale = 1 / Math.sqrt(sum / width + eps);
      r.data[n] = scale;
      for (let c = 0; c < width; c++) y.data[n * width + c] = x.data[n * width + c]! * scale * w.data[c]!;
    }
    return [y, r];
  },
  save: { inputs: ['x', 'w'], outputs: [false, true] },
  gradient: ([dy], [x, w, r]) => ({
    x: () => dxOp({ x: x!, w: w!, r: r!, dy: dy! })[0]!,
    w: () => dwOp({ x: x!, r: r!, dy: dy! })[0]!,
  }),
});

/** x [N, C] with rows of mean square 1 (but for `eps`), times w [C]. */
export function rmsNorm(x: Tensor, w: Tensor, eps: number): Tensor {
  return rmsNormOp({ x, w }, { eps })[0]!;
}
