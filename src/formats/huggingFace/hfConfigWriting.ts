// Writes config.json of transformers from a model's shape.
import { AtelierError } from '../../base/errors/errors';
import { architectureOf, type Architecture, type ModelShape } from '../../base/modelShape';
import { hfClassesJson } from './hfClasses';
import { ACTIVATIONS, FAMILIES, readHfConfig } from './hfConfig';
import { ropeJson } from './hfRope';

/** Tokens with a part of their own, for config.json and generation_config.json. */
export interface SpecialIds {
  /** Each of these ends a text; a chat model has the end of a turn among them. */
  eos: readonly number[];
  bos?: number;
  pad?: number;
}

export type HfDtype = 'float32' | 'float16' | 'bfloat16';

/**
 * config.json for transformers 4 and 5: RoPE stands in both spellings, of which 4 reads rope_theta and 5
 * rope_parameters. It is read back before it leaves, so that a model which no published family can say is refused.
 * @param thresholds of a classifier, which transformers keeps and does not read
 * @throws config-unwritable
 */
export function writeHfConfig(
  model: ModelShape,
  ids: SpecialIds,
  dtype: HfDtype = 'float32',
  thresholds?: readonly number[],
): string {
  const c = architectureOf(model);
  const { architecture, classifier, modelType } = FAMILIES.find(({ family }) => family === c.family)!;
  const text = pretty({
    architectures: [c.classes ? classifier : architecture],
    model_type: modelType,
    vocab_size: c.vocabSize,
    ...(c.family === 'gpt2' ? gpt2Json(c) : decoderJson(c)),
    tie_word_embeddings: c.tiedEmbeddings,
    ...(c.classes && hfClassesJson(c.classes, thresholds)),
    initializer_range: 0.02,
    use_cache: true,
    ...idsJson(ids),
    torch_dtype: dtype,
  });
  const back = architectureOf(readHfConfig(text, 'config.json').model);
  const lost = (Object.keys(c) as (keyof Architecture)[]).find((key) => !same(key, c, back));
  if (lost) throw new AtelierError('config-unwritable', { field: lost, found: JSON.stringify(c[lost]), modelType });
  return text;
}

/** Equal, or of no effect: angles where positions are learned, a window that no layer has. */
function same(key: keyof Architecture, a: Architecture, b: Architecture): boolean {
  if (a.positions === 'learned' && /^(rope|sliding)/i.test(key)) return true;
  if (key === 'slidingWindow' && !a.slidingLayers.includes(true)) return true;
  return JSON.stringify(a[key]) === JSON.stringify(b[key]) || nearly(a[key], b[key]);
}

/** 1/√(1/x²) may miss x by the last bit. */
const nearly = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-12 * Math.abs(a);

export const idsJson = ({ eos, bos, pad }: SpecialIds): Record<string, unknown> => ({
  bos_token_id: bos ?? null,
  eos_token_id: eos.length === 1 ? eos[0] : eos.length ? eos : null,
  pad_token_id: pad ?? null,
});

export const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The first name in the table, and of the two for one formula the one that the family uses. */
const activationName = (c: Architecture): string =>
  c.activation === 'geluTanh' && c.family !== 'gpt2'
    ? 'gelu_pytorch_tanh'
    : [...ACTIVATIONS].find(([, ours]) => ours === c.activation)![0];

const gpt2Json = (c: Architecture): Record<string, unknown> => ({
  n_embd: c.hiddenSize,
  n_inner: c.intermediateSize === 4 * c.hiddenSize ? null : c.intermediateSize,
  n_layer: c.layers,
  n_head: c.heads,
  n_positions: c.contextLength,
  n_ctx: c.contextLength,
  activation_function: activationName(c),
  layer_norm_epsilon: c.normEps,
  attn_pdrop: 0,
  embd_pdrop: 0,
  resid_pdrop: 0,
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  reorder_and_upcast_attn: false,
});

const decoderJson = (c: Architecture): Record<string, unknown> => ({
  hidden_size: c.hiddenSize,
  intermediate_size: c.intermediateSize,
  num_hidden_layers: c.layers,
  num_attention_heads: c.heads,
  num_key_value_heads: c.kvHeads,
  head_dim: c.headDim,
  [c.family === 'gemma3' ? 'hidden_activation' : 'hidden_act']: activationName(c),
  max_position_embeddings: c.contextLength,
  rms_norm_eps: c.normEps,
  rope_theta: c.ropeTheta,
  rope_scaling: c.ropeScaling ? ropeJson(c.ropeScaling) : null,
  attention_dropout: 0,
  ...familyJson(c),
});

/** What a family has that others have not. */
function familyJson(c: Architecture): Record<string, unknown> {
  const rope = { ...ropeJson(c.ropeScaling), rope_theta: c.ropeTheta };
  switch (c.family) {
    case 'llama':
      return { rope_parameters: rope, attention_bias: c.qkvBias, mlp_bias: c.feedForwardBias };
    case 'qwen2':
      return { rope_parameters: rope, ...qwenWindowJson(c) };
    case 'qwen3':
      return { rope_parameters: rope, attention_bias: c.qkvBias, ...qwenWindowJson(c) };
    case 'gemma3':
      return {
        rope_parameters: {
          full_attention: rope,
          sliding_attention: { rope_type: 'default', rope_theta: c.slidingRopeTheta },
        },
        rope_local_base_freq: c.slidingRopeTheta,
        attention_bias: c.qkvBias,
        // Whole where it is; √ and 1/x leave dust in the last digits.
        query_pre_attn_scalar: Number((1 / c.attentionScale ** 2).toPrecision(12)),
        sliding_window: c.slidingWindow,
        layer_types: layerTypesJson(c),
        attn_logit_softcapping: null,
        final_logit_softcapping: null,
      };
    case 'gpt2':
      return {};
  }
}

const layerTypesJson = (c: Architecture): string[] =>
  c.slidingLayers.map((slides) => (slides ? 'sliding_attention' : 'full_attention'));

function qwenWindowJson(c: Architecture): Record<string, unknown> {
  const first = c.slidingLayers.indexOf(true);
  return {
    use_sliding_window: first >= 0,
    sliding_window: first >= 0 ? c.slidingWindow : null,
    max_window_layers: first >= 0 ? first : c.layers,
    layer_types: layerTypesJson(c),
  };
}
