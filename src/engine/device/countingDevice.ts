/**
 * A device that only counts: it takes the place of the GPU while a trainer is made and its step captured, and knows
 * afterwards what that takes on a GPU, because the very code ran that will run there. No buffer is made, no shader
 * compiled, no adapter needed.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { assignBuffers, Lifetimes } from './arena';
import type { Device } from './currentDevice';
import { SLOT } from './plan';

/** The name under which ops are registered for it. */
export const COUNTING = 'counting';

/** Identities of tensors; their data does not exist. */
class CountingBackend extends tf.KernelBackend {
  readonly #references = new Map<object, number>();

  constructor(readonly released: (id: object) => void) {
    super();
  }

  make(shape: number[], dtype: DataType): TensorInfo {
    const dataId = {};
    this.#references.set(dataId, 1);
    return { dataId, shape, dtype };
  }

  /** Values that wait in JavaScript take no memory of a GPU; nothing in a step may use them. */
  override write(_values: unknown, shape: number[], dtype: DataType): object {
    return this.make(shape, dtype).dataId;
  }

  override refCount(id: object): number {
    return this.#references.get(id) ?? 0;
  }

  override incRef(id: object): void {
    this.#references.set(id, this.refCount(id) + 1);
  }

  override disposeData(id: object): boolean {
    const left = this.refCount(id) - 1;
    if (left > 0) {
      this.#references.set(id, left);
      return false;
    }
    if (this.#references.delete(id)) this.released(id);
    return true;
  }

  override numDataIds(): number {
    return this.#references.size;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override dispose(): void {
    this.#references.clear();
  }
}

for (const kernelName of ['Identity', 'Reshape'])
  tf.registerKernel({
    kernelName,
    backendName: COUNTING,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dataId, dtype, shape } = inputs['x']!;
      (backend as CountingBackend).incRef(dataId);
      return { dataId, dtype, shape: (attrs as { shape?: number[] } | undefined)?.shape ?? shape };
    },
  });

/** Limits that ops ask for. */
type Limits = Pick<
  GPUSupportedLimits,
  'maxStorageBuffersPerShaderStage' | 'maxBufferSize' | 'maxStorageBufferBindingSize'
>;
/** Those that WebGPU guarantees (https://www.w3.org/TR/webgpu/#limits). */
const GUARANTEED: Limits = {
  maxStorageBuffersPerShaderStage: 8,
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
};

/** Bytes of the largest tensor: a buffer is bound whole, in numbers of four bytes. */
export const mostBytesOf = (limits: Pick<Limits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>): number =>
  4 * Math.floor(Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) / 4);

/** Counts the bytes of what is allocated and captured, with the interface of `Gpu` as far as a step uses it. */
export class CountingDevice implements Device {
  readonly kind = 'gpu';
  readonly device: { limits: Limits };
  readonly mostBytes: number;
  /** Bytes of tensors outside of captured steps. */
  outside = 0;
  /** Bytes of the params of captured dispatches. */
  params = 0;
  /** Sizes of the buffers that captured steps share. */
  shared: number[] = [];
  /** The largest tensor. */
  largest = 0;
  readonly #sizes = new Map<object, number>();
  readonly #backend = new CountingBackend((id) => this.#release(id));
  #captured: Lifetimes<object> | undefined;

  /** @param limits of the GPU that is counted for; absent where none is open */
  constructor(limits = GUARANTEED, mostBytes = mostBytesOf(limits)) {
    this.device = { limits };
    this.mostBytes = mostBytes;
  }

  /** Runs `f` with tfjs on this device; synchronous, so that no other code sees it. */
  asBackend<T>(f: () => T): T {
    const before = tf.engine().backendName as string | null;
    tf.registerBackend(COUNTING, () => this.#backend);
    void tf.setBackend(COUNTING);
    try {
      return f();
    } finally {
      if (before) void tf.setBackend(before);
      tf.removeBackend(COUNTING);
    }
  }

  alloc(shape: number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    const tensor = this.#backend.make(shape, dtype);
    const size = 4 * tf.util.sizeFromShape(shape);
    this.largest = Math.max(this.largest, size);
    if (this.#captured) this.#captured.begin(tensor.dataId, size);
    else this.outside += size;
    this.#sizes.set(tensor.dataId, size);
    return tensor;
  }

  #release(id: object): void {
    if (this.#captured?.all.has(id)) return this.#captured.end(id);
    this.outside -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
  }

  dispose({ dataId }: TensorInfo): void {
    this.#backend.disposeData(dataId);
  }

  /** Never released, as on the GPU: a table is kept for all later steps. */
  constant(shape: number[]): TensorInfo {
    this.outside += 4 * tf.util.sizeFromShape(shape);
    return { dataId: {}, shape, dtype: 'float32' };
  }

  write(): void {}

  read(): Promise<ArrayBuffer> {
    return Promise.reject(new Error('a device that only counts has no values'));
  }

  /** Only captured dispatches have params of their own. */
  run(): void {
    if (this.#captured) this.params += SLOT;
  }

  newArena(): object {
    return {};
  }

  freeArena(): void {}

  /** @returns in place of a plan: nobody replays it */
  capture(_arena: object, f: () => void): object {
    const captured = (this.#captured = new Lifetimes());
    try {
      f();
    } finally {
      this.#captured = undefined;
    }
    this.shared = assignBuffers([...captured.all.values()], this.shared).sizes;
    return {};
  }

  bytes(): { allocated: number; used: number } {
    const shared = this.shared.reduce((sum, size) => sum + size, 0);
    return { allocated: this.outside + this.params + shared, used: this.outside };
  }
}
