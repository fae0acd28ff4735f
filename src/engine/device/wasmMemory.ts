/**
 * The CPU's device: tensors on the WebAssembly heap of tfjs' wasm backend (version 4.22.0, pinned), loops of ours over
 * that heap, and the kernels of XNNPACK behind tfjs' entry points, which are called by address and so work on any part
 * of the heap without a copy. The heap grows when it is full, and every view of it dies then: take `f32` and `i32`
 * after the last allocation and after every call of an XNNPACK kernel, which allocates too.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { AtelierError } from '../../base/errors/errors';
import type { Device } from './currentDevice';

/** tfjs' C++ knows tensors by number. Its own numbers count from 1; these name parts of the heap during one call. */
const [PART_A, PART_B, PART_C] = [0x7ffffff0, 0x7ffffff1, 0x7ffffff2];
/** The activation of tfjs' fused product that does nothing. */
const LINEAR = 0;

/** What we use of the Emscripten module besides `tfjs`; asserted at the start. */
interface Internals {
  HEAPU8: Uint8Array<ArrayBuffer>;
  HEAPF32: Float32Array<ArrayBuffer>;
  HEAP32: Int32Array<ArrayBuffer>;
  _malloc(bytes: number): number;
  _free(offset: number): void;
  cwrap(name: string, returned: null, parameters: string[]): (...numbers: number[]) => void;
}
type Module = BackendWasm['wasm'] & Internals;
const MEMBERS: (keyof Module)[] = ['HEAPU8', 'HEAPF32', 'HEAP32', '_malloc', '_free', 'cwrap', 'tfjs'];

type FusedMatMul = (...numbers: number[]) => void;
type Sigmoid = (x: number, y: number) => void;
type Softmax = (x: number, y: number, width: number, rows: number) => void;

const numbers = (count: number): string[] => Array<string>(count).fill('number');

/** The CPU as a device: tensors are ranges of one WebAssembly memory. */
export class WasmMemory implements Device {
  readonly kind = 'cpu';
  readonly mostBytes = Infinity;
  readonly #wasm: Module;
  readonly #fusedMatMul: FusedMatMul;
  readonly #sigmoid: Sigmoid;
  readonly #softmax: Softmax;
  /** Shapes [1, rows, columns] of both operands of a product, which C++ reads from the heap. */
  readonly #shapes: number;
  readonly #scratch = new Map<string, { at: number; size: number }>();

  constructor(readonly backend: BackendWasm) {
    this.#wasm = backend.wasm as Module;
    const missing = MEMBERS.filter((name) => !(name in this.#wasm));
    if (missing.length)
      throw new AtelierError('engine-shell', { missing: missing.join(', '), version: tf.version_core });
    this.#fusedMatMul = this.#wasm.cwrap('_FusedMatMul', null, numbers(13));
    this.#sigmoid = this.#wasm.cwrap('Sigmoid', null, numbers(2));
    this.#softmax = this.#wasm.cwrap('Softmax', null, numbers(4));
    this.#shapes = this.#malloc(6);
  }

  /** The whole heap as floats; `at` says where a tensor begins in it. */
  get f32(): Float32Array {
    return this.#wasm.HEAPF32;
  }

  /** The same heap as integers. */
  get i32(): Int32Array {
    return this.#wasm.HEAP32;
  }

  /** Index of a tensor's first element in `f32` or `i32`. */
  at(tensor: TensorInfo): number {
    return this.backend.getMemoryOffset(tensor.dataId) >>> 2;
  }

  /** The elements of a tensor as an array of their own type, a view of the heap. */
  view(tensor: TensorInfo): Float32Array | Int32Array {
    const [from, size] = [this.at(tensor), tf.util.sizeFromShape(tensor.shape)];
    return (tensor.dtype === 'int32' ? this.i32 : this.f32).subarray(from, from + size);
  }

  alloc(shape: number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    const tensor = this.backend.makeOutput(shape, dtype);
    if (!this.at(tensor)) throw new AtelierError('cpu-memory', { bytes: 4 * tf.util.sizeFromShape(shape) });
    return tensor;
  }

  dispose(tensor: TensorInfo): void {
    this.backend.disposeData(tensor.dataId);
  }

  /** Index of `size` floats that are valid until the next call with this name: what an op needs while it runs. */
  scratch(name: string, size: number): number {
    const found = this.#scratch.get(name);
    if (found && found.size >= size) return found.at;
    if (found) this.#free(found.at);
    const at = this.#malloc(size);
    this.#scratch.set(name, { at, size });
    return at;
  }

  #malloc(floats: number): number {
    const offset = this.#wasm._malloc(4 * floats) >>> 0;
    if (!offset) throw new AtelierError('cpu-memory', { bytes: 4 * floats });
    return offset >>> 2;
  }

  #free(at: number): void {
    this.#wasm._free(4 * at);
  }

  write(tensor: TensorInfo, data: ArrayBufferView<ArrayBuffer>, byteOffset = 0): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#wasm.HEAPU8.set(bytes, 4 * this.at(tensor) + byteOffset);
  }

  /**
   * Copies at once, and then lets the thread's other callers in: between two steps somebody may have asked for a pause.
   */
  async read(
    tensor: TensorInfo,
    byteOffset = 0,
    byteLength = 4 * tf.util.sizeFromShape(tensor.shape) - byteOffset,
  ): Promise<ArrayBuffer> {
    const from = 4 * this.at(tensor) + byteOffset;
    const { buffer } = new Uint8Array(this.#wasm.HEAPU8.subarray(from, from + byteLength));
    await nextTask();
    return buffer;
  }

  bytes(): { allocated: number; used: number } {
    return { allocated: this.#wasm.HEAPU8.length, used: tf.memory().numBytes };
  }

  /** c [M, N] = a [M, K] b [K, N], all by index. One thread, one order of sums. c overlaps neither. */
  product(c: number, a: number, b: number, M: number, N: number, K: number): void {
    const shapes = this.#shapes;
    const { i32 } = this;
    i32[shapes] = i32[shapes + 3] = 1;
    i32[shapes + 1] = M;
    i32[shapes + 2] = i32[shapes + 4] = K;
    i32[shapes + 5] = N;
    this.#part(PART_A, a, M * K);
    this.#part(PART_B, b, K * N);
    this.#part(PART_C, c, M * N);
    this.#fusedMatMul(PART_A, 4 * shapes, 3, PART_B, 4 * shapes + 12, 3, 0, 0, LINEAR, 0, 0, 0, PART_C);
    this.#forgetParts();
  }

  /** y = 1 / (1 + e^−x) of `size` floats; y may be x. */
  sigmoid(y: number, x: number, size: number): void {
    this.#part(PART_A, x, size);
    this.#part(PART_C, y, size);
    this.#sigmoid(PART_A, PART_C);
    this.#forgetParts();
  }

  /** y = e^x / Σ e^x of each row; y may be x. */
  softmax(y: number, x: number, rows: number, width: number): void {
    this.#part(PART_A, x, rows * width);
    this.#part(PART_C, y, rows * width);
    this.#softmax(PART_A, PART_C, width, rows);
    this.#forgetParts();
  }

  #part(id: number, at: number, size: number): void {
    this.#wasm.tfjs.registerTensor(id, size, 4 * at);
  }

  /**
   * tfjs keeps XNNPACK's packed copy of b by its number, which is outdated as soon as a weight changes. Forgetting the
   * number deletes the copy:
   * https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-wasm/src/cc/batch_mat_mul_impl.cc
   */
  #forgetParts(): void {
    for (const id of [PART_A, PART_B, PART_C]) this.#wasm.tfjs.disposeData(id);
  }
}

/**
 * Settles in a task of its own. Nested timers would wait four milliseconds
 * (https://developer.mozilla.org/en-US/docs/Web/API/Window/setTimeout#reasons_for_longer_delays_than_specified).
 */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

let current: WasmMemory | undefined;

/**
 * The memory of the open CPU engine.
 * @throws engine-closed before it is opened and after its end
 */
export function wasmMemory(): WasmMemory {
  if (!current) throw new AtelierError('engine-closed');
  return current;
}

/** Called as the CPU engine opens and closes. */
export const setWasmMemory = (opened: WasmMemory | undefined): void => void (current = opened);
