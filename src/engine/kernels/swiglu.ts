/**
 * The gated activation of a Llama feed-forward (Shazeer 2020): x [N, 2I] holds the gate g, then the value u, side by side:
 *   y = silu(g)·u,  silu(g) = g·σ(g),  σ(g) = 1 / (1 + e^−g)
 *   dg = dy·u·σ(g)·(1 + g·(1 − σ(g)));  du = dy·silu(g)
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineOp, flatIndex, gpu, grid1d, zeros } from './kernel';

const GROUP = 64;
type Lanes = 1 | 4;

/** The exponent is bounded: WGSL may return anything for an overflow, and σ(−80) is zero beside any f32. */
const sigmoid = (type: string): string =>
  `fn sigmoid(g: ${type}) -> ${type} { return 1.0 / (1.0 + exp(min(-g, ${type}(80.0)))); }`;

const head = (lanes: Lanes): string => `
alias T = ${lanes === 4 ? 'vec4f' : 'f32'};
struct Params { n: u32, width: u32 };
${sigmoid('T')}`;

const place = `
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let gate = i + (i / p.width) * p.width;
  let g = x[gate];
  let u = x[gate + p.width];
  let s = sigmoid(g);`;

const forwardShader = (lanes: Lanes): string => `${head(lanes)}
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {${place}
  y[i] = g * s * u;
}`;

const gradientShader = (lanes: Lanes): string => `${head(lanes)}
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> dy: array<T>;
@group(0) @binding(3) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {${place}
  let d = dy[i];
  dx[gate] = d * u * s * (1.0 + g * (1.0 - s));
  dx[gate + p.width] = d * g * s;
}`;

/** Rows, half the columns of x in vectors of `lanes`. */
function measure(shape: number[]): { rows: number; lanes: Lanes; width: number } {
  const half = shape[1]! / 2;
  const lanes = half % 4 === 0 ? 4 : 1;
  return { rows: shape[0]!, lanes, width: half / lanes };
}

const writeParams = (rows: number, width: number) => (view: DataView) => {
  view.setUint32(0, rows * width, true);
  view.setUint32(4, width, true);
};

const gradientOp = defineOp<'x' | 'dy'>({
  name: 'AtelierSwigluGradient',
  gpu: ({ x, dy }) => {
    const { rows, lanes, width } = measure(x.shape);
    const dx = gpu().alloc(x.shape);
    gpu().run({
      key: `swiglu gradient ${lanes}`,
      wgsl: () => gradientShader(lanes),
      binds: [{ tensor: dx, write: true }, { tensor: x }, { tensor: dy }],
      params: writeParams(rows, width),
      workgroups: grid1d(rows * width, GROUP),
    });
    return [dx];
  },
  reference: ({ x, dy }) => {
    const dx = zeros(x.shape, x);
    const half = x.shape[1]! / 2;
    dy.data.forEach((d, i) => {
      const gate = i + Math.floor(i / half) * half;
      const [g, u] = [x.data[gate]!, x.data[gate + half]!];
      const s = 1 / (1 + Math.exp(-g));
      dx.data[gate] = d * u * s * (1 + g * (1 - s));
      dx.data[gate + half] = d * g * s;
    });
    return [dx];
  },
});

const swigluOp = defineOp<'x'>({
  name: 'AtelierSwiglu',
  gpu: ({ x }) => {
    const { rows, lanes, width } = measure(x.shape);
    const y = gpu().alloc([rows, width * lanes]);
    gpu().run({
      key: `swiglu ${lanes}`,
      wgsl: () => forwardShader(lanes),
      binds: [{ tensor: y, write: true }, { tensor: x }],
      params: writeParams(rows, width),
      workgroups: grid1d(rows * width, GROUP),
    });
    return [y];
  },
  reference: ({ x }) => {
    const half = x.shape[1]! / 2;
    const y = zeros([x.shape[0]!, half], x);
    y.data.forEach((_, i) => {
      const gate = i + Math.floor(i / half) * half;
      y.data[i] = (x.data[gate]! / (1 + Math.exp(-x.data[gate]!))) * x.data[gate + half]!;
    });
    return [y];
  },
  save: { inputs: ['x'] },
  gradient: ([dy], [x]) => ({ x: () => gradientOp({ x: x!, dy: dy! })[0]! }),
});

/** silu(gate)·up of gateUp [N, 2I], gates in the first I columns: [N, I]. */
export function swiglu(gateUp: Tensor): Tensor {
  return swigluOp({ x: gateUp })[0]!;
}
