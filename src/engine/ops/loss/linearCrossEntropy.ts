/**
 * Cross-entropy of a linear head without the logits of the whole batch: logits = x headᵀ of some graded rows at a time,
 * their gradient written over them (`crossEntropyRows`), and for each part, with g = dlogits:
 *   dx[rows] = g head      dhead += gᵀ x[rows]
 * Both gradients are made in the forward pass: the loss is where the backward walk starts, with dy = 1, and so they
 * need no second pass. Rows without a label are left out: of a conversation usually only the answers are graded, and
 * the head is the widest product of a small model.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { isWeight } from '../../device/recording';
import { device } from '../../device/currentDevice';
import { crossEntropyRows, crossEntropySum, type LossStep, type Targets } from './crossEntropy';
import { recordAs } from '../../device/recording';
import { linear } from '../matmul/linear';
import { masterOf, partsOf, type Matrix, type MatrixPart } from '../matrix/matrix';
import { clear, empty, gatherRows, scatterRows } from '../rows/gatherRows';
import { named, partGradient, timesMatrix } from '../matmul/partsMatmul';
import { setPartBytes } from '../../device/variants';

/** The graded rows of a batch, in ascending order; the rest of each tensor is padded with −1, −1 and 0. */
export interface LabelIndex extends Targets {
  /** int32 [L]: row numbers. With L = N these are all rows in their order, graded or not. */
  rows: Tensor;
}

/**
 * Bytes of one part's logits. Large enough that a part of 170 rows (of 49,152 logits) reads the head for many results
 * at once: a product of so many rows is bound by its arithmetic on all but the widest memory; small beside the head's
 * own matrix (113 MB at 576 columns).
 */
const CHUNK_BYTES = 32 * 2 ** 20;
/** Below so many rows a part reads the head for too few results, however wide it is. */
const FEWEST_ROWS = 64;

interface Chunk {
  from: number;
  count: number;
}

/** Parts of nearly equal size, none larger than a tensor may be. */
export function chunksOf(rows: number, vocab: number, bytes = CHUNK_BYTES): Chunk[] {
  const fitting = (room: number): number => Math.floor(room / (4 * vocab));
  const most = Math.max(1, Math.min(fitting(setPartBytes(device().mostBytes)), Math.max(FEWEST_ROWS, fitting(bytes))));
  const each = Math.ceil(rows / Math.ceil(rows / most));
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => ({
    from: i * each,
    count: Math.min(each, rows - i * each),
  }));
}

/** States with the head that turns them into logits, in parts. */
export interface Graded {
  x: Tensor;
  head: Matrix;
  labels: LabelIndex;
  chunks: Chunk[];
}

export const gradedIn = (x: Tensor, head: Matrix, labels: LabelIndex, bytes?: number): Graded => ({
  x,
  head,
  labels,
  chunks: chunksOf(labels.rows.shape[0], head.shape[0], bytes),
});

/** Whether the only part is x itself, so that no row needs to be moved. */
const isWhole = ({ x, labels, chunks }: Graded): boolean => chunks.length === 1 && labels.rows.shape[0] === x.shape[0];

/** Visits the logits of each part with the rows of x that they belong to; both are freed after it. */
export function eachPart(graded: Graded, visit: (logits: Tensor, xs: Tensor, from: number) => void): void {
  for (const { from, count } of graded.chunks)
    tf.tidy(() => {
      const xs = isWhole(graded) ? graded.x : gatherRows(graded.x, graded.labels.rows, from, count);
      visit(linear(xs, graded.head), xs, from);
    });
}

/** What a node of the tape can be differentiated by. */
export function headInputs(x: Tensor, head: Matrix): Record<string, Tensor> {
  return { x, ...named(trainedIn(head).map(({ matrix }) => masterOf(matrix)!)) };
}

/** The parts of a head that are differentiated by at the moment. */
const trainedIn = (head: Matrix): MatrixPart[] =>
  partsOf(head).filter(({ matrix }) => {
    const trained = masterOf(matrix);
    return trained !== undefined && isWeight(trained);
  });

/**
 * Collects ∂L/∂x and, of a head that is trained, ∂L/∂head from the parts' dlogits. All are kept: they outlive every
 * tidy.
 */
export class HeadGradients {
  dx: Tensor | undefined;
  /** Of the trained tensors that the head is in. */
  readonly #dhead: Tensor[] = [];

  constructor(readonly graded: Graded) {}

  add(dlogits: Tensor, xs: Tensor, from: number): void {
    const { head } = this.graded;
    this.#addRows(timesMatrix(dlogits, head), from);
    trainedIn(head).forEach((part, i) => {
      this.#dhead[i] = tf.keep(partGradient(dlogits, xs, part, this.#dhead[i]));
    });
  }

  #addRows(rows: Tensor, from: number): void {
    const { x, labels } = this.graded;
    if (isWhole(this.graded)) return void (this.dx = tf.keep(rows));
    if (!this.dx) {
      this.dx = tf.keep(empty(x, x.shape));
      if (labels.rows.shape[0] < x.shape[0]) clear(this.dx); // else every row is written
    }
    scatterRows(this.dx, rows, labels.rows, from);
  }

  /** By the names of the inputs, as a tape node wants them. */
  named(): Record<string, Tensor> {
    return { x: this.dx!, ...named(this.#dhead) };
  }
}

/**
 * Loss of states x [N, C] under a head [V, C], for training: loss [1] = scale · Σ w·nll; stats [3] = Σ w·nll, Σ w of
 * right predictions, Σ w, and of mixed texts more (see `crossEntropySum`). Takes dy as 1: differentiate
 * `loss` itself and put every factor into the scale or the weights.
 * @param head may be packed
 * @param step usually with 1 / Σ w of the whole step; read when params are written, so that a replay has its own
 * @param bytes of one part's logits; tests have smaller ones
 * @param scaling its first number multiplies the gradients, though not the loss: see `lossScaling.ts`
 */
export function linearCrossEntropy(
  x: Tensor,
  head: Matrix,
  labels: LabelIndex,
  step: LossStep,
  bytes?: number,
  scaling?: Tensor,
): { loss: Tensor; stats: Tensor } {
  const [loss, stats] = recordAs(() => {
    const gradients = new HeadGradients(gradedIn(x, head, labels, bytes));
    const outputs = tf.tidy(() => {
      const rows = empty(x, [labels.rows.shape[0], 2]);
      eachPart(gradients.graded, (logits, xs, from) => {
        crossEntropyRows(rows, logits, labels, { step, train: true, from }, scaling);
        gradients.add(logits, xs, from);
      });
      return crossEntropySum(rows, labels, step);
    });
    const named = gradients.named();
    return {
      kernelName: 'linearCrossEntropy',
      inputs: headInputs(x, head),
      outputs,
      saved: Object.values(named),
      backward: () => named,
    };
  });
  return { loss: loss!, stats: stats! };
}

/** [w·nll, w·hit] of each label of states x [N, C] under a head [V, C], without gradient: [L, 2]. */
export function linearCrossEntropyRows(x: Tensor, head: Matrix, labels: LabelIndex, bytes?: number): Tensor {
  const rows = empty(x, [labels.rows.shape[0], 2]);
  eachPart(gradedIn(x, head, labels, bytes), (logits, _xs, from) =>
    crossEntropyRows(rows, logits, labels, { step: { lossScale: 1 }, train: false, from }),
  );
  return rows;
}

/** The stats of `linearCrossEntropy` [3], without gradient. */
export const linearCrossEntropyStats = (x: Tensor, head: Matrix, labels: LabelIndex, bytes?: number): Tensor =>
  tf.tidy(() => crossEntropySum(linearCrossEntropyRows(x, head, labels, bytes), labels, { lossScale: 1 })[1]);
