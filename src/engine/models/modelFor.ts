import { architectureOf, type ModelConfig } from '../../base/modelConfig';
import type { Weights } from '../weights';
import { Gpt2 } from './gpt2';
import { Llama } from './llama';
import type { Model } from './model';

/**
 * The model that a config describes, on these weights. Throws RangeError for attention that is not computed here.
 * @param checkpointed see `CausalModel`
 */
export function modelFor(config: ModelConfig, weights: Weights, checkpointed = 0): Model {
  const { slidingLayers, attentionScale } = architectureOf(config);
  if (slidingLayers.some(Boolean) || attentionScale !== 1 / Math.sqrt(config.headDim))
    throw new RangeError('attention has no sliding windows, and no scale but 1/√headDim');
  return config.family === 'gpt2' ? new Gpt2(config, weights, checkpointed) : new Llama(config, weights, checkpointed);
}
