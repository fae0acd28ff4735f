import type { ReadParameterRows } from '../../src/base/numbers/tensorData';
import { loraShapeOf } from '../../src/base/settings/tuneSettings';
import { parameterSpecs } from '../../src/base/modelShape';
import { stream } from '../../src/base/numbers/rng';
import { sizeOf } from '../../src/base/numbers/dtype';
import { initialAdapter, uploadAdapter } from '../../src/engine/models/adapter';
import { openEngine } from '../../src/engine/gpuEngine';
import { planMemory } from '../../src/engine/training/memory';
import { createTrainer } from '../../src/engine/training/step';
import { uploadFrozen } from '../../src/engine/models/weights';
import { dawn } from '../dawn';
import { batchAt, caseNamed, type BenchCase } from './cases';
import { counting } from './counting';
import { adapterOf } from './sides/ours';

/** What a tuning of this size may take. */
const MOST_BYTES = 900e6;

export interface MemoryRow {
  metric: 'lora_gpu_bytes';
  case: string;
  /** By memory.ts. */
  planned: number;
  /** All that the engine holds after the step. */
  allocated: number;
  /** The most that was ever allocated on the device, counted where buffers are made. */
  peak: number;
  recomputedBlocks: number;
  loss: number;
  seconds: number;
  adapter: string;
}

/** LoRA of rank 16 on all linear layers of SmolLM2's smallest, one window of 512 tokens, frozen weights in f16. */
function caseOfLora(): BenchCase {
  const bench = caseNamed('135M');
  const lora = { method: 'lora', frozenPrecision: 'f16', loraRank: 16, loraTargets: 'all' } as const;
  return { ...bench, settings: { ...bench.settings, ...lora, batchSize: 1, contextLength: 512, accumulate: 1 } };
}

/**
 * One real step of it, with seeded weights. On a software adapter it takes minutes.
 * @throws when plan, allocation or peak are more than it may take
 */
export async function memoryOfLora(): Promise<MemoryRow[]> {
  const bench = caseOfLora();
  const { model, settings } = bench;
  const gpu = dawn();
  const counts = counting(gpu);
  const engine = await openEngine({ gpu });
  const { recomputedBlocks, prediction } = planMemory(model, settings, MOST_BYTES);
  const lora = loraShapeOf(settings, model);
  const adapter = await uploadAdapter(model, lora, initialAdapter(model, lora, settings.seed));
  const weights = await uploadFrozen(model, settings.frozenPrecision, seededRows(bench));
  const trainer = createTrainer(model, settings, weights, { recomputedBlocks, adapter });
  const start = performance.now();
  const tokens = { ...batchAt(0, bench), batch: 1, length: settings.contextLength, labels: settings.contextLength };
  const { loss } = await trainer.step([tokens], settings.learningRate);
  const row: MemoryRow = {
    ...{ metric: 'lora_gpu_bytes', case: '135M, LoRA r = 16 on all linear layers, f16, B1 T512' },
    ...{ planned: prediction.total, allocated: engine.gpuBytes(), peak: counts.peakBytes, recomputedBlocks, loss },
    seconds: Math.round((performance.now() - start) / 1000),
    adapter: adapterOf(engine),
  };
  trainer.dispose();
  const most = Math.max(row.planned, row.allocated, row.peak);
  if (!(most <= MOST_BYTES && Number.isFinite(loss)))
    throw new Error(`not within ${MOST_BYTES} bytes: ${JSON.stringify(row)}`);
  return [row];
}

/** Fresh weights by rows, for none of which the whole matrix is ever in JavaScript. */
const seededRows = ({ model, settings }: BenchCase): ReadParameterRows => {
  const specs = new Map(parameterSpecs(model).map((spec) => [spec.name, spec]));
  return async (name, row, rows) => {
    const { shape, kind } = specs.get(name)!;
    const width = sizeOf(shape) / shape[0]!;
    const random = stream(settings.seed, 'bench', name, row);
    return Float32Array.from({ length: rows * width }, () => (kind === 'norm' ? 1 : 0.02 * random.normal()));
  };
};
