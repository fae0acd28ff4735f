import type { Engine } from '../../src/engine/device';
import { createDecoder } from '../../src/engine/decoder';
import { createTrainer, type Trainer } from '../../src/engine/step';
import { initialWeights, uploadWeights } from '../../src/engine/weights';
import { batchAt, type BenchCase } from './cases';
import { median, type Side } from './side';

/** Our side; `eager` steps pass the door op by op, where a profile can time them. */
export async function openOurs(
  { model, settings }: BenchCase,
  how: 'replayed' | 'eager' = 'replayed',
): Promise<Side & { trainer: Trainer }> {
  const weights = await uploadWeights(model, initialWeights(model, settings.seed));
  const trainer = createTrainer(model, settings, weights, { stepping: how });
  const { batchSize: batch, contextLength: length, learningRate } = settings;
  const step = (i: number) =>
    trainer.step([{ ...batchAt(i, settings), batch, length, labels: batch * length }], learningRate);
  return { trainer, step: async (i) => (await step(i)).loss, dispose: () => trainer.dispose() };
}

const PROMPT = 16;
const GENERATED = 64;
const ROUNDS = 3;

/** Tokens per second of generation after a prompt, greedy, the prompt's own time included; the median counts. */
export async function generationRate({ model }: Trainer, { settings }: BenchCase): Promise<number> {
  const decoder = createDecoder(model, PROMPT + GENERATED);
  const prompt = batchAt(0, settings).inputs.subarray(0, PROMPT);
  const generate = async (): Promise<number> => {
    const start = performance.now();
    let logits = await decoder.prefill(prompt);
    for (let i = 1; i < GENERATED; i++) logits = await decoder.next(largest(logits));
    return (1000 * GENERATED) / (performance.now() - start);
  };
  await generate();
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rates.push(await generate());
  decoder.dispose();
  return Math.round(median(rates));
}

const largest = (values: Float32Array): number => values.reduce((best, x, i) => (x > values[best]! ? i : best), 0);

/** The best of a few measurements of our own matmul: what the adapter can do, in operations per second. */
export async function bestMatmul(engine: Engine, rounds = ROUNDS): Promise<number> {
  let best = 0;
  for (let i = 0; i < rounds; i++) best = Math.max(best, await engine.measureMatmul());
  return best;
}
