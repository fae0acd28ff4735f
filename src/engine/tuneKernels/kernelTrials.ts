/**
 * Trying kernels out on the adapter that is open: whether it compiles them, and whether they compute what the default
 * kernel does.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { MatmulForm } from '../../base/wire/machine';
import { largestDifference } from '../generation/logitDistance';
import { attention, ATTENTION, usualAttention, type AttentionVariant } from '../ops/attention/attention';
import { gpu } from '../device/kernel';
import { runVariant, type Sizes } from '../ops/matmul/matmul';
import { defaultVariant, type Variant } from '../ops/matmul/matmulVariants';
import { useVariants } from '../device/variants';
import { valueAndGradients, type Differentiated } from '../autodiff/tape';

export type TrialOperands = [c: TensorInfo, a: TensorInfo, b: TensorInfo];

/**
 * A product whose shader is that of most shapes in use, all sizes being multiples of 4; several tiles of each variant
 * but the largest.
 */
const PROBE: Sizes = { M: 40, N: 72, K: 8 };
/** The same for variants that are for one row, or for deep sums. */
const PROBES: Partial<Record<Variant, Sizes>> = { dots: { M: 1, N: 72, K: 8 }, sliced32: { M: 40, N: 72, K: 520 } };
export const probeOf = (variant: Variant): Sizes => PROBES[variant] ?? PROBE;

/** Room for the operands of every shape; zeros would let an adapter be faster than with numbers. */
export function operandsFor(shapes: readonly Sizes[]): [c: Tensor, a: Tensor, b: Tensor] {
  const filled = (of: (s: Sizes) => number): Tensor => tf.fill([Math.max(...shapes.map(of))], 0.5);
  return [filled((s) => s.M * s.N), filled((s) => s.M * s.K), filled((s) => s.K * s.N)];
}

/** For every probe. */
export const probeOperands = (): [c: Tensor, a: Tensor, b: Tensor] => operandsFor([PROBE, ...Object.values(PROBES)]);

/** Small integers in which no two rows or columns are alike. */
const ramp = (n: number, period: number): number[] => Array.from({ length: n }, (_, i) => (i * i) % period);

/** Whether the adapter takes what `run` dispatches; its error goes no further. */
async function isTaken(run: () => void): Promise<boolean> {
  const { device } = gpu();
  gpu().flush(); // what was recorded before is not on trial
  device.pushErrorScope('validation');
  device.pushErrorScope('internal');
  run();
  gpu().flush();
  const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  return errors.every((error) => error === null);
}

/**
 * Whether a variant gives the default's product, with numbers in which no two rows or columns are alike. Which
 * invocations make up a quad WGSL does not say; all adapters known take neighbours, and one that does not is refused
 * here. https://www.w3.org/TR/WGSL/#quad-builtin-functions
 */
async function agrees(variant: Variant, form: MatmulForm): Promise<boolean> {
  const sizes = probeOf(variant);
  const { M, N, K } = sizes;
  const [a, b] = [tf.tensor1d(ramp(M * K, 31)), tf.tensor1d(ramp(K * N, 37))];
  const products: Float32Array[] = [];
  for (const each of [defaultVariant(form, 'middle'), variant]) {
    const c = tf.fill([M * N], -1);
    runVariant(each, form, 'store', sizes, [c, a, b]);
    products.push(new Float32Array(await gpu().read(c)));
    c.dispose();
  }
  tf.dispose([a, b]);
  // sums of a few small integers, which f32 holds exactly
  return products[0]!.every((x, i) => x === products[1]![i]);
}

/**
 * Compiles a variant of the matmul by running it once. False where the adapter refuses it or computes something else.
 */
export const matmulRuns = async (
  variant: Variant,
  form: MatmulForm,
  sizes: Sizes,
  operands: TrialOperands,
): Promise<boolean> =>
  (await isTaken(() => runVariant(variant, form, 'store', sizes, operands))) && (await agrees(variant, form));

/** Two windows of a few tiles, and query heads that share their keys. */
const WINDOWS = { batch: 2, length: 37, heads: 2, kvHeads: 1 };
/** Of numbers about 1; variants differ by their rounding, some 10⁻⁶. */
const CLOSE = 1e-3;

/**
 * The same for attention with heads of this size, forward and backward. It leaves other variants in use than it found.
 */
export async function attentionRuns(variant: AttentionVariant, headDim: number): Promise<boolean> {
  const shape = { ...WINDOWS, headDim };
  const [tokens, width] = [shape.batch * shape.length, (shape.heads + 2 * shape.kvHeads) * headDim];
  const filled = (columns: number, period: number): Tensor =>
    tf.tensor2d(
      ramp(tokens * columns, period).map((x) => x / period - 0.5),
      [tokens, columns],
    );
  const [qkv, dy] = [filled(width, 31), filled(shape.heads * headDim, 37)];
  gpu().trim(); // fresh buffers hold zeros: what a kernel leaves unwritten must not look as the one before it left it
  let found: Differentiated;
  const run = (by: AttentionVariant): void => {
    useVariants({ [ATTENTION]: by });
    found = valueAndGradients(
      () => attention(qkv, shape),
      [qkv],
      () => tf.clone(dy),
    );
  };
  const numbers = async (): Promise<Float32Array[]> => {
    const tensors = [found.values[0]!, found.grads[0]!];
    const read = await Promise.all(tensors.map((tensor) => gpu().read(tensor)));
    return read.map((bytes) => new Float32Array(bytes));
  };
  const free = (): void => tf.dispose([found.values, found.grads[0]!]);
  try {
    const taken = await isTaken(() => run(variant));
    const own = taken ? await numbers() : [];
    free();
    if (!taken) return false;
    run(usualAttention());
    const usual = await numbers();
    free();
    return own.every((values, i) => largestDifference(values, usual[i]!) < CLOSE);
  } finally {
    tf.dispose([qkv, dy]);
  }
}
