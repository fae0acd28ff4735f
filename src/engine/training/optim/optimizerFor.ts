/** The one place that knows all optimizers. */
import { AdamW } from './adamw';
import type { Optimizer, OptimizerSettings } from './optimizer';
import { Sgd } from './sgd';

/** The optimizer that the settings ask for. */
export function optimizerFor(settings: OptimizerSettings): Optimizer {
  return settings.optimizer === 'sgd' ? new Sgd(settings) : new AdamW(settings);
}
