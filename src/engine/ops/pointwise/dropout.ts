/**
 * Dropout (Srivastava et al., 2014): y = x·m / (1 − rate), m one with probability 1 − rate, else zero; dx = dy·m / (1 −
 * rate). The mask is never stored. It is Philox of (update, row, four columns) under the key (seed, site), so the
 * backward pass and a replay compute it again, and a window has the same mask however the windows of a step are split
 * into micro-batches.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, flatGrid, flatMain, gpu, shader, struct, zeros, type CpuTensor } from '../../device/kernel';
import { philox, philoxWgsl, type Key } from '../../device/philox';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';
import type { StepNumbers } from '../../device/stepNumbers';

export interface Dropout {
  /** Share of numbers that become zero: 0 ≤ rate < 1. */
  rate: number;
  /** Of the run; 32 bits count. */
  seed: number;
  /** Which dropout of the model it is, so that no two have one mask. */
  site: number;
  /** Row of the step's whole batch that the first row here is; default 0. */
  firstRow?: number;
  /** Of the trainer: `update` is read whenever params are written. */
  numbers: Readonly<Pick<StepNumbers, 'update'>>;
}

const Params = struct('Params', {
  n: 'u32',
  groups: 'u32',
  columns: 'u32',
  firstRow: 'u32',
  seed: 'u32',
  site: 'u32',
  threshold: 'u32',
  scale: 'f32',
  update: 'u32',
});

/** An invocation takes four columns of a row: what one Philox gives. */
const masked = shader(
  'dropout',
  ({ lanes }: { lanes: Lanes }) => `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<${typeOf(lanes)}>;
@group(0) @binding(1) var<storage, read> x: array<${typeOf(lanes)}>;
@group(0) @binding(2) var<uniform> p: Params;
${philoxWgsl}
${flatMain(`let row = i / p.groups;
  let four = i % p.groups;
  let bits = philox(vec4u(p.update, p.firstRow + row, four, 0u), vec2u(p.seed, p.site));
  ${
    lanes === 4
      ? 'y[i] = select(vec4f(0.0), x[i] * p.scale, bits >= vec4u(p.threshold));'
      : `for (var c = 0u; c < min(4u, p.columns - 4u * four); c++) {
    let at = row * p.columns + 4u * four + c;
    y[at] = select(0.0, x[at] * p.scale, bits[c] >= p.threshold);
  }`
  }`)}`,
);

const thresholdOf = (rate: number): number => Math.floor(rate * 2 ** 32);

function onGpu({ x }: Record<'x', TensorInfo>, attrs: Required<Dropout>): TensorInfo[] {
  const { rate, seed, site, firstRow, numbers } = attrs;
  const [rows, columns] = [x.shape[0]!, x.shape[1]!];
  const groups = Math.ceil(columns / 4);
  const y = gpu().alloc(x.shape);
  gpu().run({
    shader: masked({ lanes: lanesOf(columns) }),
    binds: [{ tensor: y, write: true }, { tensor: x }],
    ...Params.split(
      {
        ...{ n: rows * groups, groups, columns, firstRow, seed, site },
        ...{ threshold: thresholdOf(rate), scale: 1 / (1 - rate) },
      },
      () => ({ update: numbers.update }),
    ),
    workgroups: flatGrid(rows * groups),
  });
  return [y];
}

function reference({ x }: Record<'x', CpuTensor>, attrs: Required<Dropout>): CpuTensor[] {
  const { rate, seed, site, firstRow, numbers } = attrs;
  const key: Key = [seed >>> 0, site];
  const columns = x.shape[1]!;
  const y = zeros(x.shape, x);
  for (let row = 0; row < x.shape[0]!; row++)
    for (let c = 0; c < columns; c += 4)
      philox([numbers.update, firstRow + row, c / 4, 0], key).forEach((bits, k) => {
        const at = row * columns + c + k;
        if (c + k < columns && bits >= thresholdOf(rate)) y.data[at] = x.data[at]! / (1 - rate);
      });
  return [y];
}

const maskedAgain = defineOp<'x', Required<Dropout>>({ name: 'AtelierDropoutGradient', gpu: onGpu, reference });

const dropoutOp = defineOp<'x', Required<Dropout>>({
  name: 'AtelierDropout',
  gpu: onGpu,
  reference,
  gradient: ([dy], _saved, attrs) => ({ x: () => maskedAgain({ x: dy! }, attrs)[0]! }),
});

/**
 * x [N, C] with a share of its numbers zero and the others larger for it; x itself where the rate is 0. Throws
 * RangeError for a rate outside 0 … 1.
 */
export function dropout(x: Tensor, options: Dropout): Tensor {
  const { rate } = options;
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`a dropout rate of ${rate} is outside 0 … 1`);
  return rate ? dropoutOp({ x }, { firstRow: 0, ...options })[0]! : x;
}
