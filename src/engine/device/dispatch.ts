/** What an op hands to the GPU: one compute shader with its buffers, its params and its size. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Shader } from './shader';

/**
 * One storage buffer of a dispatch; `write` makes it `read_write` in the shader. A buffer may be bound once per
 * dispatch.
 */
export interface Bind {
  tensor: TensorInfo;
  write?: true;
}

export interface Dispatch {
  /** Made by `shader.ts` from the op's name and every constant in its WGSL. */
  shader: Shader;
  binds: Bind[];
  /** Writes the params struct, at most 256 bytes, little-endian. */
  params?: (view: DataView) => void;
  /** Writes what differs from step to step, after `params`; a replay of the dispatch calls it again. */
  live?: (view: DataView) => void;
  workgroups: [number, number, number];
}
