// Maps the engine's parameters to the tensor names of transformers, family by family.
import {
  architectureOf,
  parameterSpecs,
  SCORE,
  type Architecture,
  type ModelShape,
  type ParameterSpec,
} from '../../base/modelShape';

/** Rows of one of our parameters that are a tensor of their own in published files. */
export interface Slice {
  /** The name in the file, e.g. `model.layers.0.self_attn.q_proj.weight`. */
  name: string;
  /** The shape in the file: ours, or ours turned over. */
  shape: number[];
  /** First row of our parameter; vectors count elements as rows. */
  row: number;
  rows: number;
  /** The file holds [in, out], as the Conv1D of GPT-2 does. */
  transposed: boolean;
}

export interface TensorPlan {
  parameter: ParameterSpec;
  /** In order of rows, together the whole parameter. */
  slices: Slice[];
}

/** The module that transformers puts around a model without its head; GPT-2's files on the Hub leave it out. */
export const innerOf = ({ family }: Pick<Architecture, 'family'>): string =>
  family === 'gpt2' ? 'transformer.' : 'model.';

/**
 * How each parameter of the engine is cut into the tensors that transformers saves, in the order of `parameterSpecs`.
 */
export function tensorPlan(shape: ModelShape): TensorPlan[] {
  const c = architectureOf(shape);
  return parameterSpecs(shape).map((parameter) => ({ parameter, slices: slicesOf(parameter, c) }));
}

/** Layers of one name part, each with its rows. */
type Cuts = [module: string, rows: number][];

function slicesOf({ name, shape }: ParameterSpec, c: Architecture): Slice[] {
  const [, layer, part, bias] = /^(?:layers\.(\d+)\.)?(\w+?)(\.bias)?$/.exec(name)!;
  const gpt2 = c.family === 'gpt2';
  const [rowsInAll, ...width] = shape as [number, ...number[]];
  const cuts = gpt2 ? gpt2Cuts(part!, rowsInAll) : decoderCuts(part!, rowsInAll, c);
  const inner = innerOf(c);
  const prefix =
    part === 'head' || part === SCORE ? '' : layer === undefined ? inner : `${inner}${gpt2 ? 'h' : 'layers'}.${layer}.`;
  const transposed = gpt2 && layer !== undefined && shape.length === 2;
  let row = 0;
  return cuts.map(([module, rows]) => ({
    name: `${prefix}${module}${bias ?? '.weight'}`,
    shape: transposed ? [...width, rows] : [rows, ...width],
    row: (row += rows) - rows,
    rows,
    transposed,
  }));
}

function decoderCuts(part: string, rows: number, c: Architecture): Cuts {
  const q = c.heads * c.headDim;
  const kv = c.kvHeads * c.headDim;
  if (part === 'qkv')
    return [
      ['self_attn.q_proj', q],
      ['self_attn.k_proj', kv],
      ['self_attn.v_proj', kv],
    ];
  if (part === 'gateUp')
    return [
      ['mlp.gate_proj', c.intermediateSize],
      ['mlp.up_proj', c.intermediateSize],
    ];
  return [[moduleOf(part, c.outputNorms ? GEMMA_MODULES : DECODER_MODULES), rows]];
}

const DECODER_MODULES: Record<string, string> = {
  embedding: 'embed_tokens',
  norm: 'norm',
  head: 'lm_head',
  [SCORE]: SCORE,
  norm1: 'input_layernorm',
  norm2: 'post_attention_layernorm',
  qNorm: 'self_attn.q_norm',
  kNorm: 'self_attn.k_norm',
  o: 'self_attn.o_proj',
  down: 'mlp.down_proj',
};

/** Gemma 3 calls the norm after attention what others call the one before the feed-forward. */
const GEMMA_MODULES: Record<string, string> = {
  ...DECODER_MODULES,
  norm1Out: 'post_attention_layernorm',
  norm2: 'pre_feedforward_layernorm',
  norm2Out: 'post_feedforward_layernorm',
};

const GPT2_MODULES: Record<string, string> = {
  embedding: 'wte',
  positions: 'wpe',
  norm: 'ln_f',
  head: 'lm_head',
  [SCORE]: SCORE,
  norm1: 'ln_1',
  qkv: 'attn.c_attn',
  o: 'attn.c_proj',
  norm2: 'ln_2',
  up: 'mlp.c_fc',
  down: 'mlp.c_proj',
};

const gpt2Cuts = (part: string, rows: number): Cuts => [[moduleOf(part, GPT2_MODULES), rows]];

function moduleOf(part: string, modules: Readonly<Record<string, string>>): string {
  const module = modules[part];
  if (module === undefined) throw new RangeError(`no published name for ${part}`);
  return module;
}
