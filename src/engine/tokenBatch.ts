import { intTensor, newTensor, unshared } from './buffers';
import { device } from './kernels/door';
import { embeddingIndex } from './kernels/embedding';
import type { LabelIndex } from './kernels/linearCrossEntropy';
import type { TokenInput } from './models/model';

/** `batch` windows of `length` tokens, one after the other; a target of −1 is not graded. */
export interface TokenBatch {
  batch: number;
  length: number;
  /** [batch·length] ids below the vocabulary size. */
  inputs: Int32Array;
  /** [batch·length] ids, or −1. */
  targets: Int32Array;
  /** Targets that are not −1. */
  labels: number;
  /** [batch·length]: how much each target counts; absent: 1 each. */
  weights?: Float32Array;
}

/** Σ of the weights of a batch's labels: the loss of a step is divided by that of all its batches. */
export const labelWeight = ({ targets, weights, labels }: TokenBatch): number =>
  weights ? targets.reduce((sum, target, i) => (target < 0 ? sum : sum + weights[i]!), 0) : labels;

/** Something on the GPU that the caller frees. */
type Uploaded<T> = T & { dispose(): void };

/** Ids for a forward pass without gradients: the embedding's index, which only its gradient reads, is not made. */
export function uploadIds(ids: Int32Array, batch: number, length: number): Uploaded<{ input: TokenInput }> {
  const tensor = intTensor(ids);
  const index = { ids: tensor, order: tensor, starts: tensor };
  return { input: { index, batch, length }, dispose: () => tensor.dispose() };
}

/** Room for labels is given in this many steps, so that batches of one shape whose labels differ a little fit one captured step. */
const ROOMS = 8;

/** The room that each of some batches gets, so that all their labels fit: a share of its tokens, 1 … 8 eighths. */
export const labelRoom = (batches: readonly TokenBatch[]): number =>
  Math.max(1, ...batches.map(({ labels, batch, length }) => Math.ceil((ROOMS * labels) / (batch * length))));

/** Rows of a label index for that room. */
const roomFor = (tokens: number, room: number): number => Math.ceil((tokens * room) / ROOMS);

/** The labels of a batch and where they stand (see `LabelIndex`), in `size` places. */
export function labelIndex({ targets, weights }: Pick<TokenBatch, 'targets' | 'weights'>, size: number) {
  const index = {
    rows: new Int32Array(size).fill(-1),
    targets: new Int32Array(size).fill(-1),
    weights: new Float32Array(size),
  };
  let next = 0;
  targets.forEach((target, row) => {
    if (target < 0 && size < targets.length) return;
    if (next === size) throw new RangeError(`more than ${size} labels where ${size} have room`);
    index.rows[next] = row;
    index.targets[next] = target;
    index.weights[next++] = weights ? weights[row]! : 1;
  });
  return index;
}

/** Where the tokens of a training batch stand on the GPU, so that batches of one shape can follow each other there. */
export interface BatchBuffers {
  readonly input: TokenInput;
  readonly labels: LabelIndex;
  /** Puts a batch of this shape here, after the dispatches so far. @throws RangeError for other sizes or ids, and changes nothing then */
  write(batch: TokenBatch): void;
  dispose(): void;
}

/** @param room for labels, see `labelRoom` */
export function newBatchBuffers(batch: number, length: number, vocabSize: number, room: number): BatchBuffers {
  const tokens = batch * length;
  const size = roomFor(tokens, room);
  const index = {
    ids: newTensor([tokens], 'int32'),
    order: newTensor([tokens], 'int32'),
    starts: newTensor([vocabSize + 1], 'int32'),
  };
  const labels = { rows: newTensor([size], 'int32'), targets: newTensor([size], 'int32'), weights: newTensor([size]) };
  return {
    input: { index, batch, length },
    labels,
    write: (values) => {
      for (const { length: found } of [values.inputs, values.targets, values.weights ?? values.targets])
        if (found !== tokens) throw new RangeError(`${found} tokens where ${batch} × ${length} belong`);
      const { order, starts } = embeddingIndex(values.inputs, vocabSize);
      const graded = labelIndex(values, size);
      device().write(index.ids, unshared(values.inputs));
      device().write(index.order, unshared(order));
      device().write(index.starts, unshared(starts));
      device().write(labels.rows, graded.rows);
      device().write(labels.targets, graded.targets);
      device().write(labels.weights, graded.weights);
    },
    dispose: () => [...Object.values(index), ...Object.values(labels)].forEach((t) => t.dispose()),
  };
}

/** A batch with all that training and evaluation read of it. */
export function uploadBatch(batch: TokenBatch, vocabSize: number, room = labelRoom([batch])): BatchBuffers {
  const buffers = newBatchBuffers(batch.batch, batch.length, vocabSize, room);
  buffers.write(batch);
  return buffers;
}
