/**
 * Rows that are moved: of a prompt's states only the last one is turned into logits; a cache's go into a longer one.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, fixedShader, flatGrid, flatMain, gpu, struct, type CpuTensor } from '../../device/kernel';

const Params = struct('Params', { offset: 'u32', n: 'u32', width: 'u32', step: 'u32' });

const copy = fixedShader(
  'row',
  `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
${flatMain('y[i / p.width * p.step + i % p.width] = x[p.offset + i];')}`,
);

const rowOp = defineOp<'x', { index: number }>({
  name: 'AtelierRow',
  gpu: ({ x }, { index }) => {
    const width = x.shape[1]!;
    const y = gpu().alloc([1, width]);
    gpu().run({
      shader: copy,
      binds: [{ tensor: y, write: true }, { tensor: x }],
      params: Params.all({ offset: index * width, n: width, width, step: width }),
      workgroups: flatGrid(width),
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

/** Numbers in each part of a tensor by its first dimension. */
const partOf = ({ shape }: TensorInfo | CpuTensor): number => tf.util.sizeFromShape(shape.slice(1));

const copyOp = defineOp<'y' | 'x'>({
  name: 'AtelierCopyInto',
  gpu: ({ y, x }) => {
    const n = tf.util.sizeFromShape(x.shape);
    gpu().run({
      shader: copy,
      binds: [{ tensor: y, write: true }, { tensor: x }],
      params: Params.all({ offset: 0, n, width: partOf(x), step: partOf(y) }),
      workgroups: flatGrid(n),
    });
    return [];
  },
  reference: ({ y, x }) => {
    const [width, step] = [partOf(x), partOf(y)];
    for (let i = 0; i < x.shape[0]!; i++) y.data.set(x.data.subarray(i * width, (i + 1) * width), i * step);
    return [];
  },
});

/**
 * Puts each x[i], f32, at the beginning of y[i], in place: a result of a captured step leaves its arena so, and a cache
 * becomes longer.
 * @throws RangeError where it does not fit
 */
export function copyInto(y: Tensor, x: Tensor): void {
  if (y.shape[0] !== x.shape[0] || partOf(y) < partOf(x))
    throw new RangeError(`[${x.shape.join()}] does not fit into [${y.shape.join()}]`);
  copyOp({ y, x });
}
