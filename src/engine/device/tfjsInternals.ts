/**
 * The members of tfjs' WebGPU backend (version 4.22.0, pinned) that are private in its types and that kernel.ts uses;
 * nobody else does. They are looked for as a device is attached, so that another version of tfjs fails there by name.
 * Source: https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-webgpu/src/backend_webgpu.ts
 */
import { version_core } from '@tensorflow/tfjs-core';
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import { AtelierError } from '../../base/errors/errors';
import type { Pool } from './arena';

/** tfjs' entry of a tensor: values that wait in JavaScript, or the buffer they were uploaded to. */
interface BufferedTensor {
  values: unknown;
  dtype: string;
  shape: number[];
  resource?: GPUBuffer;
}

/** tfjs' own pool of buffers, with its counts. */
export interface BufferPool extends Pool {
  numBytesUsed: number;
  numBytesAllocated: number;
  numFreeBuffers: number;
  freeBuffers: Map<string, GPUBuffer[]>;
}

/** What we use of `WebGPUBackend`; the fields of the command stream are private in its TypeScript. */
export interface Internals {
  queue: GPUQueue;
  tensorMap: { get(id: DataId): BufferedTensor };
  bufferManager: Pool;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  uploadToGPU(id: DataId): void;
  makeTensorInfo(shape: number[], dtype: string): TensorInfo;
  disposeData(id: DataId): boolean;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  runWebGPUProgram(...args: unknown[]): TensorInfo;
}

const METHODS = [
  'uploadToGPU',
  'makeTensorInfo',
  'disposeData',
  'ensureCommandEncoderReady',
  'endComputePassEncoder',
  'submitQueue',
  'runWebGPUProgram',
];
const FIELDS = ['queue', 'tensorMap', 'bufferManager', 'commandEncoder', 'computePassEncoder', 'dispatchCountInPass'];
const POOL_METHODS = ['acquireBuffer', 'releaseBuffer'];

const hasMethod = (of: object, name: string): boolean => typeof Reflect.get(of, name) === 'function';

function missingOf(backend: object): string[] {
  const found: unknown = Reflect.get(backend, 'bufferManager');
  const pool = typeof found === 'object' && found ? found : {};
  return [
    ...METHODS.filter((name) => !hasMethod(backend, name)),
    ...FIELDS.filter((name) => !(name in backend)),
    ...POOL_METHODS.filter((name) => !hasMethod(pool, name)),
    ...(Reflect.get(pool, 'freeBuffers') instanceof Map ? [] : ['freeBuffers']),
  ];
}

const isComplete = (backend: object): backend is Internals => missingOf(backend).length === 0;

/**
 * The same backend with its private members.
 * @throws engine-shell where one of them is missing
 */
export function internalsOf(backend: object): Internals {
  if (isComplete(backend)) return backend;
  throw new AtelierError('engine-shell', { missing: missingOf(backend).join(', '), version: version_core });
}
