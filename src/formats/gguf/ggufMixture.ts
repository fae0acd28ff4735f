// Which type each matrix of a quantized GGUF has: the mixtures Q4_0 and Q4_K_M, as llama.cpp's quantize program makes
// them without an importance matrix. How a type is written is not here. Source:
// https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp (llama_tensor_get_type)
import { fitsBlocks, type GgmlType } from './ggml';

/** What a file is called after: the type of most of its matrices, or a mixture. */
export type GgufEncoding = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_K_M';

/** What is known of a matrix when its type is chosen. */
export interface MatrixPlace {
  /** llama.cpp's name: `blk.3.ffn_down.weight`. */
  name: string;
  /** Values of a row. */
  width: number;
  /** The layers of the model. */
  layers: number;
  /** The head reads the embeddings: they are written as the head would be. */
  tied: boolean;
}

/** The type of a matrix; where its rows do not fill whole blocks, that of the smaller blocks which take its place. */
export function matrixType(encoding: GgufEncoding, place: MatrixPlace): GgmlType {
  const chosen = encoding === 'Q4_0' || encoding === 'Q4_K_M' ? inMixture(encoding, place) : encoding;
  return [chosen, SMALLER[chosen]].find((type) => type && fitsBlocks(type, place.width)) ?? 'F16';
}

const SMALLER: Partial<Record<GgmlType, GgmlType>> = { Q4_K: 'Q5_0', Q5_K: 'Q5_1', Q6_K: 'Q8_0' };

function inMixture(encoding: 'Q4_0' | 'Q4_K_M', { name, width, layers, tied }: MatrixPlace): GgmlType {
  const usual = encoding === 'Q4_0' ? 'Q4_0' : 'Q4_K';
  if (name === 'output.weight' || (tied && name === 'token_embd.weight'))
    return fitsBlocks(usual, width) ? 'Q6_K' : 'Q8_0';
  const [, layer, part] = /^blk\.(\d+)\.(\w+)\./.exec(name) ?? [];
  const sensitive = part !== undefined && ['attn_v', 'attn_qkv', 'ffn_down'].includes(part);
  return encoding === 'Q4_K_M' && sensitive && hasMoreBits(Number(layer), layers) ? 'Q6_K' : usual;
}

/** The first and the last eighth of the layers, and every third between them. */
function hasMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}
