/**
 * Matrix products and the linear layer built on them. c = op(a) op(b), and for a loss L with dc = ∂L/∂c:
 *   NN c = a b      da = dc bᵀ (NT)   db = aᵀ dc (TN)
 *   NT c = a bᵀ     da = dc b  (NN)   db = dcᵀ a (TN)
 *   TN c = aᵀ b     da = b dcᵀ (NT)   db = a dc  (NN)
 * Every sum runs in one fixed order (no atomics, K is never split over invocations), so a shape, variant and adapter give the same bits always.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { matmulIntoOnHeap, matmulOnHeap } from '../cpu/matmul';
import { defineOp, gpu, zeros, type CpuTensor } from './kernel';
import { specKey, specOf, type Epilogue, type Form } from './matmulSpec';
import { codeOf, variantFor, type Variant } from './matmulVariants';

export interface Sizes {
  M: number;
  N: number;
  K: number;
}

function sizesOf(form: Form, a: { shape: number[] }, b: { shape: number[] }): Sizes {
  const [M, K] = form === 'TN' ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [N, K2] = form === 'NT' ? [b.shape[0]!, b.shape[1]!] : [b.shape[1]!, b.shape[0]!];
  if (K !== K2) throw new Error(`matmul ${form}: [${a.shape.join()}] and [${b.shape.join()}] do not fit`);
  return { M, N, K };
}

/** Records one product by a given variant: what the choice by shape comes down to, and what is timed to make the choice. */
export function runVariant(
  variant: Variant,
  form: Form,
  epilogue: Epilogue,
  { M, N, K }: Sizes,
  [c, a, b, residual]: [c: TensorInfo, a: TensorInfo, b: TensorInfo, residual?: TensorInfo],
): void {
  const spec = specOf(form, epilogue, M, N, K);
  const code = codeOf(variant);
  gpu().run({
    key: `matmul ${variant} ${specKey(spec)}`,
    wgsl: () => code.wgsl(spec),
    binds: [{ tensor: c, write: true }, { tensor: a }, { tensor: b }, ...(residual ? [{ tensor: residual }] : [])],
    params: (view) => [M, N, K].forEach((n, i) => view.setUint32(4 * i, n, true)),
    workgroups: code.workgroups(M, N),
  });
}

function dispatch(
  form: Form,
  epilogue: Epilogue,
  c: TensorInfo,
  a: TensorInfo,
  b: TensorInfo,
  residual?: TensorInfo,
): void {
  const sizes = sizesOf(form, a, b);
  runVariant(variantFor(form, sizes.M, sizes.N), form, epilogue, sizes, [c, a, b, residual]);
}

/** c += op(a) op(b) in f64 partial sums. */
function referenceInto(form: Form, c: CpuTensor['data'], a: CpuTensor, b: CpuTensor): void {
  const { M, N, K } = sizesOf(form, a, b);
  const [aRow, aStep] = form === 'TN' ? [1, M] : [K, 1];
  const [bColumn, bStep] = form === 'NT' ? [K, 1] : [1, N];
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += a.data[m * aRow + k * aStep]! * b.data[n * bColumn + k * bStep]!;
      c[m * N + n]! += sum;
    }
  }
}

const product = defineOp<'a' | 'b', { form: Form }, 'residual'>({
  name: 'AtelierMatmul',
  gpu: ({ a, b, residual }, { form }) => {
    const { M, N } = sizesOf(form, a, b);
    const c = gpu().alloc([M, N]);
    dispatch(form, residual ? 'residual' : 'store', c, a, b, residual);
    return [c];
  },
  reference: ({ a, b, residual }, { form }) => {
    const { M, N } = sizesOf(form, a, b);
    const c = residual ? { shape: [M, N], data: residual.data.slice() } : zeros([M, N], a);
    referenceInto(form, c.data, a, b);
    return [c];
  },
  wasm: ({ a, b, residual }, { form }) => [matmulOnHeap(form, sizesOf(form, a, b), { a, b, residual })],
  save: { inputs: ['a', 'b'] },
  gradient: ([dy], [a, b], { form }) => {
    const run = (f: Form, x: Tensor, y: Tensor) => matmul(x, y, f);
    const da = { NN: () => run('NT', dy!, b!), NT: () => run('NN', dy!, b!), TN: () => run('NT', b!, dy!) };
    const db = { NN: () => run('TN', a!, dy!), NT: () => run('TN', dy!, a!), TN: () => run('NN', a!, dy!) };
    return { a: da[form], b: db[form], residual: () => dy! };
  },
});

const productInto = defineOp<'c' | 'a' | 'b', { form: Form }>({
  name: 'AtelierMatmulInto',
  gpu: ({ c, a, b }, { form }) => {
    dispatch(form, 'accumulate', c, a, b);
    return [];
  },
  reference: ({ c, a, b }, { form }) => {
    referenceInto(form, c.data, a, b);
    return [];
  },
  wasm: ({ c, a, b }, { form }) => {
    matmulIntoOnHeap(form, sizesOf(form, a, b), c, a, b);
    return [];
  },
});

/** op(a) op(b) (+ residual) as [M,N], for 2-D tensors: NN a[M,K] b[K,N], NT a[M,K] b[N,K], TN a[K,M] b[K,N]. Differentiable by all inputs. */
export function matmul(a: Tensor, b: Tensor, form: Form = 'NN', residual?: Tensor): Tensor {
  return product({ a, b, residual }, { form })[0]!;
}

/** c += op(a) op(b) in place: a gradient added where it is collected, without a buffer between. Has no gradient itself. */
export function matmulInto(c: Tensor, a: Tensor, b: Tensor, form: Form): void {
  productInto({ c, a, b }, { form });
}

/** x wᵀ + residual: x[N,in], w[out,in] as in PyTorch, residual and result [N,out]. */
export function linear(x: Tensor, w: Tensor, residual?: Tensor): Tensor {
  return matmul(x, w, 'NT', residual);
}
