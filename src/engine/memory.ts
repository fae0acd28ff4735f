import type { TrainConfig } from '../base/config';
import { sizeOf } from '../base/dtype';
import type { RunEstimate } from '../base/machine';
import { parameterCount, parameterSpecs, type ModelConfig } from '../base/modelConfig';

export type MemoryConfig = Pick<TrainConfig, 'batchSize' | 'contextLength' | 'accumulate' | 'optimizer'>;

export interface MemoryPrediction {
  /** Bytes at the peak of a training step. */
  parts: RunEstimate['gpuBytesParts'];
  /** Their sum. */
  total: number;
  /** The largest single buffer, which the adapter's limits must allow. */
  largestBuffer: number;
}

const F32 = 4;

/**
 * GPU memory of a training step, from the tensors that the ops keep for the backward walk (see each op's `save`). Freed buffers go
 * to a pool by size and are used again, so the peak counts each size at its own peak.
 */
export function predictMemory(model: ModelConfig, config: MemoryConfig): MemoryPrediction {
  const tokens = config.batchSize * config.contextLength;
  const weights = F32 * parameterCount(model);
  // gradients of a later micro-batch stand beside the sums that they are added to
  const gradients = weights * (config.accumulate > 1 ? 2 : 1);
  const optimizer = weights * (config.optimizer === 'sgd' ? 1 : 2);
  const activations = F32 * tokens * (model.layers * keptPerToken(model) + passingPerToken(model));
  const logits = F32 * tokens * model.vocabSize;
  const parts = { weights, gradients, optimizer, activations, logits };
  return {
    parts,
    total: Object.values(parts).reduce((a, b) => a + b, 0),
    largestBuffer: F32 * largest(model, tokens),
  };
}

const qkvWidth = (m: ModelConfig): number => (m.heads + 2 * m.kvHeads) * m.headDim;

/** Floats per token that a block keeps for the backward walk. */
function keptPerToken(m: ModelConfig): number {
  const norms = 2 * (2 * m.hiddenSize + 1); // input, output and 1/rms of both
  const attention = qkvWidth(m) + m.heads * m.headDim + m.heads; // turned q, k, v; output; log-sum-exp
  const feedForward = 3 * m.intermediateSize; // gate and up, and their product
  return norms + attention + feedForward;
}

/** Floats per token outside of what the blocks keep: the head's norm, and the gradients under way through one block. */
function passingPerToken(m: ModelConfig): number {
  const head = 2 * m.hiddenSize + 1;
  return head + qkvWidth(m) + 3 * m.intermediateSize;
}

/** Floats of the largest tensor. */
function largest(m: ModelConfig, tokens: number): number {
  const perToken = Math.max(m.vocabSize, 2 * m.intermediateSize, qkvWidth(m));
  return Math.max(tokens * perToken, ...parameterSpecs(m).map((p) => sizeOf(p.shape)));
}
