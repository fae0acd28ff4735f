/** The one place that knows all model families. */
import type { ModelShape } from '../../base/modelShape';
import type { Weights } from './weights';
import type { ModelOptions } from './causal';
import { Gpt2 } from './gpt2';
import { Llama } from './llama';
import type { Model } from './model';

/** The model that a shape describes, on these weights, with an adapter beside them if there is one. */
export function modelFor(shape: ModelShape, weights: Weights, options?: ModelOptions): Model {
  return shape.family === 'gpt2' ? new Gpt2(shape, weights, options) : new Llama(shape, weights, options);
}
