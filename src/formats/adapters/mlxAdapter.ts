// Writes a LoRA adapter as mlx-lm saves it. Reading adapters is in `peftReading.ts`.
import { architectureOf, type ModelShape } from '../../base/modelShape';
import type { LoraShape } from '../../base/lora';
import type { ReadParameterRows, TensorSpec } from '../../base/numbers/tensorData';
import { adapterTensors, type AdapterTensor } from './adapterTensors';
import { fromFloat32 } from '../floats';

/** A matrix of an adapter as mlx-lm has it, which computes x·A·B: the transpose of PEFT's. */
export interface MlxTensor extends TensorSpec {
  dtype: 'F32';
  source: AdapterTensor;
}

/** The tensors of the adapters.safetensors that mlx_lm.lora goes on from (`resume_adapter_file`), F32. */
export const mlxTensors = (shape: ModelShape, lora: LoraShape): MlxTensor[] =>
  adapterTensors(shape, lora).map((source) => ({
    name: `${moduleIn(shape, source.module)}.lora_${source.part.toLowerCase()}`,
    dtype: 'F32',
    shape: source.shape.toReversed(),
    source,
  }));

/** mlx-lm calls the body of every model `model`; transformers that of GPT-2 `transformer`. */
const moduleIn = (shape: ModelShape, module: string): string =>
  architectureOf(shape).family === 'gpt2' ? module.replace(/^transformer\./, 'model.') : module;

/** The bytes of one; adapters are small, so it is read whole. */
export async function mlxBytes({ source }: MlxTensor, read: ReadParameterRows): Promise<Uint8Array> {
  const [rows, columns] = source.shape;
  const values = await read(source.parameter, source.row, rows);
  const turned = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  return fromFloat32(turned, 'F32');
}
