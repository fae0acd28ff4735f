/**
 * Products with a matrix W [V, C] that is in several tensors of whole rows (`matrix.ts`), P of them:
 *   y = x Wᵀ + b + r       y[:, rows of p] = x Pᵀ, each written into its columns of y      the bits of a whole W
 * dx = dy W              Σ over the parts of dy[:, rows of p] P, in their order            those but for the rounding
 * of the sums between
 *   dP = dy[:, rows of p]ᵀ x                                                                  the bits of a whole W
 * Each part is one dispatch, by the variant that the whole product would have.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { isWeight } from '../../device/recording';
import { biasGradient } from '../reduce/biasGradient';
import { defineOp, type CpuTensor } from '../../device/kernel';
import { matmul, matmulInto, unpacked, unwrapped, type Addends } from './matmul';
import { referenceInto } from './matmulReference';
import { runMatmul, rowsAndColumns, type Packing } from './matmulRun';
import type { MatmulJob, MatrixView } from './matmulSpec';
import { isQuantized, isParted, masterOf, type Matrix, type MatrixPart, type PartedMatrix } from '../matrix/matrix';
import { rowLayout } from '../matrix/quantize';
import { recordAs } from '../../device/recording';
import { empty } from '../rows/gatherRows';

/** y = x Wᵀ, dx = dy W and dW = dyᵀ x. */
type Way = 'forward' | 'input' | 'weight';

interface Attrs {
  way: Way;
  /** The part's first row in W. */
  first: number;
  /** Rows of W. */
  rows: number;
  /** Whether c is added to. */
  adds: boolean;
  packing?: Packing;
}

type Shaped = Pick<CpuTensor, 'shape'>;

/** The window of a part. `rest`: the operand that has a column for each row of W; `own`: the part, or its gradient. */
function windowOf({ way, first, rows, packing }: Attrs, c: Shaped, a: Shaped, b: Shaped): MatrixView {
  const [own, other] = way === 'weight' ? [c, b] : [unwrapped(b, packing), way === 'forward' ? a : c];
  const [[count, columns], [N]] = [rowsAndColumns(own), rowsAndColumns(other)];
  const step = packing ? rowLayout(packing.kind, columns).words : columns;
  switch (way) {
    case 'forward':
      return { M: N, N: count, K: columns, at: [first, 0, 0], step: [rows, columns, step], biasAt: first };
    case 'input':
      return { M: N, N: columns, K: count, at: [0, first, 0], step: [columns, rows, step] };
    case 'weight':
      return { M: count, N: columns, K: N, at: [0, first, 0], step: [columns, rows, columns] };
  }
}

const FORMS = { forward: 'NT', input: 'NN', weight: 'TN' } as const;

function jobOf(attrs: Attrs, window: MatrixView, added: Partial<Record<'bias' | 'residual', unknown>>): MatmulJob {
  const { way, adds, packing } = attrs;
  return {
    form: FORMS[way],
    epilogue: adds ? 'accumulate' : added.residual ? 'residual' : 'store',
    bias: added.bias !== undefined,
    right: packing?.kind ?? 'f32',
    windows: [window],
    count: 1,
    batch: [0, 0, 0],
    alpha: 1,
    scales: packing ? rowLayout(packing.kind, packing.shape[1]).scales : 0,
  };
}

const partProduct = defineOp<'c' | 'a' | 'b', Attrs, 'bias' | 'residual'>({
  name: 'AtelierPartProduct',
  gpu: ({ c, a, b, ...added }, attrs) => {
    const window = windowOf(attrs, c, a, b);
    const like = { forward: { N: attrs.rows }, input: {}, weight: { M: attrs.rows } }[attrs.way];
    runMatmul(jobOf(attrs, window, added), { c, a, b, ...added }, { like: { M: window.M, N: window.N, ...like } });
    return [];
  },
  reference: ({ c, a, b, bias, residual }, attrs) => {
    const window = windowOf(attrs, c, a, b);
    const { M, N, at, step } = window;
    for (let i = 0; !attrs.adds && i < M * N; i++) {
      const [row, column] = [Math.floor(i / N), i % N];
      const place = at[0] + row * step[0] + column;
      c.data[place] = (residual?.data[place] ?? 0) + (bias?.data[attrs.first + column] ?? 0);
    }
    referenceInto(jobOf(attrs, window, {}), c.data, a.data, unpacked(b, attrs.packing).data);
    return [];
  },
});

/** What a kernel reads of a part. */
function readOf({ matrix, first }: MatrixPart): { b: Tensor; first: number; packing?: Packing } {
  if (!isQuantized(matrix)) return { b: matrix, first };
  const { words, kind, shape } = matrix;
  return { b: words, first, packing: { kind, shape } };
}

function forward(x: Tensor, { shape, parts }: PartedMatrix, { bias, residual }: Addends): Tensor {
  const c = empty(x, [x.shape[0], shape[0]]);
  for (const part of parts) {
    const { b, ...place } = readOf(part);
    partProduct({ c, a: x, b, bias, residual }, { way: 'forward', rows: shape[0], adds: false, ...place });
  }
  return c;
}

/** dy W. Has no gradient itself. */
export function timesMatrix(dy: Tensor, w: Matrix): Tensor {
  if (!isParted(w)) return matmul(dy, w, 'NN');
  const c = empty(dy, [dy.shape[0], w.shape[1]]);
  w.parts.forEach((part, i) => {
    const { b, ...place } = readOf(part);
    partProduct({ c, a: dy, b }, { way: 'input', rows: w.shape[0], adds: i > 0, ...place });
  });
  return c;
}

/**
 * The gradient of a part of W, from dy [N, V] and x [N, C]: added to `sum` if that is given, which is returned then.
 * Has no gradient itself.
 */
export function partGradient(dy: Tensor, x: Tensor, { matrix, first }: MatrixPart, sum?: Tensor): Tensor {
  const [count, rows] = [matrix.shape[0], dy.shape[1]!];
  if (count === rows) {
    if (!sum) return matmul(dy, x, 'TN');
    matmulInto(sum, dy, x, 'TN');
    return sum;
  }
  const c = sum ?? empty(x, [count, x.shape[1]!]);
  partProduct({ c, a: dy, b: x }, { way: 'weight', first, rows, adds: sum !== undefined });
  return c;
}

/** x wᵀ (+ bias) (+ residual), by a matrix in parts. Differentiable by all that is trained. */
export function partedLinear(x: Tensor, w: PartedMatrix, added: Addends): Tensor {
  const [y] = recordAs(() => {
    const trained = w.parts.filter(({ matrix }) => isTrained(masterOf(matrix)));
    const kept = trained.length ? [tf.keep(tf.clone(x))] : [];
    return {
      kernelName: 'product with a split matrix',
      inputs: { x, ...named(trained.map(({ matrix }) => masterOf(matrix)!)), ...present(added) },
      outputs: [forward(x, w, added)],
      saved: kept,
      backward: ([dy], wanted) => {
        const gradients: Record<string, () => Tensor> = {
          x: () => timesMatrix(dy!, w),
          bias: () => biasGradient(dy!),
          residual: () => dy!,
        };
        trained.forEach((part, i) => (gradients[nameOf(i)] = () => partGradient(dy!, kept[0]!, part)));
        return Object.fromEntries([...wanted].map((name) => [name, gradients[name]!()]));
      },
    };
  });
  return y!;
}

const isTrained = (tensor: Tensor | undefined): boolean => tensor !== undefined && isWeight(tensor);
const nameOf = (part: number): string => `part ${part}`;
/** As the inputs of a tape node. */
export const named = (parts: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(parts.map((tensor, i) => [nameOf(i), tensor]));

const present = (all: Addends): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(all).filter((entry): entry is [string, Tensor] => entry[1] !== undefined));
