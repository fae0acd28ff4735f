import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { TensorData } from '../../src/base/numbers/tensorData';
import { openEngine } from '../../src/engine/gpuEngine';
import { initialWeights } from '../../src/engine/models/weights';
import { layoutSafetensors, writeSafetensors } from '../../src/formats/huggingFace/safetensors';
import { dawn } from '../dawn';
import { batchAt, tokensOf, type BenchCase } from './cases';
import { trained } from './sides/ours';

/** Steps whose batches and losses are in the file. */
const STEPS = 8;

/**
 * Writes what the steps of a case begin with and what they come to here, as safetensors: the weights by our names, the
 * inputs and targets of some steps [steps, tokens], their losses, and shapes and settings as metadata. pytorch/train.py
 * takes the same steps.
 */
export async function writeStart(bench: BenchCase, file: string): Promise<object[]> {
  await openEngine({ gpu: dawn() });
  const side = await trained(bench);
  const losses = new Float32Array(STEPS);
  for (let i = 0; i < STEPS; i++) losses[i] = await side.step(i);
  side.dispose();
  const { model, settings } = bench;
  const weights = new Map([...initialWeights(model, settings.seed)].map((tensor) => [tensor.name, tensor]));
  const tensors: TensorData[] = [...weights.values(), ...batches(bench), data('losses', 'F32', [STEPS], losses)];
  const metadata = { case: bench.name, model: JSON.stringify(model), settings: JSON.stringify(settings) };
  await pipeline(
    writeSafetensors(layoutSafetensors(tensors, metadata), ({ bytes }) => bytes),
    createWriteStream(file),
  );
  console.log(`${file}: ${bench.name}, ${STEPS} steps, losses ${losses[0]!.toFixed(4)} … ${losses.at(-1)!.toFixed(4)}`);
  return [];
}

const data = (name: string, dtype: 'F32' | 'I32', shape: number[], values: Float32Array | Int32Array): TensorData => ({
  ...{ name, dtype, shape, bytes: new Uint8Array(values.buffer) },
});

function batches(bench: BenchCase): TensorData[] {
  const shape = [STEPS, tokensOf(bench)];
  const all = { inputs: new Int32Array(STEPS * tokensOf(bench)), targets: new Int32Array(STEPS * tokensOf(bench)) };
  for (let i = 0; i < STEPS; i++) {
    const { inputs, targets } = batchAt(i, bench);
    all.inputs.set(inputs, i * tokensOf(bench));
    all.targets.set(targets, i * tokensOf(bench));
  }
  return [data('inputs', 'I32', shape, all.inputs), data('targets', 'I32', shape, all.targets)];
}
