import type { ModelConfig } from '../../base/modelConfig';
import type { Weights } from '../weights';
import { Gpt2 } from './gpt2';
import { Llama } from './llama';
import type { Model } from './model';

/**
 * The model that a config describes, on these weights.
 * @param checkpointed see `CausalModel`
 */
export function modelFor(config: ModelConfig, weights: Weights, checkpointed = 0): Model {
  return config.family === 'gpt2' ? new Gpt2(config, weights, checkpointed) : new Llama(config, weights, checkpointed);
}
