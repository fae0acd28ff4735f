import type { TokenGenerator } from '../../../src/engine/generation/decoder';
import { createGenerator } from '../../../src/engine/generation/decoder';
import { openEngine, type Engine } from '../../../src/engine/gpuEngine';
import { gpu } from '../../../src/engine/device/kernel';
import { predictMemory } from '../../../src/engine/training/memory';
import { createTrainer, type Trainer } from '../../../src/engine/training/step';
import { initialWeights, uploadWeights } from '../../../src/engine/models/weights';
import { batchAt, type BenchCase } from '../cases';
import { largest, type Side } from '../side';

export async function open(bench: BenchCase): Promise<Side> {
  const engine = await openEngine();
  const before = engine.gpuBytes();
  const { trainer, ...side } = await trained(bench);
  return {
    ...side,
    generate: async (prompt, count) => {
      const ids = await written(createGenerator(trainer.model, prompt.length + count), prompt, count);
      gpu().trim(); // what is measured later are the bytes of training
      return ids;
    },
    report: async () => {
      const bytes = engine.gpuBytes() - before;
      const predictedBytes = predictMemory(bench.model, bench.settings).total;
      trainer.dispose();
      return { adapter: adapterOf(engine), bytes, predictedBytes, matmul: await bestMatmul(engine) };
    },
  };
}

/** Our trainer as a side, on the device that is open. */
export async function trained(bench: BenchCase): Promise<Side & { trainer: Trainer }> {
  const { model, settings } = bench;
  const weights = await uploadWeights(model, initialWeights(model, settings.seed));
  const trainer = createTrainer(model, settings, weights);
  const { batchSize: batch, contextLength: length, learningRate } = settings;
  const step = (i: number) =>
    trainer.step([{ ...batchAt(i, bench), batch, length, labels: batch * length }], learningRate);
  return { trainer, step: async (i) => (await step(i)).loss, dispose: () => trainer.dispose() };
}

/** Writes by a decoder, which ends with it. */
export async function written(generator: TokenGenerator, prompt: Int32Array, count: number): Promise<number[]> {
  const ids = [largest(await generator.prefill(prompt))];
  while (ids.length < count) ids.push(largest(await generator.next(ids.at(-1)!)));
  generator.dispose();
  return ids;
}

export function adapterOf({ facts }: Engine): string {
  return [facts.vendor, facts.architecture, facts.description].filter(Boolean).join(' ');
}

const ROUNDS = 3;

async function bestMatmul(engine: Engine): Promise<number> {
  let best = 0;
  for (let i = 0; i < ROUNDS; i++) best = Math.max(best, await engine.measureMatmul());
  return best;
}
