import type { Tensor } from '@tensorflow/tfjs-core';
import { intTensor } from './buffers';
import { embeddingIndex } from './kernels/embedding';
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

/** Ids and targets, with the order in which the embedding's gradient adds its rows. */
export function uploadBatch(batch: TokenBatch, vocabSize: number): Uploaded<{ input: TokenInput; targets: Tensor }> {
  const { order, starts } = embeddingIndex(batch.inputs, vocabSize);
  const index = { ids: intTensor(batch.inputs), order: intTensor(order), starts: intTensor(starts) };
  const targets = intTensor(batch.targets);
  return {
    input: { index, batch: batch.batch, length: batch.length },
    targets,
    dispose: () => [...Object.values(index), targets].forEach((t) => t.dispose()),
  };
}
