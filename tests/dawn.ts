// Dawn, the WebGPU of Chromium, in Node. Only GPU tests (`*.gpu.test.ts`) and the benchmark load it.
import { createRequire } from 'node:module';

/**
 * Dawn, the WebGPU of Chromium, as a Node module; its constants become globals, as a browser has them. `flags` are
 * Dawn’s.
 */
export function dawn(flags: string[] = []): GPU {
  const { create, globals } = createRequire(import.meta.url)('webgpu') as {
    create(flags: string[]): GPU;
    globals: object;
  };
  Object.assign(globalThis, globals);
  const found = create(flags);
  // Node 20 has no navigator of its own
  if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: found, configurable: true });
  return found;
}

/** For a test that trains several models: on a software driver, beside other work, that takes more than a minute. */
export const LONG = { timeout: 300_000 };
