// Proposals that make a refused run fit into memory, cheapest first. Whether one fits is asked in estimate.ts.
import type { TrainSettings } from '../../base/settings/trainSettings';
import { LEAST_THUMBS } from '../../base/settings/tuneSettings';
import type { ModelShape } from '../../base/modelShape';

/** Shorter contexts hold no conversation. */
const SHORTEST = 128;

/**
 * Changes of a run's settings that take less memory, the cheapest first: a smaller batch with more micro-batches learns
 * the same; narrower frozen weights learn nearly the same; a shorter context cuts rows. Recomputed blocks are not
 * among them, since engine/training/memory.ts plans those by itself.
 */
export function* fitToMemory(settings: TrainSettings, model: ModelShape): Generator<Partial<TrainSettings>> {
  const narrow = settings.method === 'lora' && settings.frozenPrecision !== 'q4';
  const precisions = narrow ? [{}, { frozenPrecision: 'q4' as const }] : [{}];
  for (let length = Math.min(settings.contextLength, model.contextLength); ; length = length >> 1) {
    const context = length === settings.contextLength ? {} : { contextLength: length };
    for (const precision of precisions) {
      if (Object.keys({ ...context, ...precision }).length) yield { ...context, ...precision };
      yield* smallerBatches(settings, { ...context, ...precision });
    }
    if (length >> 1 < SHORTEST) return;
  }
}

/** Quarters, then as few windows at a time as the task allows: each step reads as many as before. */
function* smallerBatches({ task, batchSize, accumulate }: TrainSettings, others: Partial<TrainSettings>) {
  const least = task === 'kto' ? LEAST_THUMBS : 1;
  const sizes = new Set([Math.max(least, batchSize >> 2), least]);
  for (const size of sizes)
    if (size < batchSize) yield { ...others, batchSize: size, accumulate: Math.ceil((batchSize * accumulate) / size) };
}
