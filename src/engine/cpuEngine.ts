/**
 * Opens the CPU path: tfjs' wasm backend with SIMD and one thread. The wasm backend is imported here alone, so that
 * only a page that trains on the CPU loads it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths, type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { AtelierError } from '../base/errors/errors';
import type { CpuEngine } from './gpuEngine';
import { detach } from './device/kernel';
import { setDevice } from './device/currentDevice';
import { chooseVariantsFor } from './device/variants';
import { WasmMemory, setWasmMemory } from './device/wasmMemory';

const NAMES = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
/** One product of a measurement: large enough that the call does not count. */
const SIZE = 256;
/**
 * Milliseconds of a measurement: browsers compile WebAssembly twice, and the first code is many times slower than the
 * second (https://v8.dev/docs/wasm-compilation-pipeline).
 */
const LONG_ENOUGH = 400;

/** Removes the backend, and keeps the way to make another, which tfjs would forget with it. */
function forgetBackend(): void {
  const make = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', make);
}

async function startBackend(wasmUrl: string | undefined): Promise<BackendWasm> {
  // its threads are workers from blobs, which the studio's content security policy forbids
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (wasmUrl) setWasmPaths(Object.fromEntries(NAMES.map((name) => [name, wasmUrl])));
  try {
    if (!(await tf.setBackend('wasm'))) throw new Error('tfjs could not start its wasm backend');
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AtelierError('cpu-wasm', { message }, { cause: thrown });
  }
  return tf.backend() as BackendWasm;
}

/** Operations per second of XNNPACK's product, the best of some. */
function measureMatmul(heap: WasmMemory): number {
  const [a, b, c] = [heap.alloc([SIZE, SIZE]), heap.alloc([SIZE, SIZE]), heap.alloc([SIZE, SIZE])];
  for (const t of [a, b]) heap.view(t).fill(0.5);
  const begun = performance.now();
  let shortest = Infinity;
  while (performance.now() - begun < LONG_ENOUGH) {
    const start = performance.now();
    heap.product(heap.at(c), heap.at(a), heap.at(b), SIZE, SIZE, SIZE);
    shortest = Math.min(shortest, performance.now() - start);
  }
  for (const t of [a, b, c]) heap.dispose(t);
  return (2 * SIZE ** 3) / (shortest / 1000);
}

/**
 * Opens the CPU for this thread. One engine is open at a time; a GPU that was open is left.
 * @param wasmUrl where this origin serves tfjs' SIMD binary; absent in Node, which finds it in the package
 * @throws cpu-simd, cpu-wasm
 */
export async function openCpuEngine(wasmUrl?: string): Promise<CpuEngine> {
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new AtelierError('cpu-simd');
  detach();
  const heap = new WasmMemory(await startBackend(wasmUrl));
  setWasmMemory(heap);
  setDevice(heap);
  chooseVariantsFor('software');
  return {
    kind: 'cpu',
    lost: new Promise(() => undefined),
    gpuBytes: () => heap.bytes().allocated,
    tensors: () => tf.memory().numTensors,
    measureMatmul: () => Promise.resolve(measureMatmul(heap)),
    trim: () => undefined, // WebAssembly's memory never shrinks: https://github.com/WebAssembly/design/issues/1397
    dispose: () => {
      setWasmMemory(undefined);
      setDevice(undefined);
      forgetBackend();
    },
  };
}
