/**
 * A linear layer with low-rank adapters (Hu et al., 2021): y = x Wᵀ + b + r + s·(x Aᵀ) Bᵀ, where W + s·B A is never
 * formed. A fused layer has an adapter for each of its segments g: A [S·r, in] holds their A below each other, B [Σ
 * rows, r] their B, and with u = s·x Aᵀ [N, S·r]
 *   y[:, rows of g] += u_g B_gᵀ                  du_g = s·dy[:, rows of g] B_g
 *   dB_g = dy[:, rows of g]ᵀ u_g                 dA = duᵀ x      dx = dy W + du A
 * u_g is columns g·r … of u: what belongs to the segments runs as windows of one dispatch. x of the adapter may have
 * passed a dropout of its own. Three dispatches forward; backward du, dA, dB and two for dx, the second of which adds
 * where the first has stored.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { LoraSegment } from '../../../base/lora';
import { biasGradient } from '../reduce/biasGradient';
import { defineOp, gpu, zeros, type CpuTensor } from '../../device/kernel';
import { matmul, unpacked, unwrapped, type Addends } from './matmul';
import { referenceInto } from './matmulReference';
import { runMatmul, sizesOf, wholeJob, viewsJob, type Packing } from './matmulRun';
import type { Form, MatmulJob, MatrixView } from './matmulSpec';
import { isQuantized, isParted, type Matrix, type PartedMatrix, type WholeMatrix } from '../matrix/matrix';
import { recordAs } from '../../device/recording';
import { partedLinear } from './partsMatmul';

export interface Lora {
  /** A [segments·rank, in] and B [Σ rows, rank]. */
  a: Tensor;
  b: Tensor;
  segments: readonly Pick<LoraSegment, 'start' | 'rows'>[];
  scale: number;
  /** What A reads, when it is not the layer's x: x after a dropout. */
  x?: Tensor | undefined;
}

interface Attrs {
  segments: Lora['segments'];
  scale: number;
  packing?: Packing;
}

type Shaped = Pick<TensorInfo, 'shape'>;
type Parts = 'a' | 'b';

/** A segment: its first column in y, its rows in B and the first of them, its first column in u. */
interface Place {
  start: number;
  rows: number;
  inB: number;
  inU: number;
}

function placesOf(segments: Lora['segments'], rank: number): Place[] {
  let inB = 0;
  return segments.map(({ start, rows }, g) => ({ start, rows, inB: (inB += rows) - rows, inU: g * rank }));
}

/** The windows of all segments in `form`, for tensors y-like [N, out], u-like [N, S·r] and B-like [Σ rows, r]. */
function windowsOf(form: Form, count: number, out: number, rank: number, segments: Lora['segments']): MatrixView[] {
  const width = rank * segments.length;
  return placesOf(segments, rank).map(({ start, rows, inB, inU }): MatrixView => {
    if (form === 'NT') return { M: count, N: rows, K: rank, at: [start, inU, inB * rank], step: [out, width, rank] };
    if (form === 'NN') return { M: count, N: rank, K: rows, at: [inU, start, inB * rank], step: [width, out, rank] };
    return { M: rows, N: rank, K: count, at: [inB * rank, start, inU], step: [rank, out, width] };
  });
}

/** Forward: u, and what the adapters add to y of so many columns. */
function jobsOf(
  x: Shaped,
  out: number,
  { a, b }: Record<Parts, Shaped>,
  attrs: Attrs,
): { down: MatmulJob; up: MatmulJob } {
  const windows = windowsOf('NT', x.shape[0]!, out, b.shape[1]!, attrs.segments);
  return {
    down: wholeJob('NT', sizesOf('NT', x, a), { alpha: attrs.scale }),
    up: viewsJob('NT', windows, { epilogue: 'accumulate' }),
  };
}

type Added = Partial<Record<'dropped' | 'bias' | 'residual', TensorInfo>>;

function onGpu(
  { x, w, a, b, dropped, bias, residual }: Record<'x' | 'w' | 'a' | 'b', TensorInfo> & Added,
  attrs: Attrs,
) {
  const shaped = unwrapped(w, attrs.packing);
  const y = gpu().alloc([x.shape[0]!, shaped.shape[0]!]);
  const epilogue = residual ? 'residual' : 'store';
  const extra = { epilogue, bias: bias !== undefined, packing: attrs.packing } as const;
  runMatmul(wholeJob('NT', sizesOf('NT', x, shaped), extra), { c: y, a: x, b: w, bias, residual });
  return [y, addedOnGpu(y, dropped ?? x, { a, b }, attrs)];
}

/** Adds the adapters' part to y in place; returns u. */
function addedOnGpu(y: TensorInfo, x: TensorInfo, { a, b }: Record<Parts, TensorInfo>, attrs: Attrs): TensorInfo {
  const { down, up } = jobsOf(x, y.shape[1]!, { a, b }, attrs);
  const u = gpu().alloc([x.shape[0]!, a.shape[0]!]);
  runMatmul(down, { c: u, a: x, b: a });
  runMatmul(up, { c: y, a: u, b });
  return u;
}

/** The same in plain loops. */
function addedReference(y: CpuTensor, x: CpuTensor, { a, b }: Record<Parts, CpuTensor>, attrs: Attrs): CpuTensor {
  const { down, up } = jobsOf(x, y.shape[1]!, { a, b }, attrs);
  const u = zeros([x.shape[0]!, a.shape[0]!], x);
  referenceInto(down, u.data, x.data, a.data);
  referenceInto(up, y.data, u.data, b.data);
  return u;
}

interface Sums {
  form: Form;
  segments: Lora['segments'];
  shape: number[];
  /** Columns of y, and rank. */
  out: number;
  rank: number;
  alpha: number;
}

const sumsJob = (rows: number, { form, out, rank, segments, alpha }: Sums): MatmulJob =>
  viewsJob(form, windowsOf(form, rows, out, rank, segments), { alpha });

/** du or dB: products of the segments' columns of dy. */
const segmentSums = defineOp<'dy' | 'other', Sums>({
  name: 'AtelierLoraSums',
  gpu: ({ dy, other }, sums) => {
    const c = gpu().alloc(sums.shape);
    runMatmul(sumsJob(dy.shape[0]!, sums), { c, a: dy, b: other });
    return [c];
  },
  reference: ({ dy, other }, sums) => {
    const c = zeros(sums.shape, dy);
    referenceInto(sumsJob(dy.shape[0]!, sums), c.data, dy.data, other.data);
    return [c];
  },
});

/** From dy, B and u. */
function gradientsOf(dy: Tensor, b: Tensor, u: Tensor, { segments, scale }: Attrs): { du: Tensor; db: () => Tensor } {
  const [rank, out] = [b.shape[1]!, dy.shape[1]!];
  const sums = (form: Form, shape: number[], alpha: number): Sums => ({ form, segments, shape, out, rank, alpha });
  return {
    du: segmentSums({ dy, other: b }, sums('NN', u.shape, scale))[0]!,
    db: () => segmentSums({ dy, other: u }, sums('TN', b.shape, 1))[0]!,
  };
}

/** dy W + du A. */
const inputGradient = defineOp<'dy' | 'w' | 'du' | 'a', { packing?: Packing }>({
  name: 'AtelierLoraInputGradient',
  gpu: ({ dy, w, du, a }, { packing }) => {
    const dx = gpu().alloc([dy.shape[0]!, a.shape[1]!]);
    runMatmul(wholeJob('NN', sizesOf('NN', dy, unwrapped(w, packing)), { packing }), { c: dx, a: dy, b: w });
    runMatmul(wholeJob('NN', sizesOf('NN', du, a), { epilogue: 'accumulate' }), { c: dx, a: du, b: a });
    return [dx];
  },
  reference: ({ dy, w, du, a }, { packing }) => {
    const dx = zeros([dy.shape[0]!, a.shape[1]!], dy);
    const right = unpacked(w, packing);
    referenceInto(wholeJob('NN', sizesOf('NN', dy, right)), dx.data, dy.data, right.data);
    referenceInto(wholeJob('NN', sizesOf('NN', du, a)), dx.data, du.data, a.data);
    return [dx];
  },
});

function reference(
  {
    x,
    w,
    a,
    b,
    dropped,
    bias,
    residual,
  }: Record<'x' | 'w' | 'a' | 'b', CpuTensor> & Partial<Record<keyof Added, CpuTensor>>,
  attrs: Attrs,
): CpuTensor[] {
  const right = unpacked(w, attrs.packing);
  const y = zeros([x.shape[0]!, right.shape[0]!], x);
  if (residual) y.data.set(residual.data);
  if (bias) y.data.forEach((_, i) => (y.data[i]! += bias.data[i % bias.data.length]!));
  referenceInto(wholeJob('NT', sizesOf('NT', x, right)), y.data, x.data, right.data);
  return [y, addedReference(y, dropped ?? x, { a, b }, attrs)];
}

const loraOp = defineOp<'x' | 'w' | 'a' | 'b', Attrs, 'dropped' | 'bias' | 'residual'>({
  name: 'AtelierLora',
  gpu: onGpu,
  reference,
  save: { inputs: ['x', 'w', 'a', 'b'], optional: ['dropped'], outputs: [false, true] },
  gradient: ([dy], [x, w, a, b, dropped, u], { segments, scale, packing }) => {
    const { du, db } = gradientsOf(dy!, b!, u!, { segments, scale });
    const right: WholeMatrix = packing ? { ...packing, words: w! } : w!;
    return {
      x: () =>
        dropped ? matmul(dy!, right) : inputGradient({ dy: dy!, w: w!, du, a: a! }, packing ? { packing } : {})[0]!,
      ...(packing ? {} : { w: () => matmul(dy!, x!, 'TN') }),
      a: () => matmul(du, dropped ?? x!, 'TN'),
      b: db,
      dropped: () => matmul(du, a!),
      bias: () => biasGradient(dy!),
      residual: () => dy!,
    };
  },
});

/** x wᵀ (+ bias) (+ residual) with the adapters' part. Differentiable by all tensors but a packed w. */
export function loraLinear(x: Tensor, w: Matrix, lora: Lora, added: Addends): Tensor {
  if (isParted(w)) return besideSplit(x, w, lora, added);
  const { bias, residual } = added;
  const { a, b, segments, scale, x: dropped } = lora;
  const inputs = { x, w: isQuantized(w) ? w.words : w, a, b, dropped, bias, residual };
  const packing = isQuantized(w) ? { packing: { kind: w.kind, shape: w.shape } } : {};
  const [y, u] = loraOp(inputs, { segments, scale, ...packing });
  u!.dispose();
  return y!;
}

/** Adds to y what adapters make of x, in place, and returns u. */
const addAdapters = defineOp<'y' | 'x' | 'a' | 'b', Attrs>({
  name: 'AtelierLoraInto',
  gpu: ({ y, x, a, b }, attrs) => [addedOnGpu(y, x, { a, b }, attrs)],
  reference: ({ y, x, a, b }, attrs) => [addedReference(y, x, { a, b }, attrs)],
});

/** Beside a matrix in parts: its product first, which is nobody else's; then the adapters' part is added there. */
function besideSplit(x: Tensor, w: PartedMatrix, lora: Lora, added: Addends): Tensor {
  const { a, b, segments, scale, x: read = x } = lora;
  const product = partedLinear(x, w, added);
  const [y] = recordAs(() => {
    const u = tf.keep(addAdapters({ y: product, x: read, a, b }, { segments, scale })[0]!);
    const kept = tf.keep(tf.clone(read));
    return {
      kernelName: 'adapters beside a split matrix',
      inputs: { product, x: read, a, b },
      outputs: [tf.clone(product)],
      saved: [kept, u],
      backward: ([dy], wanted) => {
        const { du, db } = gradientsOf(dy!, b, u, { segments, scale });
        const gradients = { product: () => dy!, x: () => matmul(du, a), a: () => matmul(du, kept, 'TN'), b: db };
        return Object.fromEntries(
          Object.entries(gradients).flatMap(([name, of]) => (wanted.has(name) ? [[name, of()]] : [])),
        );
      },
    };
  });
  return y!;
}
