import type { ModelConfig } from '../../base/modelShape';
import type { Weights } from './weights';
import type { ModelOptions } from './causal';
import { Gpt2 } from './gpt2';
import { Llama } from './llama';
import type { Model } from './model';

/** The model that a config describes, on these weights, with an adapter beside them if there is one. */
export function modelFor(config: ModelConfig, weights: Weights, options?: ModelOptions): Model {
  return config.family === 'gpt2' ? new Gpt2(config, weights, options) : new Llama(config, weights, options);
}
