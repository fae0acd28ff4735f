// A LoRA adapter as the keys and tensors of a GGUF file, in llama.cpp's names.
import type { ReadParameterRows } from '../../base/numbers/tensorData';
import { architectureOf, type ModelShape } from '../../base/modelShape';
import type { LoraShape } from '../../base/lora';
import { adapterTensors, type AdapterTensor } from '../adapters/adapterTensors';
import { encodeGgml } from './ggml';
import type { GgufEntry, GgufTensor } from './gguf';
import { checkWritable, generalEntries, type GgufFacts } from './ggufKeys';
import { ggufTensorName, interleaved, interleaveHeads } from './ggufModel';

export interface GgufAdapterTensor extends GgufTensor {
  source: AdapterTensor;
  /** As in `GgufWeight`: rows of B are rows of the matrix that is adapted. */
  interleave: number | undefined;
}

/**
 * The keys of an adapter for llama.cpp. It scales by alpha/rank alone, so a rank-stabilized alpha is raised by √rank.
 */
export function ggufAdapterEntries(shape: ModelShape, lora: LoraShape, facts: GgufFacts): GgufEntry[] {
  return [
    ['general.architecture', 'string', architectureOf(shape).family],
    ['general.type', 'string', 'adapter'],
    ...generalEntries(facts),
    ['general.file_type', 'u32', 0],
    ['adapter.type', 'string', 'lora'],
    ['adapter.lora.alpha', 'f32', lora.rankStabilized ? lora.alpha * Math.sqrt(lora.rank) : lora.alpha],
  ];
}

/**
 * The matrices of an adapter as F32, named after the tensors that they adapt.
 * @throws gguf-unwritable
 */
export function ggufAdapterTensors(shape: ModelShape, lora: LoraShape): GgufAdapterTensor[] {
  const c = architectureOf(shape);
  checkWritable(c);
  return adapterTensors(shape, lora).map((source) => {
    const weight = `${source.module}.weight`;
    const name = `${ggufTensorName(weight)}.lora_${source.part.toLowerCase()}`;
    const interleave = source.part === 'B' ? interleaved(c, weight) : undefined;
    return { name, shape: source.shape, type: 'F32', source, interleave };
  });
}

export async function ggufAdapterBytes(tensor: GgufAdapterTensor, read: ReadParameterRows): Promise<Uint8Array> {
  const { parameter, row, shape } = tensor.source;
  const values = await read(parameter, row, shape[0]);
  const placed = tensor.interleave === undefined ? values : interleaveHeads(values, tensor.interleave, shape[1]);
  return encodeGgml(placed, tensor.type, tensor.name);
}
