/**
 * What the engine needs of the device that computes: room for tensors, and their bytes in and out. The GPU (kernel.ts)
 * and the memory of the CPU path (wasmMemory.ts) are the two devices; one is open at a time.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { AtelierError } from '../../base/errors/errors';

export interface Device {
  readonly kind: 'gpu' | 'cpu';
  /** Bytes of the largest tensor that a kernel can bind. */
  readonly mostBytes: number;
  /** A tensor of this shape, with whatever its memory held. */
  alloc(shape: number[], dtype?: 'float32' | 'int32'): TensorInfo;
  /** Frees what `alloc` gave and no tfjs tensor wraps. */
  dispose(tensor: TensorInfo): void;
  /** Puts bytes into a tensor, after all work queued so far. Offset and length are multiples of 4. */
  write(tensor: TensorInfo, data: ArrayBufferView<ArrayBuffer>, byteOffset?: number): void;
  /** The bytes as all work queued so far leaves them, whatever is queued before the promise settles. */
  read(tensor: TensorInfo, byteOffset?: number, byteLength?: number): Promise<ArrayBuffer>;
  /** `allocated`: bytes that the device holds, free ones included; `used`: those of live tensors. */
  bytes(): { allocated: number; used: number };
}

let current: Device | undefined;

/**
 * The open device.
 * @throws engine-closed before one is opened and after its end
 */
export function device(): Device {
  if (!current) throw new AtelierError('engine-closed');
  return current;
}

/** Called by the devices themselves, as they open and close. Returns the one before. */
export function setDevice(opened: Device | undefined): Device | undefined {
  const before = current;
  current = opened;
  return before;
}

/** Whether the CPU computes: ops without a tfjs kernel of their own choose their loops by it. */
export const onCpu = (): boolean => current?.kind === 'cpu';
