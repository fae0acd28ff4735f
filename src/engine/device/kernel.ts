/**
 * The one door to TensorFlow.js' insides (version 4.22.0, pinned): the members named in tfjsInternals.ts and
 * `TapeOwner` are used here and nowhere else. Ops call `gpu().run`, which records a raw dispatch into the command
 * stream of tfjs' WebGPU backend: any number of writable buffers, any element type, `enable` lines allowed, and a tenth
 * of the JavaScript of a tfjs kernel.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { AtelierError } from '../../base/errors/errors';
import type { Pool } from './arena';
import { Captures } from './captures';
import { CountingDevice, mostBytesOf } from './countingDevice';
import { setDevice, type Device } from './currentDevice';
import type { Dispatch } from './dispatch';
import { Pipelines } from './pipelines';
import { SLOT } from './plan';
import { Staging } from './staging';
import { internalsOf, type BufferPool, type Internals } from './tfjsInternals';
import type { TapeNode } from './tapeNode';

export { defineOp, runOp, zeros } from './defineOp';
export type { Attrs, CpuTensor, Op } from './defineOp';
export { FLAT_GROUP, flatGrid, flatIndex, flatMain, grid1d } from './grid';
export { fixedShader, shader } from './shader';
export { struct } from './struct';
export type { Arena } from './arena';
export type { Bind, Dispatch } from './dispatch';
export type { DispatchPlan } from './plan';
export { adding } from './tapeNode';
export type { GradientClosure, TapeNode } from './tapeNode';

interface TapeOwner {
  startTape(): void;
  endTape(): void;
  state: { activeTape: TapeNode[] | null; gradientDepth: number; kernelDepth: number };
}

/**
 * Dispatches per submit: larger batches save JavaScript, smaller ones keep the page's own frames flowing between ours.
 */
const BATCH = 64;

function refuseLarger(bytes: number, most: number): void {
  const mebibytes = (n: number): number => Math.ceil(n / 2 ** 20);
  if (bytes > most) throw new AtelierError('buffer-too-large', { needed: mebibytes(bytes), allowed: mebibytes(most) });
}

/** Raw dispatches, buffers and read-backs on the device that tfjs' WebGPU backend runs on. */
export class Gpu extends Captures implements Device {
  readonly kind = 'gpu';
  /** Bytes of the largest tensor: what the device allows; tests set less. */
  mostBytes: number;
  /** Set by tests: every dispatch is checked to have the WGSL that its key was first used with. */
  verifyKeys = false;
  #b: Internals;
  /** tfjs' own pool. */
  #shared: BufferPool;
  #pipelines: Pipelines;
  #staging: Staging;
  #ring: GPUBuffer;
  #host = new ArrayBuffer(SLOT * BATCH);
  #views = Array.from({ length: BATCH }, (_, i) => new DataView(this.#host, i * SLOT, SLOT));
  #slot = 0;
  #fault: AtelierError | undefined;
  /** Why a read failed, as far as it says. `#fault` goes before it: the device tells the cause, often later. */
  #unread: AtelierError | undefined;

  constructor(backend: WebGPUBackend, device: GPUDevice) {
    super(device);
    this.mostBytes = mostBytesOf(device.limits);
    this.#b = internalsOf(backend);
    this.#shared = this.#b.bufferManager as BufferPool;
    this.#pipelines = new Pipelines(device, SLOT);
    this.#staging = new Staging(device);
    this.#ring = device.createBuffer({ size: SLOT * BATCH, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.#writeRingBeforeSubmit();
    this.#keepTfjsOutOfArenas();
    device.addEventListener('uncapturederror', ({ error }) => this.#giveUp(error));
    void device.lost.then((info) => {
      this.#fault ??= new AtelierError('gpu-lost', { reason: info.reason, message: info.message });
    });
  }

  /** One upload of all uniforms per submit instead of one per dispatch; tfjs' own submits pass here too. */
  #writeRingBeforeSubmit(): void {
    const submit = this.#b.submitQueue;
    this.#b.submitQueue = () => {
      if (this.#slot) this.#b.queue.writeBuffer(this.#ring, 0, this.#host, 0, this.#slot * SLOT);
      this.#slot = 0;
      // a submit returns tfjs' earlier uniforms and staging buffers to the pool that is set: their own, not an arena's
      this.from(this.#shared, () => submit.call(this.#b));
    };
  }

  /** A tfjs kernel would not be in the plan, and gives its uniforms back to whatever pool is there at the submit. */
  #keepTfjsOutOfArenas(): void {
    const run = this.#b.runWebGPUProgram;
    this.#b.runWebGPUProgram = (...args) => {
      if (this.#b.bufferManager !== this.#shared) throw new Error('a tfjs kernel in an arena');
      return run.apply(this.#b, args);
    };
  }

  /** Why nothing can be read any more. */
  get fault(): AtelierError | undefined {
    return this.#fault;
  }

  /**
   * The first error explains the later ones. What comes after it cannot be trusted: the device is closed, and its
   * memory is free.
   */
  #giveUp(error: GPUError): void {
    const code = error instanceof GPUOutOfMemoryError ? 'gpu-memory' : 'gpu-fault';
    this.#fault ??= new AtelierError(code, { message: error.message });
    this.#close();
  }

  /** Later, as Dawn (https://dawn.googlesource.com/dawn) holds a lock of the device during its callbacks. */
  #close(): void {
    setTimeout(() => this.device.destroy());
  }

  /** The buffer behind a tensor; values that wait in JavaScript are uploaded first (which may end the pass). */
  #buffer(tensor: TensorInfo): GPUBuffer {
    const data = this.#b.tensorMap.get(tensor.dataId);
    if (data.resource) return data.resource;
    if (this.#b.bufferManager !== this.#shared) throw new Error('values in JavaScript are used in an arena');
    this.#b.uploadToGPU(tensor.dataId);
    return data.resource!;
  }

  /** Records one dispatch after all recorded so far; it is submitted with its batch or at the next flush or read. */
  run(dispatch: Dispatch): void {
    const { binds, params, live, workgroups } = dispatch;
    const compiled = this.#pipelines.get(dispatch, this.verifyKeys);
    const buffers = binds.map((bind) => this.#buffer(bind.tensor));
    // tfjs keeps the values of a tensor that was read once; after a kernel wrote into it they would be old.
    for (const bind of binds) if (bind.write) this.#b.tensorMap.get(bind.tensor.dataId).values = null;
    if (this.recorded) return void this.recorded.push({ compiled, buffers, params, live, workgroups });
    const entries: GPUBindGroupEntry[] = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    entries.push({ binding: binds.length, resource: { buffer: this.#ring, size: SLOT } });
    params?.(this.#views[this.#slot]!);
    live?.(this.#views[this.#slot]!);
    this.#b.ensureCommandEncoderReady();
    const pass = (this.#b.computePassEncoder ??= this.#b.commandEncoder!.beginComputePass());
    pass.setPipeline(compiled.pipeline);
    pass.setBindGroup(0, this.device.createBindGroup({ layout: compiled.layout, entries }), [this.#slot++ * SLOT]);
    pass.dispatchWorkgroups(...workgroups);
    if (++this.#b.dispatchCountInPass >= BATCH) this.flush();
  }

  /**
   * A tensor of this shape, with whatever its recycled buffer held. Buffers return to the pool when their last tensor
   * is disposed, without waiting for the submit: the queue runs dispatches in order, so a later writer cannot overtake
   * an earlier reader.
   * @throws buffer-too-large
   */
  alloc(shape: number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    refuseLarger(4 * tf.util.sizeFromShape(shape), this.mostBytes);
    const tensor = this.#b.makeTensorInfo(shape, dtype);
    // at once, so that the buffer comes from the pool of now and not from that of its first use
    this.#b.uploadToGPU(tensor.dataId);
    return tensor;
  }

  /** An f32 tensor that outlives the step in which it is made, captured or not: a table that an op keeps. */
  constant(shape: number[], data: Float32Array<ArrayBuffer>): TensorInfo {
    const make = (): TensorInfo => {
      const tensor = this.alloc(shape);
      this.write(tensor, data);
      return tensor;
    };
    return this.unrecorded(() => this.from(this.#shared, make));
  }

  /** Frees what `alloc` gave and no tfjs tensor wraps: scratch buffers of an op. */
  dispose(tensor: TensorInfo): void {
    this.#b.disposeData(tensor.dataId);
  }

  /** Puts bytes into a tensor, ordered after the dispatches recorded so far. Offset and length are multiples of 4. */
  write(tensor: TensorInfo, data: ArrayBufferView<ArrayBuffer>, byteOffset = 0): void {
    this.refuseWhileCapturing('write');
    this.flush();
    const buffer = this.#buffer(tensor);
    this.#b.queue.writeBuffer(buffer, byteOffset, data.buffer, data.byteOffset, data.byteLength);
    this.#b.tensorMap.get(tensor.dataId).values = null;
  }

  /**
   * Reads bytes of a tensor back, after all dispatches so far: a sync point. Offset and length are multiples of 4.
   * @throws gpu-lost, gpu-memory, gpu-fault; for errors of earlier dispatches too, so that no result is wrong
   */
  async read(
    tensor: TensorInfo,
    byteOffset = 0,
    byteLength = 4 * tf.util.sizeFromShape(tensor.shape) - byteOffset,
  ): Promise<ArrayBuffer> {
    this.refuseWhileCapturing('read');
    this.#throwIfFaulty();
    const source = this.#buffer(tensor);
    const staging = this.#staging.take(byteLength);
    this.#b.ensureCommandEncoderReady();
    this.#b.endComputePassEncoder();
    this.#b.commandEncoder!.copyBufferToBuffer(source, byteOffset, staging, 0, byteLength);
    this.#b.submitQueue();
    const bytes = await this.#staging.bytes(staging, byteLength).catch((thrown: unknown) => {
      this.#unread ??= new AtelierError('gpu-fault', { message: String(thrown) });
      this.#close();
    });
    this.#throwIfFaulty();
    return bytes as ArrayBuffer;
  }

  #throwIfFaulty(): void {
    const fault = this.#fault ?? this.#unread;
    if (fault) throw fault;
  }

  /** Submits what is recorded. */
  flush(): void {
    if (!this.#b.commandEncoder) return;
    this.#b.endComputePassEncoder();
    this.#b.submitQueue();
  }

  protected from<T>(pool: Pool, f: () => T): T {
    const outer = this.#b.bufferManager;
    this.#b.bufferManager = pool;
    try {
      return f();
    } finally {
      this.#b.bufferManager = outer;
    }
  }

  protected inPass(encode: (pass: GPUComputePassEncoder) => void): void {
    this.#b.ensureCommandEncoderReady();
    const pass = this.#b.commandEncoder!.beginComputePass();
    encode(pass);
    pass.end();
  }

  /**
   * `allocated`: bytes of all buffers on the device, free ones of the pools included; `used`: bytes held by live
   * tensors.
   */
  bytes(): { allocated: number; used: number } {
    const { numBytesAllocated, numBytesUsed } = this.#shared;
    return {
      allocated: numBytesAllocated + this.arenaBytes + this.#ring.size + this.#staging.byteLength,
      used: numBytesUsed,
    };
  }

  /** Gives the pool's free buffers back to the device; tfjs never does, and keeps a list for every size it ever met. */
  trim(): void {
    this.flush();
    const pool = this.#shared;
    for (const [key, buffers] of pool.freeBuffers) {
      for (const buffer of buffers) {
        pool.numBytesAllocated -= buffer.size;
        buffer.destroy();
      }
      pool.numFreeBuffers -= buffers.length;
      // The list itself stays: tfjs' releaseBuffer expects one for every size in use.
      pool.freeBuffers.set(key, []);
    }
    this.#staging.trim();
  }
}

let current: Gpu | undefined;

/**
 * The attached GPU.
 * @throws engine-closed before `openEngine` and after its `dispose`
 */
export function gpu(): Gpu {
  if (!current) throw new AtelierError('engine-closed');
  return current;
}

/**
 * Runs `f` with a device that counts in place of the open GPU, if any. What allocates and dispatches is all that `f`
 * may use of it.
 * @param mostBytes of a tensor; absent: what the open GPU allows
 */
export function withCounter<T>(f: (counter: CountingDevice) => T, mostBytes = current?.mostBytes): T {
  const counter = new CountingDevice(current?.device.limits, mostBytes);
  const [before, device] = [current, setDevice(counter)];
  current = counter as unknown as Gpu;
  try {
    return counter.asBackend(() => f(counter));
  } finally {
    current = before;
    setDevice(device);
  }
}

/** Registers tfjs' WebGPU backend on this device and makes it current; any earlier one is removed. */
export async function attach(device: GPUDevice, info: GPUAdapterInfo): Promise<Gpu> {
  const backend = new WebGPUBackend(device, info);
  const attached = new Gpu(backend, device);
  detach();
  if (tf.engine().backendNames().includes('webgpu')) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => backend, 10);
  await tf.setBackend('webgpu');
  // Small tensors that wait in JavaScript would otherwise be computed there, with other rounding.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', BATCH);
  current = attached;
  setDevice(attached);
  return attached;
}

/** Frees the buffers of the attached backend and forgets it. Does nothing if `named` is no longer the attached one. */
export function detach(named = current): void {
  if (!current || current !== named) return;
  current = undefined;
  setDevice(undefined);
  tf.removeBackend('webgpu');
}

/**
 * Runs `f` with tfjs' tape on. The caller owns the value and disposes `saved` of every node. Recordings do not nest.
 */
export function record<T extends tf.TensorContainer>(f: () => T): { value: T; tape: TapeNode[] } {
  const engine = tf.engine() as unknown as TapeOwner;
  if (engine.state.gradientDepth) throw new Error('the tape is already on');
  engine.startTape();
  const tape = engine.state.activeTape!;
  try {
    return { value: tf.tidy(f), tape };
  } catch (thrown) {
    for (const node of tape) node.saved?.forEach((t) => t.dispose());
    throw thrown;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** What tfjs knows of the tape, live: for `recording.ts`. */
export const tapeState = () => (tf.engine() as unknown as TapeOwner).state;

/** How many tensors share this one's buffer (clones and reshapes do), itself included. */
export function sharers(tensor: Tensor): number {
  return tf.engine().backend.refCount(tensor.dataId);
}
