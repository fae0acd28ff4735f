/**
 * Rotary position embedding (Su et al., 2021) in the half-split order of transformers' rotate_half, on the query and key heads of
 * qkv [N, (H+2K)·D]; value heads pass unchanged. For j < D/2 and the angle a = position · theta^(−2j/D):
 *   y[j] = x[j]·cos a − x[j+D/2]·sin a;  y[j+D/2] = x[j+D/2]·cos a + x[j]·sin a
 * The gradient is the rotation by −a. Cosines and sines come from a table computed in f64: at position 4,000 an angle in f32 is off by 2e-4.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, flatIndex, gpu, grid1d, runOp, type Gpu } from './kernel';

export interface RopeShape {
  /** Windows of `length` tokens, one after the other: N = batch·length. */
  batch: number;
  length: number;
  heads: number;
  kvHeads: number;
  /** Even. */
  headDim: number;
  theta: number;
  /** Position of a window's first token, default 0. */
  start?: number;
}

interface Attrs extends Required<RopeShape> {
  /** +1 forward, −1 backward. */
  sign: 1 | -1;
}

const GROUP = 64;
/** Tables grow by powers of two from here, so that generation does not make one per token. */
const SHORTEST_TABLE = 256;

const shader = (lanes: 1 | 4): string => `
alias T = ${lanes === 4 ? 'vec4f' : 'f32'};
struct Params { n: u32, half: u32, heads: u32, turned: u32, length: u32, start: u32, sign: f32 };
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> table: array<T>;
@group(0) @binding(3) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let j = i % p.half;
  let head = i / p.half;
  let low = 2u * p.half * head + j;
  let a = x[low];
  let b = x[low + p.half];
  if (head % p.heads >= p.turned) {
    y[low] = a;
    y[low + p.half] = b;
    return;
  }
  let at = 2u * p.half * (p.start + head / p.heads % p.length) + j;
  let c = table[at];
  let s = p.sign * table[at + p.half];
  y[low] = a * c - b * s;
  y[low + p.half] = b * c + a * s;
}`;

/** Radians per position of pair j. */
const frequency = (theta: number, headDim: number, j: number): number => theta ** ((-2 * j) / headDim);

const tables = new WeakMap<Gpu, Map<string, TensorInfo>>();

/** [capacity, D]: cosines, then sines, of each position's D/2 angles; made once per GPU, theta, D and capacity. */
function tableFor(theta: number, headDim: number, positions: number): TensorInfo {
  const capacity = Math.max(SHORTEST_TABLE, 2 ** Math.ceil(Math.log2(positions)));
  const known = tables.get(gpu()) ?? new Map<string, TensorInfo>();
  tables.set(gpu(), known);
  const key = `${theta} ${headDim} ${capacity}`;
  const found = known.get(key);
  if (found) return found;
  const half = headDim / 2;
  const data = new Float32Array(capacity * headDim);
  for (let position = 0; position < capacity; position++)
    for (let j = 0; j < half; j++) {
      const angle = position * frequency(theta, headDim, j);
      data[position * headDim + j] = Math.cos(angle);
      data[position * headDim + half + j] = Math.sin(angle);
    }
  const table = gpu().constant([capacity, headDim], data);
  known.set(key, table);
  return table;
}

function onGpu(x: TensorInfo, { length, heads, kvHeads, headDim, theta, start, sign }: Attrs): TensorInfo[] {
  const table = tableFor(theta, headDim, start + length);
  const y = gpu().alloc(x.shape);
  const lanes = headDim % 8 === 0 ? 4 : 1;
  const half = headDim / 2 / lanes;
  const all = heads + 2 * kvHeads;
  const n = x.shape[0]! * all * half;
  gpu().run({
    key: `rope ${lanes}`,
    wgsl: () => shader(lanes),
    binds: [{ tensor: y, write: true }, { tensor: x }, { tensor: table }],
    params: (view) => {
      [n, half, all, heads + kvHeads, length, start].forEach((v, i) => view.setUint32(4 * i, v, true));
      view.setFloat32(24, sign, true);
    },
    workgroups: grid1d(n, GROUP),
  });
  return [y];
}

const ropeOp = defineOp<'x', Attrs>({
  name: 'AtelierRope',
  gpu: ({ x }, attrs) => onGpu(x, attrs),
  reference: ({ x }, { length, heads, kvHeads, headDim, theta, start, sign }) => {
    const y = { shape: x.shape, data: x.data.slice() };
    const half = headDim / 2;
    const all = heads + 2 * kvHeads;
    for (let n = 0; n < x.shape[0]!; n++)
      for (let head = 0; head < heads + kvHeads; head++)
        for (let j = 0; j < half; j++) {
          const angle = sign * (start + (n % length)) * frequency(theta, headDim, j);
          const low = (n * all + head) * headDim + j;
          const [a, b] = [x.data[low]!, x.data[low + half]!];
          y.data[low] = a * Math.cos(angle) - b * Math.sin(angle);
          y.data[low + half] = b * Math.cos(angle) + a * Math.sin(angle);
        }
    return [y];
  },
  gradient: ([dy], _saved, attrs) => ({
    x: () => runOp('AtelierRope', { x: dy }, { ...attrs, sign: -attrs.sign })[0]!,
  }),
});

/** qkv [N, (H+2K)·D] with its query and key heads turned by their positions. Throws RangeError for an odd head dimension. */
export function rope(qkv: Tensor, shape: RopeShape): Tensor {
  if (shape.headDim % 2) throw new RangeError(`a head of ${shape.headDim} numbers has no pairs to turn`);
  const attrs: Attrs = { start: 0, ...shape, sign: 1 };
  // here and not in the kernel, after which tfjs' debug mode counts everything that is no output as a leak
  if (tf.getBackend() === 'webgpu') tableFor(attrs.theta, attrs.headDim, attrs.start + attrs.length);
  return ropeOp({ x: qkv }, attrs)[0]!;
}
