/** What a model reads: token ids on the device. How a training batch gets there, `training/tokenBatch.ts` knows. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { intTensor } from '../device/buffers';
import type { EmbeddingIndex } from '../ops/gather/embedding';

/**
 * Token ids on the GPU with the index of their embedding gradient: `batch` windows of `length`, one after the other.
 */
export interface TokenInput {
  index: EmbeddingIndex;
  batch: number;
  length: number;
  /**
   * Of windows that hold several texts: int32 [batch·length], the index within its window of the first token of each
   * token's own text.
   */
  starts?: Tensor;
  /** Then also the position of each token in its text, as an index into a table of positions. */
  positions?: EmbeddingIndex;
}

/**
 * Ids for a forward pass without gradients: the embedding's index, which only its gradient reads, is not made.
 * `dispose` frees them.
 */
export function uploadIds(ids: Int32Array, batch: number, length: number): { input: TokenInput; dispose(): void } {
  const tensor = intTensor(ids);
  const index = { ids: tensor, order: tensor, starts: tensor };
  return { input: { index, batch, length }, dispose: () => tensor.dispose() };
}
