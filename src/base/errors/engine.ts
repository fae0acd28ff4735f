/** Errors of the room `engine`. */
import type { Cure } from './cure';

export const engineErrors = {
  'webgpu-missing': 'open-machine',
  'webgpu-adapter': 'open-machine',
  'webgpu-device': 'reload',
  'gpu-lost': undefined,
  'gpu-fault': 'open-runs',
  'gpu-memory': 'open-model',
  'cpu-simd': 'open-machine',
  'cpu-wasm': 'reload',
  'cpu-memory': 'open-model',
  'engine-closed': 'reload',
  'engine-shell': undefined,
  'logits-not-finite': 'open-runs',
  'weights-missing': 'open-runs',
  'weights-size': 'open-runs',
  'step-no-labels': 'open-data',
  'kernel-variant': undefined,
  'matrix-parts': undefined,
} satisfies Record<string, Cure | undefined>;
