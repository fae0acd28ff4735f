// The engine's parameters from the tensors of a GGUF: as its blocks where a parameter has one type, else in f32.
import { isBlockType, sizeOf } from '../../../base/numbers/dtype';
import { AtelierError } from '../../../base/errors/errors';
import { parameterSpecs, type ModelShape } from '../../../base/modelShape';
import { fromFloat32 } from '../../floats';
import { rowRanges } from '../../huggingFace/modelTensors';
import { checkShape } from '../../huggingFace/tensorMatching';
import { decodeGgml, ggmlBytes, type ReadType } from '../ggml';
import { ggufWeights, ROPE_FACTORS, splitHeads, type GgufWeight } from '../ggufModel';
import { readable, readGgufBytes } from '../ggufReading';
import type { PlacedGgufTensor } from './ggufSource';

interface WeightPart {
  weight: GgufWeight;
  tensor: PlacedGgufTensor;
  type: ReadType;
}

/** A parameter of ours, and the tensors that are its rows. */
export interface GgufParameter {
  name: string;
  shape: number[];
  /** How its bytes are given. */
  dtype: ReadType;
  parts: WeightPart[];
}

/** Tables that old converters wrote, which the keys say too. */
const PASSED_OVER = new RegExp(`^(blk\\.\\d+\\.)?(${ROPE_FACTORS.replace('.', '\\.')}|attn_rot_embd)$`);

/**
 * All parameters in order; each tensor of the file must be one of them, in its shape and a type that we read.
 * @throws tensor-missing, tensor-shape, tensor-empty, tensor-unknown, gguf-type
 */
export function ggufParameters(
  shape: ModelShape,
  tensors: ReadonlyMap<string, PlacedGgufTensor>,
  file: string,
): GgufParameter[] {
  const parts = new Map<string, WeightPart[]>(parameterSpecs(shape).map(({ name }) => [name, []]));
  const left = new Set(tensors.keys());
  for (const weight of ggufWeights(shape, 'F32')) {
    const tensor = tensors.get(weight.name);
    if (!tensor) throw new AtelierError('tensor-missing', { file, tensor: weight.name });
    const type = readable(tensor, tensor.file);
    checkShape({ name: weight.name, dtype: type, shape: tensor.shape }, weight.shape, tensor.file);
    parts.get(weight.parameter)!.push({ weight, tensor, type });
    left.delete(weight.name);
  }
  const stranger = [...left].find((name) => !PASSED_OVER.test(name));
  if (stranger !== undefined) throw new AtelierError('tensor-unknown', { file, tensor: stranger });
  return parameterSpecs(shape).map(({ name, shape: size }) => {
    const own = parts.get(name)!;
    return { name, shape: size, dtype: commonType(own, size), parts: own };
  });
}

/** F32 where the parts differ, as the three of an attention may, and where values are changed on the way. */
function commonType(parts: readonly WeightPart[], shape: readonly number[]): ReadType {
  const [first, ...others] = new Set(parts.map(({ type }) => type));
  const asItIs = first && !others.length && parts.every(({ weight }) => weight.added === 0);
  return asItIs && (shape.length > 1 || !isBlockType(first)) ? first : 'F32';
}

/**
 * The bytes of a parameter in parts that follow each other: rows of q and k in the order of halves, Gemma's norms
 * without the 1 that converters add.
 * @throws gguf-broken
 */
export async function* ggufParameterBytes({ dtype, parts }: GgufParameter): AsyncGenerator<Uint8Array> {
  for (const { weight, tensor, type } of parts) {
    const { interleave = 1, added, shape } = weight;
    const width = sizeOf(shape.slice(1));
    for (const range of rowRanges(0, weight.rows / interleave, width * interleave)) {
      const [row, rows] = [range.row * interleave, range.rows * interleave];
      const stored = await readGgufBytes(tensor.buffer, tensor, tensor.file, row, rows);
      const bytes = interleave > 1 ? splitHeads(stored, interleave, ggmlBytes(type, shape.slice(1))) : stored;
      if (type === dtype && !added) yield bytes;
      else yield fromFloat32(without(decodeGgml(bytes, type), added), 'F32');
    }
  }
}

const without = (values: Float32Array, added: number): Float32Array => (added ? values.map((v) => v - added) : values);
