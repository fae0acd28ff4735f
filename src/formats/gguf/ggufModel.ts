// A model's parameters as the tensors of a GGUF file: llama.cpp's names, and the rows of query and key in its order.
import type { ReadParameterRows } from '../../base/numbers/tensorData';
import { architectureOf, type Architecture, type ModelShape, type RopeScaling } from '../../base/modelShape';
import { encodeGgml } from './ggml';
import type { GgufTensor } from './gguf';
import { checkWritable } from './ggufKeys';
import { matrixType, type GgufEncoding } from './ggufMixture';
import { rowRanges } from '../huggingFace/modelTensors';
import { tensorPlan } from '../huggingFace/tensorNames';

/** Rows of a parameter of ours that are a tensor of a GGUF, and what is done to them on the way. */
export interface GgufWeight extends GgufTensor {
  parameter: string;
  row: number;
  rows: number;
  /**
   * Rows of each head are reordered so that a rotated pair lies together, as llama.cpp's Llama wants it: values of a
   * head.
   */
  interleave: number | undefined;
  /** Added to each value: Gemma's norms are stored as 1 + w. */
  added: number;
}

/** A tensor that is computed from the configuration. */
export interface GgufConstant extends GgufTensor {
  values: Float32Array;
}

export type GgufPart = GgufWeight | GgufConstant;

/**
 * The tensors of a GGUF of this model in the order of our parameters, matrices as `encoding` has them. As the reference
 * converter has it, vectors, norms and learned positions stay F32.
 * @throws gguf-unwritable
 */
export function ggufTensors(shape: ModelShape, encoding: GgufEncoding): GgufPart[] {
  const c = architectureOf(shape);
  checkWritable(c);
  return [...ggufWeights(shape, encoding), ...ropeFactors(c)];
}

/** Those that hold parameters, of a model that need not be one that llama.cpp runs. */
export function ggufWeights(shape: ModelShape, encoding: GgufEncoding): GgufWeight[] {
  const c = architectureOf(shape);
  const { layers } = shape;
  const tied = c.tiedEmbeddings;
  return tensorPlan(shape).flatMap(({ parameter, slices }) =>
    slices.map(({ name: published, row, rows }): GgufWeight => {
      const name = ggufTensorName(published, c.outputNorms);
      const shape = [rows, ...parameter.shape.slice(1)]; // GPT-2's matrices are [out, in] there as they are here
      const plain = shape.length === 1 || name === 'position_embd.weight';
      const type = plain ? 'F32' : matrixType(encoding, { name, width: shape.at(-1)!, layers, tied });
      const added = parameter.kind === 'norm' ? c.normOffset : 0;
      const interleave = interleaved(c, published);
      return { name, shape, type, parameter: parameter.name, row, rows, interleave, added };
    }),
  );
}

/**
 * Bytes of one tensor in parts.
 * @throws float-overflow
 */
export async function* ggufParts(tensor: GgufPart, read: ReadParameterRows): AsyncGenerator<Uint8Array> {
  if ('values' in tensor) {
    yield encodeGgml(tensor.values, tensor.type, tensor.name);
    return;
  }
  const { parameter, interleave = 1, added } = tensor;
  const width = tensor.shape[1] ?? 1;
  for (const { row, rows } of rowRanges(tensor.row / interleave, tensor.rows / interleave, width * interleave)) {
    const values = await read(parameter, row * interleave, rows * interleave);
    const placed = interleave > 1 ? interleaveHeads(values, interleave, width) : values;
    yield encodeGgml(added ? placed.map((v) => v + added) : placed, tensor.type, tensor.name);
  }
}

/** Rows 0 … d/2 and d/2 … d of each head, taken in turn: the halves that RoPE rotates become neighbours. */
export function interleaveHeads(values: Float32Array, headDim: number, width: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row * width < values.length; row++) {
    const inHead = row % headDim;
    const from = row - inHead + (inHead % 2) * (headDim / 2) + (inHead >> 1);
    out.set(values.subarray(from * width, (from + 1) * width), row * width);
  }
  return out;
}

/** The other way: neighbours part into the two halves of their head. Values of a tensor, or whole rows of its bytes. */
export function splitHeads<T extends Float32Array | Uint8Array>(values: T, headDim: number, width: number): T {
  const out = values.slice() as T;
  for (let row = 0; row * width < values.length; row++) {
    const inHead = row % headDim;
    const to = row - inHead + (inHead % 2) * (headDim / 2) + (inHead >> 1);
    out.set(values.subarray(row * width, (row + 1) * width), to * width);
  }
  return out;
}

/** Llama alone rotates neighbours in llama.cpp; the others rotate halves as transformers does. */
export const interleaved = (c: Architecture, published: string): number | undefined =>
  c.family === 'llama' && /\.[qk]_proj\./.test(published) ? c.headDim : undefined;

/** Modules of published names, from transformers' to llama.cpp's. */
const MODULES: Record<string, string> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
  'transformer.wte': 'token_embd',
  'transformer.wpe': 'position_embd',
  'transformer.ln_f': 'output_norm',
  input_layernorm: 'attn_norm',
  post_attention_layernorm: 'ffn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
  ln_1: 'attn_norm',
  'attn.c_attn': 'attn_qkv',
  'attn.c_proj': 'attn_output',
  ln_2: 'ffn_norm',
  'mlp.c_fc': 'ffn_up',
  'mlp.c_proj': 'ffn_down',
};

/** The two names that mean another norm where there are four. */
const FOUR_NORMS: Record<string, string> = {
  post_attention_layernorm: 'post_attention_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
};

/** `model.layers.3.self_attn.q_proj.weight` → `blk.3.attn_q.weight`. */
export function ggufTensorName(published: string, fourNorms = false): string {
  const [, layer, module, part] = /^(?:(?:model\.layers|transformer\.h)\.(\d+)\.)?(.*)\.(\w+)$/.exec(published)!;
  const name = (fourNorms ? FOUR_NORMS[module!] : undefined) ?? MODULES[module!];
  if (name === undefined) throw new RangeError(`no GGUF name for ${published}`);
  return layer === undefined ? `${name}.${part}` : `blk.${layer}.${name}.${part}`;
}

const ropeFactors = ({ ropeScaling: s, headDim, ropeTheta }: Architecture): GgufConstant[] => {
  if (s?.type !== 'llama3') return [];
  const values = llama3Factors(s, headDim, ropeTheta);
  return [{ name: ROPE_FACTORS, shape: [values.length], type: 'F32', values }];
};

/** The tensor by which llama.cpp divides the frequencies of Llama 3. */
export const ROPE_FACTORS = 'rope_freqs.weight';

/** 1 for short wavelengths, `factor` for long ones, smooth between. */
export function llama3Factors(
  s: Extract<RopeScaling, { type: 'llama3' }>,
  headDim: number,
  ropeTheta: number,
): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * ropeTheta ** ((2 * i) / headDim);
    if (wavelength < s.originalContext / s.highFactor) return 1;
    if (wavelength > s.originalContext / s.lowFactor) return s.factor;
    const smooth = (s.originalContext / wavelength - s.lowFactor) / (s.highFactor - s.lowFactor);
    return 1 / ((1 - smooth) / s.factor + smooth);
  });
}
