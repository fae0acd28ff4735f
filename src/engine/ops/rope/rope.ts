/**
 * Rotary position embedding (Su et al., 2021) in the half-split order of transformers' rotate_half, on the query and
 * key heads of qkv [N, (H+2K)·D]; value heads pass unchanged. For j < D/2 and the angle a = position·f_j (see
 * ropeAngles.ts):
 *   y[j] = x[j]·cos a − x[j+D/2]·sin a;  y[j+D/2] = x[j+D/2]·cos a + x[j]·sin a
 * The gradient is the rotation by −a. With norms of query and key, ropeNormed.ts does both at once.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { ropeOnHeap } from './rope.cpu';
import { defineOp, flatGrid, flatMain, gpu, shader, struct, type CpuTensor } from '../../device/kernel';
import {
  angleOf,
  MOST_POSITIONS,
  positionsOf,
  ropeFrequencies,
  SHAPE_FIELDS,
  shapeValues,
  tableFor,
  turnHead,
  type RopeAttrs,
  type RopeShape,
} from './ropeAngles';
import { normedRope, type HeadNorms } from './ropeNormed';
import { typeOf, type Lanes } from '../../device/lanes';
import { startField } from '../../device/windowStart';

export type { RopeShape } from './ropeAngles';
export type { HeadNorms } from './ropeNormed';

/** Forward turns by +1 times the angle, the gradient by −1 times. */
type Attrs = RopeAttrs & { sign: 1 | -1 };

const Params = struct('Params', { ...SHAPE_FIELDS, n: 'u32', sign: 'f32' });

const turned = shader(
  'rope',
  ({ lanes, positioned }: { lanes: Lanes; positioned: boolean }) => `
alias T = ${typeOf(lanes)};
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(${positioned ? 4 : 3}) var<uniform> p: Params;
${angleOf(lanes, 2, positioned)}
${flatMain(`let j = i % p.half;
  let head = i / p.half;
  let low = 2u * p.half * head + j;
  let a = x[low];
  let b = x[low + p.half];
  if (head % p.heads >= p.turned) {
    y[low] = a;
    y[low + p.half] = b;
    return;
  }
  let angle = angleOf(head / p.heads, j);
  let s = p.sign * angle.s;
  y[low] = a * angle.c - b * s;
  y[low + p.half] = b * angle.c + a * s;`)}`,
);

type Inputs<T> = { x: T; positions?: T };

function onGpu({ x, positions }: Inputs<TensorInfo>, attrs: Attrs): TensorInfo[] {
  const { heads, kvHeads, headDim, sign } = attrs;
  const y = gpu().alloc(x.shape);
  const lanes: Lanes = headDim % 8 === 0 ? 4 : 1;
  const n = (x.shape[0]! * (heads + 2 * kvHeads) * headDim) / 2 / lanes;
  const reads = [x, tableFor(attrs), ...(positions ? [positions] : [])];
  gpu().run({
    shader: turned({ lanes, positioned: !!positions }),
    binds: [{ tensor: y, write: true }, ...reads.map((tensor) => ({ tensor }))],
    ...Params.split({ ...shapeValues(attrs, lanes), n, sign }, startField(attrs.start)),
    workgroups: flatGrid(n),
  });
  return [y];
}

function reference({ x, positions }: Inputs<CpuTensor>, attrs: Attrs): CpuTensor[] {
  const { heads, kvHeads, headDim, theta, scaling, sign } = attrs;
  const y = { shape: x.shape, data: x.data.slice() };
  const frequencies = ropeFrequencies(headDim, theta, scaling);
  positionsOf(x.shape[0]!, attrs, positions).forEach((position, n) => {
    for (let head = 0; head < heads + kvHeads; head++)
      turnHead(y.data, x.data, (n * (heads + 2 * kvHeads) + head) * headDim, frequencies, sign * position);
  });
  return [y];
}

const wasm = (inputs: Inputs<TensorInfo>, attrs: Attrs): TensorInfo[] => [ropeOnHeap(inputs, attrs)];

const turnedBack = defineOp<'x', Attrs, 'positions'>({ name: 'AtelierRopeGradient', gpu: onGpu, reference, wasm });

const ropeOp = defineOp<'x', Attrs, 'positions'>({
  name: 'AtelierRope',
  gpu: onGpu,
  reference,
  wasm,
  save: { optional: ['positions'] },
  gradient: ([dy], [positions], attrs) => ({
    x: () => turnedBack({ x: dy!, positions }, { ...attrs, sign: -1 })[0]!,
  }),
});

export interface RopeInputs {
  /**
   * int32 [N]: the position of each token, where windows hold several texts; else they count from `start` in each
   * window.
   */
  positions?: Tensor | undefined;
  /** Query and key heads are normed before they are turned. */
  norms?: HeadNorms | undefined;
}

/**
 * qkv [N, (H+2K)·D] with its query and key heads turned by their positions.
 * @throws RangeError for an odd head dimension, or a position that has no angle
 */
export function rope(qkv: Tensor, shape: RopeShape, { positions, norms }: RopeInputs = {}): Tensor {
  const { headDim, length, start = 0 } = shape;
  if (headDim % 2) throw new RangeError(`a head of ${headDim} numbers has no pairs to turn`);
  if (typeof start === 'number' && start + length > MOST_POSITIONS)
    throw new RangeError(`position ${start + length - 1} is beyond the last one, ${MOST_POSITIONS - 1}`);
  const attrs: RopeAttrs = { ...shape, start };
  if (tf.getBackend() === 'webgpu') tableFor(attrs);
  return norms ? normedRope(qkv, attrs, norms, positions) : ropeOp({ x: qkv, positions }, { ...attrs, sign: 1 })[0]!;
}
