/** From the shapes of a product to its dispatch. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { gpu } from '../../device/kernel';
import { addSlices, sliceOf, slicedJob } from './matmulSliced';
import { jobParams, specOf, type Form, type MatmulJob, type Triple, type MatrixView } from './matmulSpec';
import { kernelOf, variantFor, type Variant } from './matmulVariants';
import { rowLayout, type QuantizedKind } from '../matrix/quantize';

/** What the words of a packed matrix are: its kind, and its shape in weights. */
export interface Packing {
  kind: QuantizedKind;
  shape: [rows: number, columns: number];
}

export interface Sizes {
  M: number;
  N: number;
  K: number;
}

interface Shaped {
  shape: number[];
}

/** Rows and columns of a matrix, or of each in a batch. */
export const rowsAndColumns = ({ shape }: Shaped): [number, number] => [shape.at(-2)!, shape.at(-1)!];

/** Pairs in a batch; one where there is no batch. */
export const batchOf = ({ shape }: Shaped): number => (shape.length > 2 ? shape[0]! : 1);

export function sizesOf(form: Form, a: Shaped, b: Shaped): Sizes {
  const [[aRows, aColumns], [bRows, bColumns]] = [rowsAndColumns(a), rowsAndColumns(b)];
  const [M, K] = form === 'TN' ? [aColumns, aRows] : [aRows, aColumns];
  const [N, K2] = form === 'NT' ? [bRows, bColumns] : [bColumns, bRows];
  if (K !== K2 || batchOf(a) !== batchOf(b))
    throw new Error(`matmul ${form}: [${a.shape.join()}] and [${b.shape.join()}] do not fit`);
  return { M, N, K };
}

/** What of a job is not said by sizes and form. */
export type Extra = Partial<Pick<MatmulJob, 'epilogue' | 'bias' | 'count' | 'alpha'>> & {
  packing?: Packing | undefined;
};

/** The job of whole matrices, `count` of each. */
export function wholeJob(form: Form, { M, N, K }: Sizes, extra: Extra = {}): MatmulJob {
  const { epilogue = 'store', bias = false, count = 1, alpha = 1, packing } = extra;
  const layout = packing && rowLayout(packing.kind, packing.shape[1]);
  const step: Triple = [N, form === 'TN' ? M : K, layout ? layout.words : form === 'NT' ? K : N];
  return {
    ...{ form, epilogue, bias, count, alpha },
    right: packing?.kind ?? 'f32',
    windows: [{ M, N, K, at: [0, 0, 0], step }],
    batch: count > 1 ? [M * N, M * K, N * K] : [0, 0, 0],
    scales: layout?.scales ?? 0,
  };
}

/** The job of several windows of f32 matrices, one z to each. */
export function viewsJob(
  form: Form,
  windows: readonly MatrixView[],
  extra: Pick<Extra, 'epilogue' | 'alpha'> = {},
): MatmulJob {
  const { epilogue = 'store', alpha = 1 } = extra;
  const count = windows.length;
  return { form, epilogue, bias: false, right: 'f32', windows, count, batch: [0, 0, 0], alpha, scales: 0 };
}

export interface Operands {
  c: TensorInfo;
  a: TensorInfo;
  b: TensorInfo;
  bias?: TensorInfo | undefined;
  residual?: TensorInfo | undefined;
}

/** How a job is run. */
export interface Running {
  /** Absent: the one that suits the sizes. */
  variant?: Variant;
  /**
   * The sizes that the variant is to suit, where they are not the job's: a part of a product is computed as the whole
   * one is.
   */
  like?: Pick<Sizes, 'M' | 'N'>;
}

/** Records a product, by a given variant or by the one that suits its shape. */
export function runMatmul(job: MatmulJob, operands: Operands, { variant, like }: Running = {}): void {
  const widest = (of: (s: Sizes) => number): number => Math.max(...job.windows.map(of));
  const sizes = { M: widest((w) => w.M), N: widest((w) => w.N), K: widest((w) => w.K) };
  const { M, N } = like ?? sizes;
  const chosen = variant ?? variantFor(job.form, M, N);
  const slice = chosen === 'sliced32' && job.count === 1 ? sliceOf(sizes.M, sizes.N, sizes.K) : sizes.K;
  if (slice < sizes.K) runSliced(job, operands, sizes, slice);
  else record(job, operands, sizes, chosen);
}

/** One dispatch. */
function record(job: MatmulJob, { c, a, b, bias, residual }: Operands, { M, N, K }: Sizes, variant: Variant): void {
  const { shader, workgroups } = kernelOf(variant, job, M, K);
  const [x, y] = workgroups(M, N);
  gpu().run({
    shader: shader(specOf(job)),
    binds: [
      { tensor: c, write: true },
      { tensor: a },
      { tensor: b },
      ...given(bias, residual).map((tensor) => ({ tensor })),
    ],
    params: jobParams(job),
    workgroups: [x, y, job.count],
  });
}

function runSliced(job: MatmulJob, { c, a, b, bias, residual }: Operands, sizes: Sizes, slice: number): void {
  const sliced = slicedJob(job, slice);
  const parts = gpu().alloc([sliced.count, sizes.M, sizes.N]);
  record(sliced, { c: parts, a, b }, sizes, 'workgroup32');
  gpu().run(addSlices(job, slice, c, parts, given(bias, residual)));
  gpu().dispose(parts);
}

const given = (...tensors: (TensorInfo | undefined)[]): TensorInfo[] => tensors.flatMap((tensor) => tensor ?? []);
