// Our engine on the real WebGPU of Dawn, and the comparison of its ops with their references. Whoever imports this is a
// GPU test.
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { openEngine, type Engine } from '../src/engine/gpuEngine';
import { gpu, type CpuTensor } from '../src/engine/device/kernel';
import { FORMS, shapeClass, SIZES, type Variant } from '../src/engine/ops/matmul/matmulVariants';
import { useVariants } from '../src/engine/device/variants';
import { valueAndGradients } from '../src/engine/autodiff/tape';
import { dawn } from './dawn';
import { randomTensor, relativeError, toTensor, values } from './tensors';

let opened: Promise<Engine> | undefined;

const CURE =
  'No WebGPU adapter for the tests. Run them with `npm test` (it finds the software adapter that Chromium brings), or set ' +
  'VK_ICD_FILENAMES to a Vulkan driver’s .json and LD_LIBRARY_PATH to its folder before starting vitest.';

/**
 * A shader of this tile compiles on SwiftShader in 0.08 s, one of the tile that the studio takes there in 0.6 s, and
 * compiling is most of what tests of many shapes compute. For those about what stands around a product;
 * `matmul.gpu.test.ts` compares the products of all tiles.
 */
const QUICKEST: Variant = 'registers4';
const quickest = Object.fromEntries(
  FORMS.flatMap((form) => SIZES.map((size) => [shapeClass(form, size), QUICKEST] as const)),
);

/**
 * Our engine on a real adapter, opened once per test file. Every dispatch is checked to have one shader per key.
 * @param kernels of the products: those that the studio takes on this adapter, or those that compile quickest
 */
export function testEngine(kernels: 'studio' | 'quickest' = 'studio'): Promise<Engine> {
  opened ??= openEngine({ gpu: dawn() }).then(
    (engine) => {
      if (kernels === 'quickest') useVariants(quickest);
      gpu().verifyKeys = true;
      // tfjs then counts the buffers of every kernel: an op that keeps a scratch buffer fails where it does so.
      tf.env().set('IS_TEST', true);
      return engine;
    },
    (thrown: unknown) => {
      throw new Error(CURE, { cause: thrown });
    },
  );
  return opened;
}

/** Runs `f` with 'webgpu' or 'cpu' as tfjs' backend, then returns to 'webgpu'. Tensors must not cross. */
export async function onBackend<T>(name: 'webgpu' | 'cpu', f: () => Promise<T>): Promise<T> {
  await testEngine();
  await tf.setBackend(name);
  try {
    return await f();
  } finally {
    await tf.setBackend('webgpu');
  }
}

export interface OpCheck {
  /** The op, or any function of ops; the first output is differentiated, all outputs are compared. */
  run: (inputs: Record<string, tf.Tensor>) => tf.Tensor | tf.Tensor[];
  inputs: Record<string, CpuTensor>;
  /** Inputs to differentiate by; default: all float ones. */
  by?: string[];
  /** Largest relative error of GPU (f32) to reference (f64), default 1e-5. */
  tolerance?: number;
  /** Outputs that have no gradient check need none: false for functions without gradient. */
  gradients?: boolean;
}

interface Computed {
  outputs: Float64Array[];
  gradients: Float64Array[];
}

const list = (value: tf.Tensor | tf.Tensor[]): tf.Tensor[] => (Array.isArray(value) ? value : [value]);

async function compute(check: OpCheck, inputs: Record<string, CpuTensor>, by: string[]): Promise<Computed> {
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, toTensor(t)]));
  const weights = by.map((name) => tensors[name]!);
  const result = valueAndGradients(
    () => list(check.run(tensors)),
    weights,
    (y) => toTensor(seedOf(y.shape, inputs)),
  );
  const read = async (t: tf.Tensor) => Float64Array.from(await values(t));
  const computed: Computed = { outputs: [], gradients: [] };
  for (const t of result.values) computed.outputs.push(await read(t));
  for (const [i, t] of result.grads.entries()) {
    if (!t) throw new Error(`no gradient for input ${by[i]}`);
    computed.gradients.push(await read(t));
  }
  tf.dispose([result.values, Object.values(tensors), result.grads.filter((t) => t !== undefined)]);
  return computed;
}

/** A random dy, so that no gradient can hide behind a sum of ones. */
function seedOf(shape: number[], inputs: Record<string, CpuTensor>): CpuTensor {
  const seed = randomTensor('dy', shape);
  return Object.values(inputs).some((t) => t.data instanceof Float64Array) ? inF64(seed) : seed;
}

/** Integers stay as they are. */
export const inF64 = (t: CpuTensor): CpuTensor =>
  t.data instanceof Int32Array ? t : { shape: t.shape, data: Float64Array.from(t.data) };

/** Σ dy·y of the first output as a plain number, on the reference in f64. */
async function weightedSum(check: OpCheck, inputs: Record<string, CpuTensor>): Promise<number> {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, t]) => [name, toTensor({ shape: t.shape, data: t.data.slice() })]),
  );
  const outputs = tf.tidy(() => list(check.run(tensors)));
  const y = Float64Array.from(await values(outputs[0]!));
  const dy = seedOf(outputs[0]!.shape, inputs).data;
  tf.dispose([outputs, Object.values(tensors)]);
  return y.reduce((sum, v, i) => sum + v * dy[i]!, 0);
}

/** The slope along a random direction, from two evaluations of the f64 reference (central difference, error ~h²). */
async function slope(
  check: OpCheck,
  inputs: Record<string, CpuTensor>,
  name: string,
): Promise<{ measured: number; direction: Float64Array }> {
  const h = 1e-5;
  const x = inputs[name]!;
  const direction = Float64Array.from(randomTensor(`direction ${name}`, x.shape).data);
  const moved = (by: number) => ({
    ...inputs,
    [name]: { shape: x.shape, data: Float64Array.from(x.data, (v, i) => v + by * direction[i]!) },
  });
  const measured = ((await weightedSum(check, moved(h))) - (await weightedSum(check, moved(-h)))) / (2 * h);
  return { measured, direction };
}

/**
 * Runs an op on WebGPU and on its CPU reference in f64, forward and all gradients through our tape, compares them by
 * relative norm, and the reference's gradients with finite differences of its forward. Also fails when a tensor is left
 * behind.
 */
export async function checkOp(check: OpCheck): Promise<void> {
  await testEngine();
  const floats = Object.keys(check.inputs).filter((name) => !(check.inputs[name]!.data instanceof Int32Array));
  const by = check.gradients === false ? [] : (check.by ?? floats);
  const before = tf.memory().numTensors;
  const onGpu = await onBackend('webgpu', () => compute(check, check.inputs, by));
  expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
  const exact = Object.fromEntries(Object.entries(check.inputs).map(([name, t]) => [name, inF64(t)]));
  await onBackend('cpu', async () => {
    const reference = await compute(
      check,
      Object.fromEntries(Object.entries(exact).map(([n, t]) => [n, { ...t, data: t.data.slice() }])),
      by,
    );
    const tolerance = check.tolerance ?? 1e-5;
    onGpu.outputs.forEach((y, i) =>
      expect(relativeError(y, reference.outputs[i]!), `output ${i}`).toBeLessThan(tolerance),
    );
    onGpu.gradients.forEach((g, i) =>
      expect(relativeError(g, reference.gradients[i]!), `gradient of ${by[i]}`).toBeLessThan(tolerance),
    );
    for (const [i, name] of by.entries()) {
      const { measured, direction } = await slope(check, exact, name);
      const g = reference.gradients[i]!;
      const terms = g.map((v, j) => v * direction[j]!);
      const scale = Math.sqrt(terms.reduce((sum, v) => sum + v * v, 0)) + Math.abs(measured);
      expect(Math.abs(terms.reduce((sum, v) => sum + v, 0) - measured), `slope by ${name}`).toBeLessThan(
        1e-6 * Math.max(scale, 1e-3),
      );
    }
  });
}
