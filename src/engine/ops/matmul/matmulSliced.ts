/**
 * Variant `sliced32`: C of few tiles with a deep K leaves most of a GPU idle, so K is cut into slices. Each z of the
 * grid sums one of them with the tiles of `workgroup32` into a matrix of its own; a second dispatch adds these, always
 * in the order of K (no atomics, so the bits are the same each time), with what else the product is to have. The
 * scratch takes no more than 2 MiB.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { FLAT_GROUP, flatGrid, flatIndex, shader, struct, type Dispatch } from '../../device/kernel';
import { finished, type Epilogue, type MatmulJob } from './matmulSpec';
import { DEPTH } from './matmulWorkgroup';

const SIDE = 32;
/** A shorter slice does not pay for its part of the second dispatch. */
const LEAST = 256;
/** Workgroups with which a large GPU is busy. */
const ENOUGH = 256;

/** Terms of each slice; K where there is one. */
export function sliceOf(M: number, N: number, K: number): number {
  const tiles = Math.ceil(M / SIDE) * Math.ceil(N / SIDE);
  const slices = Math.min(Math.floor(K / LEAST), Math.ceil(ENOUGH / tiles));
  return slices < 2 ? K : DEPTH * Math.ceil(K / slices / DEPTH);
}

/** The first dispatch: the sums of the slices, one matrix [M, N] after the other. */
export function slicedJob(job: MatmulJob, slice: number): MatmulJob {
  const { M, N, K, at, step } = job.windows[0]!;
  return {
    ...{ ...job, epilogue: 'store', bias: false, alpha: 1 },
    windows: [{ M, N, K, at: [0, at[1], at[2]], step: [N, step[1], step[2]], slice }],
    count: Math.ceil(K / slice),
    batch: [M * N, 0, 0],
  };
}

const Params = struct('Params', {
  n: 'u32',
  width: 'u32',
  slices: 'u32',
  at: 'u32',
  step: 'u32',
  biasAt: 'u32',
  alpha: 'f32',
});

const added = shader('matmul slices', ({ epilogue, bias }: { epilogue: Epilogue; bias: boolean }) => {
  const inputs = ['parts', ...(bias ? ['bias'] : []), ...(epilogue === 'residual' ? ['R'] : [])];
  return `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> C: array<f32>;
${inputs.map((name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name}: array<f32>;`).join('\n')}
@group(0) @binding(${inputs.length + 1}) var<uniform> p: Params;
@compute @workgroup_size(${FLAT_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let at = ${flatIndex(FLAT_GROUP)};
  if (at >= p.n) { return; }
  var sum = 0.0;
  for (var z = 0u; z < p.slices; z++) { sum += parts[z * p.n + at]; }
  let column = at % p.width;
  let i = p.at + at / p.width * p.step + column;
  let b = p.biasAt + column;
  C[i] = ${finished({ epilogue, bias }, 'sum')};
}`;
});

/** The second dispatch. `reads`: bias and residual, if any. */
export function addSlices(
  job: MatmulJob,
  slice: number,
  c: TensorInfo,
  parts: TensorInfo,
  reads: TensorInfo[],
): Dispatch {
  const { epilogue, bias, alpha } = job;
  const { M, N, K, at, step, biasAt = 0 } = job.windows[0]!;
  return {
    shader: added({ epilogue, bias }),
    binds: [{ tensor: c, write: true }, { tensor: parts }, ...reads.map((tensor) => ({ tensor }))],
    params: Params.all({
      ...{ n: M * N, width: N, slices: Math.ceil(K / slice) },
      at: at[0],
      step: step[0],
      biasAt,
      alpha,
    }),
    workgroups: flatGrid(M * N),
  };
}
