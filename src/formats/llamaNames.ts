import { AtelierError } from '../base/errors/errors';
import { parameterSpecs, type ModelConfig, type ParameterSpec } from '../base/modelConfig';
import type { TensorSpec } from '../base/tensorData';

/** Rows of one of our parameters that are a tensor of their own in Hugging Face files. */
export interface Slice {
  /** The name in the file, e.g. `model.layers.0.self_attn.q_proj.weight`. */
  name: string;
  shape: number[];
  /** First row of our parameter; vectors count elements as rows. */
  row: number;
  rows: number;
}

export interface Plan {
  parameter: ParameterSpec;
  /** In order of rows, together the whole parameter. */
  slices: Slice[];
}

/** How each parameter of the engine is cut into the tensors of a LlamaForCausalLM, in the order of `parameterSpecs`. */
export const llamaPlan = (config: ModelConfig): Plan[] =>
  parameterSpecs(config).map((parameter) => ({ parameter, slices: slicesOf(parameter, config) }));

function slicesOf(parameter: ParameterSpec, c: ModelConfig): Slice[] {
  const { prefix, part } = placeOf(parameter.name);
  const width = parameter.shape.slice(1);
  let row = 0;
  return cuts(part, parameter.shape[0]!, c).map(([name, rows]) => {
    const slice = { name: `${prefix}${name}.weight`, shape: [rows, ...width], row, rows };
    row += rows;
    return slice;
  });
}

function placeOf(name: string): { prefix: string; part: string } {
  const inLayer = /^layers\.(\d+)\.(\w+)$/.exec(name);
  return inLayer ? { prefix: `model.layers.${inLayer[1]}.`, part: inLayer[2]! } : { prefix: 'model.', part: name };
}

function cuts(part: string, rows: number, c: ModelConfig): [name: string, rows: number][] {
  const q = c.heads * c.headDim;
  const kv = c.kvHeads * c.headDim;
  switch (part) {
    case 'embedding':
      return [['embed_tokens', rows]];
    case 'norm':
      return [['norm', rows]];
    case 'norm1':
      return [['input_layernorm', rows]];
    case 'norm2':
      return [['post_attention_layernorm', rows]];
    case 'qkv':
      return [
        ['self_attn.q_proj', q],
        ['self_attn.k_proj', kv],
        ['self_attn.v_proj', kv],
      ];
    case 'o':
      return [['self_attn.o_proj', rows]];
    case 'gateUp':
      return [
        ['mlp.gate_proj', c.intermediateSize],
        ['mlp.up_proj', c.intermediateSize],
      ];
    case 'down':
      return [['mlp.down_proj', rows]];
    default:
      throw new RangeError(`no Hugging Face name for ${part}`);
  }
}

/** Not weights of ours: a copy of the tied embedding, and angles that older files keep as buffers. */
const passedOver = (name: string): boolean => name === 'lm_head.weight' || name.endsWith('.rotary_emb.inv_freq');

/**
 * Checks that a file's tensors are those of this model, in name and shape. Errors: tensor-missing, tensor-shape,
 * tensor-unknown.
 */
export function checkLlamaTensors(config: ModelConfig, tensors: readonly TensorSpec[], file: string): void {
  const found = new Map(tensors.map((t) => [t.name, t]));
  const slices = llamaPlan(config).flatMap((p) => p.slices);
  for (const { name, shape } of slices) {
    const tensor = found.get(name);
    if (!tensor) throw new AtelierError('tensor-missing', { file, tensor: name });
    if (tensor.shape.join() !== shape.join()) {
      const facts = { file, tensor: name, found: `[${tensor.shape.join(', ')}]`, expected: `[${shape.join(', ')}]` };
      throw new AtelierError('tensor-shape', facts);
    }
    found.delete(name);
  }
  const stranger = [...found.keys()].find((name) => !passedOver(name));
  if (stranger !== undefined) throw new AtelierError('tensor-unknown', { file, tensor: stranger });
}
