import type { Tensor } from '@tensorflow/tfjs-core';
import { intTensor, newTensor, unshared } from './buffers';
import { embeddingIndex } from './kernels/embedding';
import { gpu } from './kernels/kernel';
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
}

/** Something on the GPU that the caller frees. */
type Uploaded<T> = T & { dispose(): void };

/** Ids for a forward pass without gradients: the embedding's index, which only its gradient reads, is not made. */
export function uploadIds(ids: Int32Array, batch: number, length: number): Uploaded<{ input: TokenInput }> {
  const tensor = intTensor(ids);
  const index = { ids: tensor, order: tensor, starts: tensor };
  return { input: { index, batch, length }, dispose: () => tensor.dispose() };
}

/** Where the tokens of a training batch stand on the GPU, so that batches of one shape can follow each other there. */
export interface BatchBuffers {
  readonly input: TokenInput;
  /** int32 [batch·length]. */
  readonly targets: Tensor;
  /** Puts a batch of this shape here, after the dispatches so far. @throws RangeError for other sizes or ids, and changes nothing then */
  write(batch: TokenBatch): void;
  dispose(): void;
}

export function newBatchBuffers(batch: number, length: number, vocabSize: number): BatchBuffers {
  const ids = () => newTensor([batch * length], 'int32');
  const index = { ids: ids(), order: ids(), starts: newTensor([vocabSize + 1], 'int32') };
  const targets = ids();
  return {
    input: { index, batch, length },
    targets,
    write: ({ inputs, targets: wanted }) => {
      for (const { length: found } of [inputs, wanted])
        if (found !== batch * length) throw new RangeError(`${found} tokens where ${batch} × ${length} belong`);
      const { order, starts } = embeddingIndex(inputs, vocabSize);
      gpu().write(index.ids, unshared(inputs));
      gpu().write(index.order, unshared(order));
      gpu().write(index.starts, unshared(starts));
      gpu().write(targets, unshared(wanted));
    },
    dispose: () => [...Object.values(index), targets].forEach((t) => t.dispose()),
  };
}

/** Ids and targets of one batch, with the order in which the embedding's gradient adds its rows. */
export function uploadBatch(batch: TokenBatch, vocabSize: number): BatchBuffers {
  const buffers = newBatchBuffers(batch.batch, batch.length, vocabSize);
  buffers.write(batch);
  return buffers;
}
