/**
 * Matrix products. c = op(a) op(b), and for a loss L with dc = ∂L/∂c:
 *   NN c = a b      da = dc bᵀ (NT)   db = aᵀ dc (TN)
 *   NT c = a bᵀ     da = dc b  (NN)   db = dcᵀ a (TN)
 *   TN c = aᵀ b     da = b dcᵀ (NT)   db = a dc  (NN)
 * Every sum runs in one fixed order (no atomics; where K is split over invocations, their sums are added in its order),
 * so a shape, variant and adapter give the same bits always.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { matmulIntoOnHeap, matmulOnHeap } from './matmul.cpu';
import { biasGradient } from '../reduce/biasGradient';
import { defineOp, gpu, zeros, type CpuTensor } from '../../device/kernel';
import { batchOf, runMatmul, sizesOf, wholeJob, type Packing, type Sizes } from './matmulRun';
import { referenceInto } from './matmulReference';
import type { Epilogue, Form } from './matmulSpec';
import type { Variant } from './matmulVariants';
import { fromHalves, halvesIn } from '../matrix/halves';
import { isQuantized, type WholeMatrix } from '../matrix/matrix';
import { dequantizeRows } from '../matrix/quantize';

export type { Sizes } from './matmulRun';

/** Records one product by a given variant: what is timed to make the choice. */
export function runVariant(
  variant: Variant,
  form: Form,
  epilogue: Epilogue,
  sizes: Sizes,
  [c, a, b, residual]: [c: TensorInfo, a: TensorInfo, b: TensorInfo, residual?: TensorInfo],
): void {
  runMatmul(wholeJob(form, sizes, { epilogue }), { c, a, b, residual }, { variant });
}

interface Attrs {
  form: Form;
  /** Absent: b is f32. */
  packing?: Packing;
}

/** b with the shape that it has in weights. */
export const unwrapped = (b: { shape: number[] }, packing: Packing | undefined): { shape: number[] } => packing ?? b;

/** The values behind the words of a packed matrix. */
export const unpacked = (b: CpuTensor, packing: Packing | undefined): CpuTensor =>
  packing ? { shape: packing.shape, data: dequantizeRows(packing.kind, packing.shape[1], b.data as Int32Array) } : b;

const outputShape = (form: Form, a: { shape: number[] }, b: { shape: number[] }): number[] => {
  const { M, N } = sizesOf(form, a, b);
  return [...a.shape.slice(0, -2), M, N];
};

/**
 * `master` is what a packed b is a copy of. No kernel reads it: it stands among the inputs because the gradient is its
 * own.
 */
const product = defineOp<'a' | 'b', Attrs, 'residual' | 'bias' | 'master'>({
  name: 'AtelierMatmul',
  gpu: ({ a, b, residual, bias }, { form, packing }) => {
    const c = gpu().alloc(outputShape(form, a, unwrapped(b, packing)));
    const epilogue = residual ? 'residual' : 'store';
    const extra = { epilogue, bias: bias !== undefined, count: batchOf(a), packing } as const;
    runMatmul(wholeJob(form, sizesOf(form, a, unwrapped(b, packing)), extra), { c, a, b, bias, residual });
    return [c];
  },
  reference: ({ a, b, residual, bias }, { form, packing }) => {
    const right = unpacked(b, packing);
    const c = zeros(outputShape(form, a, right), a);
    if (residual) c.data.set(residual.data);
    if (bias) c.data.forEach((_, i) => (c.data[i]! += bias.data[i % bias.data.length]!));
    referenceInto(wholeJob(form, sizesOf(form, a, right), { count: batchOf(a) }), c.data, a.data, right.data);
    return [c];
  },
  // packed matrices and batches are not met there often enough for loops of their own
  wasm: ({ a, b, ...added }, { form, packing }) =>
    packing || batchOf(a) > 1 ? undefined : [matmulOnHeap(form, sizesOf(form, a, b), { a, b, ...added })],
  save: { inputs: ['a', 'b'], readsHalves: ['a'] },
  gradient: ([dy], [a, b], { form, packing }) => {
    const run = (f: Form, x: Tensor, y: Tensor) => matmul(x, y, f);
    // what was saved of a may be its halves: a product in which it stands on the right reads them
    const halves = halvesIn(a!);
    const left = (): Tensor => (halves ? fromHalves(halves) : a!);
    // a packed b stands on the right of NN and NT alone; its gradient is that of its master
    const right: WholeMatrix = packing ? { ...packing, words: b! } : b!;
    const da = {
      NN: () => matmul(dy!, right, 'NT'),
      NT: () => matmul(dy!, right, 'NN'),
      TN: () => run('NT', b!, dy!),
    };
    const db = {
      NN: () => run('TN', left(), dy!),
      NT: () => matmul(dy!, halves ?? a!, 'TN'),
      TN: () => run('NN', left(), dy!),
    };
    return {
      a: da[form],
      ...(packing ? { master: db[form] } : { b: db[form] }),
      residual: () => dy!,
      bias: () => biasGradient(dy!),
    };
  },
});

const productInto = defineOp<'c' | 'a' | 'b', { form: Form }>({
  name: 'AtelierMatmulInto',
  gpu: ({ c, a, b }, { form }) => {
    runMatmul(wholeJob(form, sizesOf(form, a, b), { epilogue: 'accumulate', count: batchOf(a) }), { c, a, b });
    return [];
  },
  reference: ({ c, a, b }, { form }) => {
    referenceInto(wholeJob(form, sizesOf(form, a, b), { count: batchOf(a) }), c.data, a.data, b.data);
    return [];
  },
  wasm: ({ c, a, b }, { form }) => {
    if (batchOf(a) > 1) return undefined;
    matmulIntoOnHeap(form, sizesOf(form, a, b), c, a, b);
    return [];
  },
});

/** What is added to a product: the bias [N] to every row, the residual [M,N] number by number. */
export interface Addends {
  bias?: Tensor | undefined;
  residual?: Tensor | undefined;
}

/**
 * op(a) op(b) (+ bias) (+ residual) as [M,N]: NN a[M,K] b[K,N], NT a[M,K] b[N,K], TN a[K,M] b[K,N]; or a batch of such,
 * with a first dimension in all but the bias. b of NN and NT may be packed. Differentiable by all inputs, by the master
 * of a packed one.
 */
export function matmul(a: Tensor, b: WholeMatrix, form: Form = 'NN', { bias, residual }: Addends = {}): Tensor {
  if (!isQuantized(b)) return product({ a, b, bias, residual }, { form })[0]!;
  const { kind, shape, words, master } = b;
  return product({ a, b: words, master, bias, residual }, { form, packing: { kind, shape } })[0]!;
}

/**
 * c += op(a) op(b) in place: a gradient added where it is collected, without a buffer between. Has no gradient itself.
 */
export function matmulInto(c: Tensor, a: Tensor, b: Tensor, form: Form): void {
  productInto({ c, a, b }, { form });
}
