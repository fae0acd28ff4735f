/**
 * @jax-js/jax on the CPU: kernels that it writes as WebAssembly with SIMD. In Node, which has no workers of the web, it
 * runs on one thread.
 */
import type { BenchCase } from '../cases';
import type { Side } from '../side';
import { openOn } from './jax';

export const open = (bench: BenchCase): Promise<Side> => openOn('wasm', bench);
