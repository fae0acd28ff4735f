/** One row of a matrix as a matrix of its own: of a prompt's states only the last one is turned into logits. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineOp, flatIndex, gpu, grid1d } from './kernel';

const GROUP = 64;

const shader = `
struct Params { offset: u32, n: u32 };
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i < p.n) { y[i] = x[p.offset + i]; }
}`;

const rowOp = defineOp<'x', { index: number }>({
  name: 'AtelierRow',
  gpu: ({ x }, { index }) => {
    const width = x.shape[1]!;
    const y = gpu().alloc([1, width]);
    gpu().run({
      key: 'row',
      wgsl: () => shader,
      binds: [{ tensor: y, write: true }, { tensor: x }],
      params: (view) => {
        view.setUint32(0, index * width, true);
        view.setUint32(4, width, true);
      },
      workgroups: grid1d(width, GROUP),
    });
    return [y];
  },
  reference: ({ x }, { index }) => {
    const width = x.shape[1]!;
    return [{ shape: [1, width], data: x.data.slice(index * width, (index + 1) * width) }];
  },
});

/** Row `index` of x [N, C] as [1, C]. Has no gradient: only generation uses it. */
export function row(x: Tensor, index: number): Tensor {
  return rowOp({ x }, { index })[0]!;
}

const copyOp = defineOp<'y' | 'x'>({
  name: 'AtelierCopyInto',
  gpu: ({ y, x }) => {
    const n = tf.util.sizeFromShape(x.shape);
    gpu().run({
      key: 'row',
      wgsl: () => shader,
      binds: [{ tensor: y, write: true }, { tensor: x }],
      params: (view) => view.setUint32(4, n, true),
      workgroups: grid1d(n, GROUP),
    });
    return [];
  },
  reference: ({ y, x }) => {
    y.data.set(x.data);
    return [];
  },
});

/** Puts x, f32, into y of the same size: a result of a captured step leaves its arena so. */
export function copyInto(y: Tensor, x: Tensor): void {
  if (y.size !== x.size) throw new RangeError(`${x.size} numbers where ${y.size} belong`);
  copyOp({ y, x });
}
